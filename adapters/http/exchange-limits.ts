/** What one request of a branch may be and take. */
export const EXCHANGE_LIMITS = {
  deadlineMs: 3500,
  deadlinePerDocumentMs: 30,
  /** For each KiB that is sent: a line of 16 KiB a second suffices. */
  deadlinePerKibMs: 64,
  /** What an answer of one document that did not come in time is waited for at most. */
  maxPatienceMs: 60_000,
  maxRequestBytes: 4 * 2 ** 20,
  /** Inflated; what would be more comes in smaller batches. */
  maxAnswerBytes: 64 * 2 ** 20,
  compressFromBytes: 1024,
  /** Headquarters cannot ask for more patience than this, ms. */
  maxRetryAfterMs: 600_000,
} as const

/**
 * How long a request may take, ms.
 *
 * @param documents that it carries or asks for
 * @param sentBytes of its body as it travels
 * @param timeouts in a row of such requests for one document: nobody knows how large the answer is, and none is smaller
 */
export function exchangeDeadlineMs(documents: number, sentBytes = 0, timeouts = 0): number {
  const { deadlineMs, deadlinePerDocumentMs, deadlinePerKibMs, maxPatienceMs } = EXCHANGE_LIMITS
  const ms = deadlineMs + documents * deadlinePerDocumentMs + Math.floor(sentBytes / 1024) * deadlinePerKibMs
  return Math.max(ms, Math.min(maxPatienceMs, ms * 2 ** timeouts))
}
