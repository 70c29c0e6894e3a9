/** Asks the node to synchronise, now or from now on. A cycle may take long: the node then answers that it is still running. */
import { isRecord } from '../../schemas/json.ts'

export type SyncAction = 'on' | 'off' | 'now'

export type SyncAnswer =
  | { readonly kind: 'done' }
  /** The node has a cycle under way; its status tells how that ends. */
  | { readonly kind: 'running' }
  /** The node took the request and has not answered: whether it is there, its status stream knows. */
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'unreachable' }

/** The node promises an answer within 8 s. */
const PATIENCE_MS = 10_000

export async function askSync(action: SyncAction, baseUrl = '', patienceMs = PATIENCE_MS): Promise<SyncAnswer> {
  try {
    const response = await fetch(`${baseUrl}/api/sync`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ action }),
      signal: AbortSignal.timeout(patienceMs),
    })
    const body: unknown = await response.json()
    const answer = isRecord(body) ? body : {}
    if (!response.ok) {
      const { code = 'INTERNAL', message = response.status } = answer
      return { kind: 'failed', code: String(code), message: String(message) }
    }
    return { kind: isRecord(answer['sync']) && answer['sync']['running'] === true ? 'running' : 'done' }
  } catch (error) {
    return { kind: error instanceof Error && error.name === 'TimeoutError' ? 'unanswered' : 'unreachable' }
  }
}
