/** One request to the node, and what can come of it. */
import { isRecord } from '../../../schemas/json.ts'

export interface NodeRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  /** Of the node; the page's own origin unless given. */
  readonly baseUrl?: string
  readonly patienceMs?: number
}

export type NodeReply<T> =
  | { readonly kind: 'done'; readonly body: T }
  | NodeRefusal
  /** The node took the request and has not answered. */
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'unreachable' }

export interface NodeRefusal {
  readonly kind: 'refused'
  readonly status: number
  readonly code: string
  readonly message: string
  readonly field?: string
  readonly retryAfterS?: number
}

export type AskNode = <T>(request: NodeRequest) => Promise<NodeReply<T>>

/** The node promises an answer within 8 s. */
const PATIENCE_MS = 10_000

export async function askNode<T>(request: NodeRequest): Promise<NodeReply<T>> {
  const { method, path, body, baseUrl = '', patienceMs = PATIENCE_MS } = request
  try {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    })
    // A page of something else at the address throws here.
    const answer: unknown = await response.json()
    if (response.ok) return { kind: 'done', body: answer as T }
    const { code = 'INTERNAL', message = response.status, field } = isRecord(answer) ? answer : {}
    const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN)
    return {
      kind: 'refused',
      status: response.status,
      code: String(code),
      message: String(message),
      ...(typeof field === 'string' && { field }),
      ...(Number.isFinite(retryAfterS) && { retryAfterS }),
    }
  } catch (error) {
    return { kind: error instanceof Error && error.name === 'TimeoutError' ? 'unanswered' : 'unreachable' }
  }
}
