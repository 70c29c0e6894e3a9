/**
 * Ids of traces and spans that follow from those of cycles and requests. A branch and headquarters know both, so their
 * spans come together in one trace though neither sends the other more than the id of the request.
 */
import { createHash, randomBytes } from 'node:crypto'

const TRACE_BYTES = 16
const SPAN_BYTES = 8

export interface SpanIds {
  readonly traceId: string
  /** Without one it is random. */
  readonly spanId?: string | undefined
}

/** @param name of a cycle, or of a request that belongs to none */
export function traceIdOf(name: string): string {
  return hashed(`trace ${name}`, TRACE_BYTES)
}

export function spanIdOf(kind: 'cycle' | 'request', name: string): string {
  return hashed(`${kind} ${name}`, SPAN_BYTES)
}

/** What OpenTelemetry asks for the ids of the span that is begun next. */
export class GivenIds {
  #next: SpanIds | undefined

  /** @param begin begins exactly one span */
  during<T>(ids: SpanIds, begin: () => T): T {
    this.#next = ids
    try {
      return begin()
    } finally {
      this.#next = undefined
    }
  }

  readonly generateTraceId = (): string => this.#next?.traceId ?? randomBytes(TRACE_BYTES).toString('hex')
  readonly generateSpanId = (): string => this.#next?.spanId ?? randomBytes(SPAN_BYTES).toString('hex')
}

function hashed(text: string, bytes: number): string {
  return createHash('sha256')
    .update(text)
    .digest('hex')
    .slice(0, 2 * bytes)
}
