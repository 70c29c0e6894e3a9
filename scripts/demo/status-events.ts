/** Waits for what a node's status stream says, instead of asking again and again. */
import { readEvents } from '../../adapters/http/read-events.ts'

/** Reads `GET /api/status/stream` until a status fulfils the condition. Rejects after the deadline with the last one. */
export async function statusWhere<T>(url: string, holds: (status: T) => boolean, deadlineMs = 45_000): Promise<T> {
  const signal = AbortSignal.timeout(deadlineMs)
  let last: unknown = 'nothing'
  try {
    const response = await fetch(`${url}/api/status/stream`, { signal })
    for await (const status of readEvents<T>(response)) {
      last = status
      if (holds(status)) return status
    }
    throw new Error('the stream ended')
  } catch (cause) {
    throw new Error(`the status never became what was waited for; last: ${JSON.stringify(last)}`, { cause })
  }
}
