/**
 * The text of an answer, whose reading the signal ends. That it was the request's signal does not do: on Node 20 a
 * request that takes no redirects may be collected once its answer has begun, and then its abort ends nothing.
 *
 * @param onBytes hears of every piece, inflated; what it throws ends the reading
 * @throws the signal's reason
 */
export async function readText(
  response: Response,
  signal: AbortSignal,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader()
  if (!reader) return ''
  const cancel = () => void reader.cancel(signal.reason).catch(() => undefined)
  signal.addEventListener('abort', cancel)
  const chunks: Uint8Array[] = []
  try {
    for (;;) {
      signal.throwIfAborted()
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      onBytes(value.length)
    }
    // A reading that was cancelled is done too.
    signal.throwIfAborted()
  } catch (error) {
    cancel()
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
  }
  return new TextDecoder().decode(joined(chunks))
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
