/** What one request of a branch may be and take. */
export const EXCHANGE_LIMITS = {
  deadlineMs: 3500,
  deadlinePerDocumentMs: 30,
  maxRequestBytes: 4 * 2 ** 20,
  /** Inflated; what would be more comes in smaller batches. */
  maxAnswerBytes: 64 * 2 ** 20,
  compressFromBytes: 1024,
  /** Headquarters cannot ask for more patience than this, ms. */
  maxRetryAfterMs: 600_000,
} as const

/** How long a request may take that carries or asks for so many documents, ms. */
export function exchangeDeadlineMs(documents: number): number {
  return EXCHANGE_LIMITS.deadlineMs + documents * EXCHANGE_LIMITS.deadlinePerDocumentMs
}
