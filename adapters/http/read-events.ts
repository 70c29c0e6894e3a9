/** Reads a stream of server-sent events whose data is JSON, as the nodes send them. */
export async function* readEvents<T>(response: Response): AsyncGenerator<T> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const events = text.split('\n\n')
    text = events.pop()!
    for (const event of events) {
      if (event.startsWith('data: ')) yield JSON.parse(event.slice('data: '.length)) as T
    }
  }
}
