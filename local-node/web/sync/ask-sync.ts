/** Asks the node to synchronise, now or from now on. A cycle may take long: the node then answers that it is still running. */
import { isRecord } from '../../../schemas/json.ts'
import type { AskNode } from '../node/ask-node.ts'

/** `on` and `off` are for managers. */
export type SyncAction = 'on' | 'off' | 'now'

export type SyncAnswer =
  | { readonly kind: 'done' }
  /** The node has a cycle under way; its status tells how that ends. */
  | { readonly kind: 'running' }
  /** The node took the request and has not answered: whether it is there, its status stream knows. */
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'unreachable' }

export async function askSync(action: SyncAction, ask: AskNode): Promise<SyncAnswer> {
  const what = action === 'now' ? { path: '/api/sync', body: {} } : { path: '/api/sync/settings', body: { action } }
  const reply = await ask<unknown>({ method: 'POST', ...what })
  if (reply.kind === 'refused') return { kind: 'failed', code: reply.code, message: reply.message }
  if (reply.kind !== 'done') return reply
  const sync = isRecord(reply.body) ? reply.body['sync'] : undefined
  return { kind: isRecord(sync) && sync['running'] === true ? 'running' : 'done' }
}
