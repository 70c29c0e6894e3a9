/** Waits for what a node's status stream says, instead of asking again and again. */
import { commandHeaders } from '../../adapters/cli/node-client.ts'
import { readEvents } from '../../adapters/http/read-events.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'

/** Reads `GET /api/status/stream` until a status fulfils the condition. Rejects after the deadline with the last one. */
export async function statusWhere<T>(
  node: NodeAddress,
  holds: (status: T) => boolean,
  deadlineMs = 45_000,
): Promise<T> {
  const signal = AbortSignal.timeout(deadlineMs)
  let last: unknown = 'nothing'
  try {
    const response = await fetch(`${node.url}/api/status/stream`, { headers: commandHeaders(node), signal })
    for await (const status of readEvents<T>(response)) {
      last = status
      if (holds(status)) return status
    }
    throw new Error('the stream ended')
  } catch (cause) {
    throw new Error(`the status never became what was waited for; last: ${JSON.stringify(last)}`, { cause })
  }
}
