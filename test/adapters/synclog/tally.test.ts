import { expect, test } from 'vitest'
import type { SyncNote } from '../../../adapters/synclog/sync-recorder.ts'
import { outcomeOf } from '../../../schemas/protocol/sync-log.ts'
import { ALL_BRANCHES, SPAN_MS, Tally } from '../../../adapters/synclog/tally.ts'

const NO_DETAILS = { documents: [], delaysMs: [] }
const FAILED: SyncNote = {
  at: '2026-03-01T10:00:00.000Z',
  branchId: 'north',
  kind: 'push',
  sent: 1,
  received: 0,
  bytesSent: 1,
  bytesReceived: 1,
  ms: 1,
  outcome: 'failed',
  code: 'DISK_FULL',
  requestId: 'r1',
}

test('what is not written stays, grows, and is written once', () => {
  const tally = new Tally()
  tally.count(FAILED, NO_DETAILS, 0)
  expect(tally.unwritten(10).spans.map(({ failed }) => failed)).toEqual([1, 1])
  tally.count(FAILED, NO_DETAILS, 0)
  const counted = tally.unwritten(1)
  expect(counted).toMatchObject({ spans: [{ branchId: 'north', failed: 2 }], failures: [{ branchId: 'north' }] })
  tally.settle(counted)
  expect(tally.unwritten(10)).toMatchObject({ spans: [{ branchId: ALL_BRANCHES, failed: 2 }], failures: [] })
})

test('what headquarters asks to come again for is no exchange, no failure and ends no row', () => {
  const tally = new Tally()
  const codes = ['TOO_BUSY', 'NODE_STARTING', 'HEARTBEAT_FIRST'] as const
  tally.count(FAILED, NO_DETAILS, 0)
  for (const code of codes) tally.count({ ...FAILED, code, outcome: outcomeOf(code) }, NO_DETAILS, 0)
  const { spans, failures } = tally.unwritten(10)
  expect(spans).toMatchObject([
    { requests: 1, failed: 1, refused: 0 },
    { requests: 1, failed: 1, refused: 0 },
  ])
  expect(failures).toMatchObject([{ rows: { byKind: { push: 1 } } }])
})

test('of what is never written the newest spans stay', () => {
  const tally = new Tally()
  for (let i = 0; i < 10_005; i++) tally.count(FAILED, NO_DETAILS, i * SPAN_MS)
  const { spans } = tally.unwritten(Infinity)
  expect(spans).toHaveLength(20_000)
  expect(spans[0]).toMatchObject({ branchId: 'north', at: 5 * SPAN_MS })
})

test('a file that is begun anew learns what fails', () => {
  const tally = new Tally()
  tally.count(FAILED, NO_DETAILS, 0)
  tally.settle(tally.unwritten(10))
  expect(tally.unwritten(10).failures).toEqual([])
  tally.writeAnew()
  expect(tally.unwritten(10).failures).toMatchObject([{ branchId: 'north', rows: { byKind: { push: 1 } } }])
})
