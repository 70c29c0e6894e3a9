/** Waits for what a node's status stream says, instead of asking again and again. */

/** Reads `GET /api/status/stream` until a status fulfils the condition. Rejects after the deadline with the last one. */
export async function statusWhere<T>(url: string, holds: (status: T) => boolean, deadlineMs = 45_000): Promise<T> {
  const signal = AbortSignal.timeout(deadlineMs)
  let last = 'nothing'
  try {
    const response = await fetch(`${url}/api/status/stream`, { signal })
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const events = text.split('\n\n')
      text = events.pop()!
      for (const event of events) {
        if (!event.startsWith('data: ')) continue
        last = event.slice('data: '.length)
        const status = JSON.parse(last) as T
        if (holds(status)) return status
      }
    }
    throw new Error('the stream ended')
  } catch (cause) {
    throw new Error(`the status never became what was waited for; last: ${last}`, { cause })
  }
}
