import { expect, test } from 'vitest'
import { summaryOf } from '../../../../cloud-node/web/log/trail-steps.ts'
import type { SyncLogEntry } from '../../../../schemas/protocol/sync-log.ts'

const START_MS = Date.parse('2026-03-01T10:00:00.000Z')
const ORDER = { collection: 'orders', id: 'o1', seq: 7 }

function entry(number: number, afterMs: number, changed: Partial<SyncLogEntry> = {}): SyncLogEntry {
  return {
    number,
    at: new Date(START_MS + afterMs).toISOString(),
    kind: 'push',
    branchId: 'north',
    sent: 1,
    received: 0,
    bytesSent: 1,
    bytesReceived: 1,
    ms: 10,
    outcome: 'ok',
    requestId: 'r1',
    ...changed,
  }
}

test('a trail tells who has fetched a document, and when it went into MySQL after it was taken', () => {
  const failed = entry(1, 0, { outcome: 'failed', code: 'TOO_BUSY' })
  const refusing = { kind: 'mirror', outcomes: { rejected: 1 } } as const
  const later = [
    entry(3, 2_100, refusing),
    entry(4, 3_000, { kind: 'mirror', outcomes: { applied: 1 } }),
    ...[5, 6].map((number) => entry(number, 4_000, { kind: 'pull', branchId: 'south' })),
    entry(7, 4_000, { kind: 'pull', branchId: 'west', outcome: 'failed', code: 'LINK_FAILED' }),
  ]
  const entries = [failed, entry(2, 2_000)].map((one) => ({ ...one, documents: [ORDER] }))
  const summary = summaryOf({ entries, later })
  expect(summary).toMatchObject({ documents: [ORDER], fetchedBy: ['south'], mirroredAfterMs: 1_000 })
  expect(summary).not.toHaveProperty('failedWith')
  expect(summary.steps.map(({ isOwn, afterMs }) => [isOwn, afterMs])).toEqual([
    [true, 0],
    [true, 2_000],
    [false, 2_100],
    [false, 3_000],
    [false, 4_000],
    [false, 4_000],
    [false, 4_000],
  ])
})

test('a trail says so where the last try failed, and claims nothing of MySQL', () => {
  const failed = { ...entry(1, 0, { outcome: 'failed', code: 'TOO_BUSY' }), documents: [ORDER] }
  const summary = summaryOf({ entries: [failed], later: [entry(2, 50, { kind: 'mirror', outcomes: { applied: 1 } })] })
  expect(summary.failedWith).toBe('TOO_BUSY')
  expect(summary).not.toHaveProperty('mirroredAfterMs')
})
