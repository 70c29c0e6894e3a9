import { describe, expect, it } from 'vitest'
import { axisEnd, gapsOf, lineParts, slotsOf } from '../../../../adapters/ui/sync/history-slots.ts'
import type { SyncBucket } from '../../../../schemas/protocol/sync-log.ts'

const NOW = Date.parse('2026-03-01T10:03:00.000Z')
const MINUTE_MS = 60_000

function bucket(at: string, more: Partial<SyncBucket> = {}): SyncBucket {
  return { at, requests: 1, failed: 0, sent: 0, received: 0, bytes: 10, meanMs: 5, maxMs: 5, ...more }
}

describe('a history as slots for a chart', () => {
  it('ends with the slot that has begun and goes back a whole day in steps of five minutes', () => {
    const slots = slotsOf({ buckets: [] }, 'day', NOW)
    expect(slots).toHaveLength(288)
    expect(new Date(slots.at(-1)!.startMs).toISOString()).toBe('2026-03-01T10:00:00.000Z')
    expect(slots[1]!.startMs - slots[0]!.startMs).toBe(5 * MINUTE_MS)
  })

  it('leaves a span of which nothing was heard without figures, and one in which nothing failed at zero', () => {
    const buckets = [bucket('2026-03-01T09:50:00.000Z'), bucket('2026-03-01T10:00:00.000Z', { failed: 1 })]
    const slots = slotsOf({ buckets }, 'day', NOW)
    expect(slots.slice(-3).map(({ figures }) => figures?.failed)).toEqual([0, undefined, 1])
    expect(slots.at(-2)).not.toHaveProperty('figures')
    expect(gapsOf(slots)).toEqual([
      { from: 0, to: 285 },
      { from: 286, to: 287 },
    ])
  })

  it('draws no line over a gap, and a point for a value that stands alone', () => {
    expect(lineParts([1, 2, undefined, undefined, 0, undefined])).toEqual([
      [
        { at: 0, value: 1 },
        { at: 1, value: 2 },
      ],
      [{ at: 4, value: 0 }],
    ])
    expect(lineParts([undefined])).toEqual([])
  })

  it('adds up the hours of a slot of a quarter: sums are added, means weighed, the largest kept', () => {
    const hours = [
      bucket('2026-03-01T06:00:00.000Z', {
        requests: 1,
        meanMs: 100,
        maxMs: 100,
        sent: 1,
        meanDelayMs: 1000,
        maxDelayMs: 1000,
        backlog: 7,
      }),
      bucket('2026-03-01T07:00:00.000Z', {
        requests: 3,
        failed: 2,
        meanMs: 20,
        maxMs: 40,
        sent: 3,
        meanDelayMs: 3000,
        maxDelayMs: 9000,
        backlog: 2,
      }),
      bucket('2026-03-01T08:00:00.000Z', { requests: 0, meanMs: 0, maxMs: 0, bytes: 5 }),
    ]
    expect(slotsOf({ buckets: hours }, 'quarter', NOW).at(-1)!.figures).toEqual({
      requests: 4,
      failed: 2,
      sent: 4,
      received: 0,
      bytes: 25,
      meanMs: 40,
      maxMs: 100,
      meanDelayMs: 2500,
      maxDelayMs: 9000,
      backlog: 7,
    })
  })

  it('says nothing of delays and backlogs where none was measured', () => {
    const { figures } = slotsOf({ buckets: [bucket('2026-03-01T10:00:00.000Z')] }, 'day', NOW).at(-1)!
    expect(figures).not.toHaveProperty('meanDelayMs')
    expect(figures).not.toHaveProperty('backlog')
  })

  it('counts who was not let in beside the exchanges, and names none where none was', () => {
    const at = ['2026-03-01T07:00:00.000Z', '2026-03-01T08:00:00.000Z'] as const
    const turnedAway = [bucket(at[0], { requests: 0, refused: 2 }), bucket(at[1], { requests: 0, refused: 3 })]
    expect(slotsOf({ buckets: turnedAway }, 'quarter', NOW).at(-1)!.figures).toMatchObject({ requests: 0, refused: 5 })
    expect(slotsOf({ buckets: [bucket(at[0])] }, 'quarter', NOW).at(-1)!.figures).not.toHaveProperty('refused')
  })

  it('ends an axis with a round figure', () => {
    expect([0, 1, 3, 5, 7, 12, 480, 1000].map(axisEnd)).toEqual([1, 1, 5, 5, 10, 20, 500, 1000])
  })
})
