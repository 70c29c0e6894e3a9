/** The link's fault: nothing is wrong with what was sent, and the same may be sent again. */
import { OutpostError } from '../../schemas/outpost-error.ts'
import { EXCHANGE_LIMITS } from './exchange-limits.ts'

export class LinkFailure extends OutpostError {
  /** What headquarters asked for with `Retry-After`, ms. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number | undefined } = {}) {
    super('LINK_FAILED', message, 'cause' in options ? { cause: options.cause } : {})
    this.retryAfterMs = options.retryAfterMs
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. `undefined` for anything else. */
export function parseRetryAfter(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - nowMs
  return Number.isNaN(ms) ? undefined : Math.min(EXCHANGE_LIMITS.maxRetryAfterMs, Math.max(0, ms))
}
