/**
 * Reads a stream of server-sent events whose data is JSON, as the nodes send them.
 *
 * @param onSign hears of every piece that comes, comments too: the other side lives
 * @param signal ends the reading; that of the request may be forgotten once there is an answer, since `fetch` holds it weakly
 */
export async function* readEvents<T>(
  response: Response,
  onSign: () => void = () => undefined,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream(), signal && { signal })) {
    onSign()
    text += chunk
    const events = text.split('\n\n')
    text = events.pop()!
    for (const event of events) {
      if (event.startsWith('data: ')) yield JSON.parse(event.slice('data: '.length)) as T
    }
  }
}
