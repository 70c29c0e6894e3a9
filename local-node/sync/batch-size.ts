/** How many documents the next exchange carries: more while exchanges are quick and small, half as many after trouble. */
import { exchangeDeadlineMs } from '../../adapters/http/exchange-limits.ts'

export interface ExchangeSample {
  /** What the exchange carried. */
  readonly documents: number
  /** Bytes of the larger one of request and answer, as JSON. */
  readonly bytes: number
  /** Without the time in headquarters' queue. */
  readonly tookMs: number
}

/**
 * Of the deadline without what large documents add to it, since whatever is more urgent waits for an exchange: longer
 * than this share of it is slow, less than that share leaves room for twice as many.
 */
const SLOW_SHARE = 0.5
const QUICK_SHARE = 0.125

/** @param size what the exchange was allowed to carry */
export function nextBatchSize(size: number, sample: ExchangeSample, maxSize: number, maxBytes: number): number {
  const deadlineMs = exchangeDeadlineMs(sample.documents)
  if (sample.tookMs > deadlineMs * SLOW_SHARE) return halved(size)
  // One that was not full says nothing of larger ones.
  const isFull = sample.documents >= size
  const hasRoom = sample.tookMs < deadlineMs * QUICK_SHARE && sample.bytes * 2 <= maxBytes
  return isFull && hasRoom ? Math.min(maxSize, size * 2) : Math.min(maxSize, size)
}

export function halved(size: number): number {
  return Math.max(1, Math.floor(size / 2))
}
