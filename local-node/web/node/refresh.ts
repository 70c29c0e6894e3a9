/** Asks headquarters, through the node, for the newest state of what somebody opens. Nobody waits for it or hears that it failed. */
import { askNode, type AskNode } from './ask-node.ts'

export function askRefresh(collection: string, id: string, ask: AskNode = askNode): void {
  void ask({ method: 'POST', path: '/api/refresh', body: { collection, id } })
}
