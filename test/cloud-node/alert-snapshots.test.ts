/** What alerts look at, put together from a real sync log. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findTroubles } from '../../adapters/alerts/rules.ts'
import { USUAL_THRESHOLDS } from '../../adapters/alerts/thresholds.ts'
import { SyncLog } from '../../adapters/synclog/sync-log.ts'
import { AlertSnapshots } from '../../cloud-node/alert-snapshots.ts'
import { chainFigures } from '../../cloud-node/chain-figures.ts'
import { branchRow, chainSnapshot, iso, NOW_MS } from '../support/chain-snapshot.ts'
import { temporaryFolder } from '../support/node-process.ts'

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const IDS = Array.from({ length: 120 }, (_, n) => `b${n}`)

let folder: ReturnType<typeof temporaryFolder>
let log: SyncLog
let nowMs: number
beforeEach(() => {
  folder = temporaryFolder()
  nowMs = NOW_MS
  log = new SyncLog({ file: join(folder.path, 'log.sqlite'), log: SILENT, nowMs: () => nowMs })
})
afterEach(() => {
  log.close()
  folder.remove()
})

function fail(branchId: string, times: number): void {
  const note = { branchId, kind: 'push', sent: 1, received: 0, bytesSent: 1, bytesReceived: 0, ms: 1 } as const
  for (let i = 0; i < times; i++) {
    const failed = { outcome: 'failed', code: 'INTERNAL', requestId: `${branchId}-${i}` } as const
    log.note({ ...note, ...failed, at: iso(nowMs) }, { documents: [], delaysMs: [] })
  }
}

function snapshots() {
  const { status } = chainSnapshot({
    status: { branches: IDS.map((id) => branchRow(id, { lastHeartbeatAt: iso(nowMs) })) },
  })
  const file = join(folder.path, 'store.sqlite')
  const shared = { retries: () => 11, nowMs: () => nowMs }
  const figures = chainFigures({ syncLog: log, branchIds: () => IDS, ...shared })
  return new AlertSnapshots({ status: () => status, figures, syncLog: log, file, ...shared })
}

const keysOf = (made: AlertSnapshots) =>
  findTroubles(made.take(), USUAL_THRESHOLDS).findings.map(({ key, level }) => `${key} ${level}`)

test('what the sync log counts becomes alerts of the chain', () => {
  fail('b3', 21)
  expect(keysOf(snapshots())).toEqual([
    'success-rate critical',
    'failures warning',
    'retries notice',
    'consecutive-failures:b3 critical',
    'burn-rate critical',
  ])
})

test('branches that are not let in are no failures of the chain, however often they ask', () => {
  const note = { kind: 'heartbeat', sent: 0, received: 0, bytesSent: 1, bytesReceived: 0, ms: 1 } as const
  for (let i = 0; i < 30; i++) {
    const refused = { outcome: 'refused', code: 'BRANCH_DISABLED', branchId: 'b3', requestId: `r${i}` } as const
    log.note({ ...note, ...refused, at: iso(nowMs) }, { documents: [], delaysMs: [] })
    const good = { outcome: 'ok', branchId: 'b4', requestId: `g${i}` } as const
    log.note({ ...note, ...good, at: iso(nowMs) }, { documents: [], delaysMs: [] })
  }
  expect(keysOf(snapshots())).toEqual(['retries notice'])
})

test('a headquarters that slept waits for its branches before it misses them', () => {
  const made = snapshots()
  const silent = () => keysOf(made).filter((key) => key.startsWith('silent-branch'))
  const minutes = (count: number) => {
    for (let i = 0; i < count * 12; i++) {
      nowMs += 5000
      made.take()
    }
  }
  nowMs += 20 * 60_000
  expect(silent()).toEqual([])
  minutes(10)
  expect(silent()).toEqual([])
  minutes(1)
  expect(silent()).toHaveLength(IDS.length)
})

test('what has changed is looked at again after seconds', () => {
  const made = snapshots()
  expect(keysOf(made)).toEqual(['retries notice'])
  fail('b3', 21)
  nowMs += 5000
  expect(keysOf(made)).toEqual(expect.arrayContaining(['failures warning', 'consecutive-failures:b3 critical']))
})

test('the disk of the store is looked at', () => {
  expect(snapshots().take().disk?.free).toBeGreaterThan(0)
})
