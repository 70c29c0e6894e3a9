/** A cap on what synchronisation takes of the line: a token bucket of bytes, which an exchange may overdraw. */

/** Bytes left at a moment of the monotonic clock, ms; below 0 after more than the cap allows. */
export interface Bucket {
  readonly bytes: number
  readonly atMs: number
}

/** Full once the cap is known. */
export const UNUSED_BUCKET: Bucket = { bytes: 0, atMs: Number.NEGATIVE_INFINITY }

/** @param bytesPerSecond also what the bucket holds: one second's worth */
export function refill({ bytes, atMs }: Bucket, bytesPerSecond: number, nowMs: number): Bucket {
  const gained = atMs === Number.NEGATIVE_INFINITY ? bytesPerSecond : ((nowMs - atMs) / 1000) * bytesPerSecond
  return { bytes: Math.min(bytesPerSecond, bytes + gained), atMs: nowMs }
}

/** What was spent while there was no cap counts against none that comes later. */
export function spend(bucket: Bucket, spent: number): Bucket {
  return bucket === UNUSED_BUCKET ? bucket : { ...bucket, bytes: bucket.bytes - spent }
}

/** Until the bucket is no longer overdrawn, ms. */
export function waitMs({ bytes }: Bucket, bytesPerSecond: number): number {
  return bytes >= 0 ? 0 : (-bytes / bytesPerSecond) * 1000
}
