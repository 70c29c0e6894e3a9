/**
 * A history as slots of equal length, for charts; needs no page. A span of which nothing was heard is a slot without
 * figures: nobody knows what was then, and a zero would say that somebody does.
 */
import type { SyncBucket, SyncHistory } from '../../../schemas/protocol/sync-log.ts'

export const RANGES = ['day', 'quarter'] as const
export type HistoryRange = (typeof RANGES)[number]

interface RangeShape {
  readonly lengthMs: number
  /** As `/api/sync-history` takes it; s. */
  readonly step: 300 | 3600
  readonly slotMs: number
}

/** Of a quarter of a year no screen shows single hours. */
export const RANGE_SHAPES: Readonly<Record<HistoryRange, RangeShape>> = {
  day: { lengthMs: 86_400_000, step: 300, slotMs: 300_000 },
  quarter: { lengthMs: 90 * 86_400_000, step: 3600, slotMs: 6 * 3_600_000 },
}

export interface Slot {
  readonly startMs: number
  /** Absent where nothing was heard. */
  readonly figures?: Omit<SyncBucket, 'at'>
}

/** @returns the oldest first; the last one is the slot in which `nowMs` lies */
export function slotsOf({ buckets }: Pick<SyncHistory, 'buckets'>, range: HistoryRange, nowMs: number): Slot[] {
  const { lengthMs, slotMs } = RANGE_SHAPES[range]
  const last = Math.floor(nowMs / slotMs)
  const count = lengthMs / slotMs
  const groups = new Map<number, SyncBucket[]>()
  for (const bucket of buckets) {
    const at = Math.floor(Date.parse(bucket.at) / slotMs)
    const group = groups.get(at)
    if (group) group.push(bucket)
    else groups.set(at, [bucket])
  }
  return Array.from({ length: count }, (_, i) => {
    const at = last - count + 1 + i
    const group = groups.get(at)
    return { startMs: at * slotMs, ...(group && { figures: merged(group) }) }
  })
}

/** Sums are added, means weighed by what they are means of, the largest stays the largest. */
function merged(group: readonly SyncBucket[]): Omit<SyncBucket, 'at'> {
  const sum = (of: (bucket: SyncBucket) => number) => group.reduce((total, bucket) => total + of(bucket), 0)
  const requests = sum((bucket) => bucket.requests)
  const delayed = group.filter((bucket) => bucket.meanDelayMs !== undefined)
  const refused = sum((bucket) => bucket.refused ?? 0)
  const backlogs = group.flatMap(({ backlog }) => backlog ?? [])
  return {
    requests,
    failed: sum(({ failed }) => failed),
    ...(refused > 0 && { refused }),
    sent: sum(({ sent }) => sent),
    received: sum(({ received }) => received),
    bytes: sum(({ bytes }) => bytes),
    meanMs: sum((bucket) => bucket.meanMs * bucket.requests) / Math.max(1, requests),
    maxMs: Math.max(...group.map(({ maxMs }) => maxMs)),
    ...(delayed.length > 0 && {
      // How many documents each is a mean of is not told; the documents that came are near to it.
      meanDelayMs:
        delayed.reduce((total, one) => total + one.meanDelayMs! * Math.max(1, one.sent), 0) /
        delayed.reduce((total, one) => total + Math.max(1, one.sent), 0),
      maxDelayMs: Math.max(...delayed.map((one) => one.maxDelayMs ?? one.meanDelayMs!)),
    }),
    ...(backlogs.length > 0 && { backlog: Math.max(...backlogs) }),
  }
}

/** Parts of a line that hang together: it ends where a value is missing. */
export function lineParts(
  values: readonly (number | undefined)[],
): { readonly at: number; readonly value: number }[][] {
  const parts: { at: number; value: number }[][] = []
  let open: { at: number; value: number }[] | undefined
  values.forEach((value, at) => {
    if (value === undefined) {
      open = undefined
      return
    }
    if (!open) parts.push((open = []))
    open.push({ at, value })
  })
  return parts
}

/** Spans of slots of which nothing was heard, as first and one behind the last. */
export function gapsOf(slots: readonly Slot[]): { readonly from: number; readonly to: number }[] {
  const gaps: { from: number; to: number }[] = []
  slots.forEach(({ figures }, at) => {
    if (figures) return
    const last = gaps.at(-1)
    if (last?.to === at) last.to = at + 1
    else gaps.push({ from: at, to: at + 1 })
  })
  return gaps
}

/** The next of 1, 2, 5, 10, 20 … that is not below it: what an axis ends with. */
export function axisEnd(most: number): number {
  if (most <= 1) return 1
  const power = 10 ** Math.floor(Math.log10(most))
  return [1, 2, 5, 10].map((factor) => factor * power).find((end) => end >= most) ?? most
}
