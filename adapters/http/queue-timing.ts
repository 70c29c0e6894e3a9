/**
 * What an answer says of the time that its request waited for others, in the header `Server-Timing` (W3C Server Timing):
 * a branch that is slow only because many come at once need not send smaller batches, which would make the queue longer.
 */
export const TIMING_HEADER = 'server-timing'

/** @param waitedMs in the queue */
export function formatQueueTiming(waitedMs: number): string {
  return `queue;dur=${Math.round(waitedMs)}`
}

/** @returns ms; 0 where the header says nothing of a queue */
export function parseQueueTiming(header: string | null): number {
  const metrics = (header ?? '').replace(/"[^"]*"/g, '')
  const found = /(?:^|,)\s*queue\s*;\s*dur=(\d{1,9}(?:\.\d+)?)/.exec(metrics)
  return Number(found?.[1] ?? 0)
}
