/** What a room asks headquarters' node, and why it did not work. */
import type { ErrorBody } from '../../../schemas/outpost-error.ts'
import { endSession, post, session } from './session.ts'

export type Failure = Pick<ErrorBody, 'code' | 'message'> | 'unreachable'
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }

/** Longer than the node takes to say that it gives up. */
export const DEADLINE_MS = 15_000

export function askNode<T>(path: string, signal: AbortSignal = AbortSignal.timeout(DEADLINE_MS)): Promise<Answer<T>> {
  return answerOf<T>(() => fetch(path, { signal }))
}

export function tellNode<T>(path: string, body: object): Promise<Answer<T>> {
  return answerOf<T>(() => post(path, body))
}

export function failureOf({ code, message }: ErrorBody): Failure {
  return { code, message }
}

async function answerOf<T>(ask: () => Promise<Response>): Promise<Answer<T>> {
  const asking = session.peek()
  try {
    const response = await ask()
    if (response.status === 401) endSession(asking)
    const body: unknown = await response.json()
    return response.ok ? { ok: true, value: body as T } : { ok: false, failure: failureOf(body as ErrorBody) }
  } catch {
    return { ok: false, failure: 'unreachable' }
  }
}
