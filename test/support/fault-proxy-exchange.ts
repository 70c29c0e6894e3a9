/** One request that came to the fault proxy, and what has become of it so far. */
import type { IncomingMessage } from 'node:http'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import type { Fault } from './fault-proxy-faults.ts'

export class Exchange {
  readonly method: string
  readonly url: string
  /** Without the query. */
  readonly path: string
  /** Names and values in turn. */
  readonly requestHeaders: readonly string[]
  answerHeaders: readonly string[] = []
  /** What was planned for it. */
  readonly fault: Fault | undefined
  /** How often headquarters was sent all of it. */
  reached = 0
  /** Of headquarters' answer, or of who answered in its place. */
  status: number | undefined
  /** Whoever asked was sent the whole answer. */
  answered = false
  requestBytes: Buffer = Buffer.alloc(0)
  readonly #requestEncoding: string | undefined
  readonly #answer: Buffer[] = []
  #answerEncoding: string | undefined
  #silent = false

  constructor({ method = '', url = '', headers, rawHeaders }: IncomingMessage, path: string, fault: Fault | undefined) {
    this.method = method
    this.url = url
    this.path = path
    this.fault = fault
    this.requestHeaders = rawHeaders
    this.#requestEncoding = headers['content-encoding']
  }

  /** The body of the request as JSON. */
  request(): unknown {
    return JSON.parse(this.requestText()) as unknown
  }

  requestText(): string {
    return inflated(this.requestBytes, this.#requestEncoding)
  }

  /** The body of headquarters' answer as JSON. */
  answer(): unknown {
    return JSON.parse(this.answerText()) as unknown
  }

  answerText(): string {
    return inflated(Buffer.concat(this.#answer), this.#answerEncoding)
  }

  /** From now on nothing of the answer arrives, and nobody closes: a live stream that has died without a word. */
  silence(): void {
    this.#silent = true
  }

  get isSilent(): boolean {
    return this.#silent
  }

  noteHead(status: number, encoding?: string, headers: readonly string[] = []): void {
    this.status = status
    this.answerHeaders = headers
    this.#answerEncoding = encoding
    this.#answer.length = 0
  }

  notePart(bytes: Buffer): void {
    this.#answer.push(bytes)
  }
}

function inflated(bytes: Buffer, encoding: string | undefined): string {
  if (encoding === 'gzip') return gunzipSync(bytes).toString()
  if (encoding === 'br') return brotliDecompressSync(bytes).toString()
  if (encoding === 'deflate') return inflateSync(bytes).toString()
  return bytes.toString()
}
