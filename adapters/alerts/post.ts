/** Posts to somebody else's service. What it throws names no address: those of robots are their passwords. */
import { readText } from '../http/read-text.ts'

export interface Posted {
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** What services answer is a line. */
const MAX_ANSWER = 64 * 1024
const MAX_SHOWN = 200

export const LATE = 'no answer in time'

/** @returns the text of an answer of success @throws Error what went wrong, fit to be shown */
export async function post({ url, body, headers, signal }: Posted): Promise<string> {
  let response: Response
  try {
    response = await fetch(url, { method: 'POST', body, headers, signal, redirect: 'manual' })
  } catch (cause) {
    throw new Error(whyUnreachable(cause, signal), { cause })
  }
  let text: string
  try {
    let bytes = 0
    text = await readText(response, signal, (more) => {
      bytes += more
      if (bytes > MAX_ANSWER) throw new Error('the answer is too long')
    })
  } catch (cause) {
    throw new Error(signal.aborted ? LATE : 'the answer broke off', { cause })
  }
  if (!response.ok) throw new Error(`answered ${response.status}`)
  return text
}

/**
 * The answers of chat robots: `errcode` 0 is success.
 *
 * @throws Error with the code and what the service says of it
 */
export function refuseErrcode(text: string, secrets: readonly string[]): void {
  let answer: { readonly errcode?: unknown; readonly errmsg?: unknown }
  try {
    answer = JSON.parse(text) as typeof answer
  } catch (cause) {
    throw new Error('the answer is no JSON', { cause })
  }
  if (answer.errcode === 0) return
  const message = typeof answer.errmsg === 'string' ? answer.errmsg : ''
  const said = secrets.reduce((told, secret) => told.replaceAll(secret, '…'), message)
  throw new Error(`refused: errcode ${Number(answer.errcode)} ${said.slice(0, MAX_SHOWN)}`.trimEnd())
}

function whyUnreachable(cause: unknown, signal: AbortSignal): string {
  if (signal.aborted) return LATE
  const inner = cause instanceof Error ? (cause.cause as NodeJS.ErrnoException | undefined) : undefined
  return inner?.code === undefined ? 'cannot be reached' : `cannot be reached (${inner.code})`
}
