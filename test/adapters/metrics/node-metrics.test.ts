import { describe, expect, it } from 'vitest'
import { METRICS } from '../../../adapters/metrics/metric-catalogue.ts'
import { NodeMetrics } from '../../../adapters/metrics/node-metrics.ts'
import type { NodeStatus } from '../../../adapters/metrics/readiness.ts'
import type { SyncNote } from '../../../adapters/synclog/sync-recorder.ts'
import { AT, branchRow, branchStatus, cloudStatus } from './statuses.ts'

const NOTHING = { documents: [], delaysMs: [] }
const PUSH: SyncNote = {
  at: AT,
  branchId: 'north',
  kind: 'push',
  class: 80,
  sent: 2,
  received: 0,
  outcomes: { applied: 1, held: 1 },
  bytesSent: 900,
  bytesReceived: 100,
  ms: 30,
  queuedMs: 6,
  outcome: 'ok',
  requestId: 'r-1',
}

function metricsOf(status: () => NodeStatus): NodeMetrics {
  const node = status().node === 'cloud' ? 'headquarters' : 'branch'
  return new NodeMetrics({ node, status, file: import.meta.filename, retries: () => 7 })
}

/** Values by name and labels as they are exported. */
async function read(metrics: NodeMetrics): Promise<Map<string, number>> {
  const lines = (await metrics.scrape()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ')
      return [line.slice(0, end), Number(line.slice(end + 1))]
    }),
  )
}

describe('what is exchanged', () => {
  it('is counted by branch, and documents by branch and collection', async () => {
    const metrics = metricsOf(() => cloudStatus())
    const documents = [
      { collection: 'orders', id: 'o-1', seq: 1 },
      { collection: 'movements', id: 'm-1', seq: 2 },
    ]
    metrics.note(PUSH, { documents, delaysMs: [2000, 200_000] })
    metrics.note({ ...PUSH, kind: 'pull', received: 1 }, { ...NOTHING, documents: [documents[0]!] })
    const found = await read(metrics)
    expect(found.get('outpost_exchanges_total{branch="north",outcome="ok"}')).toBe(2)
    expect(found.get('outpost_pushed_documents_total{branch="north",collection="orders"}')).toBe(1)
    expect(found.get('outpost_pushed_documents_total{branch="north",collection="movements"}')).toBe(1)
    expect(found.get('outpost_pulled_documents_total{branch="north",collection="orders"}')).toBe(1)
    expect(found.get('outpost_push_outcomes_total{outcome="held"}')).toBe(2)
    expect(found.get('outpost_exchange_sent_bytes_total{branch="north"}')).toBe(1800)
    expect(found.get('outpost_exchange_received_bytes_total{branch="north"}')).toBe(200)
  })

  it('is timed in seconds: requests, their wait, and the way of documents', async () => {
    const metrics = metricsOf(() => cloudStatus())
    metrics.note(PUSH, { documents: [], delaysMs: [2000, 200_000] })
    const found = await read(metrics)
    expect(found.get('outpost_exchange_duration_seconds_sum{kind="push"}')).toBeCloseTo(0.03)
    expect(found.get('outpost_exchange_duration_seconds_bucket{le="0.025",kind="push"}')).toBe(0)
    expect(found.get('outpost_exchange_duration_seconds_bucket{le="0.05",kind="push"}')).toBe(1)
    expect(found.get('outpost_exchange_queue_seconds_sum')).toBeCloseTo(0.006)
    expect(found.get('outpost_replication_delay_seconds_sum')).toBe(202)
    expect(found.get('outpost_replication_delay_seconds_bucket{le="180"}')).toBe(1)
  })

  it('counts failures by code and in a row, from a series that was there before the first', async () => {
    let branches = [branchRow('north')]
    const metrics = metricsOf(() => cloudStatus({ branches }))
    metrics.note(PUSH, NOTHING)
    expect((await read(metrics)).get('outpost_exchanges_total{branch="north",outcome="failed"}')).toBe(0)
    const failed: SyncNote = { ...PUSH, outcome: 'failed', code: 'DISK_FULL' }
    for (let i = 0; i < 3; i++) metrics.note(failed, NOTHING)
    const found = await read(metrics)
    expect(found.get('outpost_exchanges_total{branch="north",outcome="failed"}')).toBe(3)
    expect(found.get('outpost_exchange_failures_total{code="DISK_FULL"}')).toBe(3)
    expect(found.get('outpost_branch_consecutive_failures{branch="north"}')).toBe(3)
    branches = [branchRow('north', { enabled: false })]
    expect((await read(metrics)).has('outpost_branch_consecutive_failures{branch="north"}')).toBe(false)
    branches = [branchRow('north')]
    metrics.note(PUSH, NOTHING)
    expect((await read(metrics)).get('outpost_branch_consecutive_failures{branch="north"}')).toBe(0)
  })

  it('counts by itself whoever is not let in, as no failure and in no time', async () => {
    const metrics = metricsOf(() => cloudStatus({ branches: [branchRow('north')] }))
    const refused: SyncNote = { ...PUSH, kind: 'heartbeat', outcome: 'refused', code: 'BRANCH_DISABLED' }
    for (let i = 0; i < 30; i++) metrics.note(refused, NOTHING)
    const found = await read(metrics)
    const of = (outcome: string) => found.get(`outpost_exchanges_total{branch="north",outcome="${outcome}"}`)
    expect([of('refused'), of('failed'), of('ok')]).toEqual([30, 0, 0])
    expect(found.get('outpost_branch_consecutive_failures{branch="north"}')).toBe(0)
    const grown = [...found].filter(([name, value]) => /failures_total|duration/.test(name) && value > 0)
    expect(grown).toEqual([])
  })

  it('counts a row of failed pushes though heartbeats between them go well', async () => {
    const metrics = metricsOf(() => cloudStatus({ branches: [branchRow('north')] }))
    for (let i = 0; i < 6; i++) {
      metrics.note({ ...PUSH, kind: 'heartbeat' }, NOTHING)
      for (let n = 0; n < 4; n++) metrics.note({ ...PUSH, outcome: 'failed', code: 'INTERNAL' }, NOTHING)
    }
    expect((await read(metrics)).get('outpost_branch_consecutive_failures{branch="north"}')).toBe(24)
  })

  it('is no exchange where an app writes or a batch goes to MySQL', async () => {
    const metrics = metricsOf(() => cloudStatus())
    const documents = [{ collection: 'orders', id: 'o-1', seq: 1 }]
    const refused = { collection: 'whatever', id: 'x', seq: 0 }
    metrics.note({ ...PUSH, kind: 'write' }, { ...NOTHING, documents: [...documents, refused] })
    const { branchId: _, ...batch } = {
      ...PUSH,
      kind: 'mirror',
      mirror: 'default',
      outcomes: { applied: 40, rejected: 1 },
    } as const
    metrics.note(batch, NOTHING)
    const found = await read(metrics)
    expect([...found.keys()].filter((name) => name.startsWith('outpost_exchanges_total'))).toEqual([])
    expect(found.get('outpost_written_documents_total{collection="orders"}')).toBe(1)
    expect([...found.keys()].filter((name) => name.includes('whatever'))).toEqual([])
    expect(found.get('outpost_mirror_batches_total{mirror="default",outcome="ok"}')).toBe(1)
    expect(found.get('outpost_mirror_documents_total{mirror="default"}')).toBe(40)
    expect(found.get('outpost_mirror_batch_duration_seconds_sum{mirror="default"}')).toBeCloseTo(0.03)
  })
})

describe('the status of headquarters', () => {
  it('is told of each branch in base units, moments as Unix time', async () => {
    const found = await read(metricsOf(() => cloudStatus({ branches: [branchRow('north')] })))
    const of = (name: string) => found.get(`outpost_branch_${name}{branch="north"}`)
    expect(of('in_sync')).toBe(1)
    expect(of('differs')).toBe(0)
    expect(of('backlog_documents')).toBe(3)
    expect(of('backlog_oldest_timestamp_seconds')).toBe(Date.parse(AT) / 1000)
    expect(of('last_heartbeat_timestamp_seconds')).toBe(Date.parse(AT) / 1000)
    expect(of('clock_offset_seconds')).toBe(-1.5)
    expect(of('disk_free_bytes')).toBe(5000)
    expect(of('to_fetch_documents')).toBe(4)
    expect(found.get('outpost_branches{state="in-sync"}')).toBe(1)
    expect(found.get('outpost_retries')).toBe(7)
    expect(found.get('outpost_documents{collection="orders"}')).toBe(12)
  })

  it('tells nothing of branches that are not expected but how many they are', async () => {
    const branches = [branchRow('shut', { enabled: false }), branchRow('gone', { retired: true })]
    const found = await read(metricsOf(() => cloudStatus({ branches })))
    expect([...found.keys()].filter((name) => name.includes('branch="'))).toEqual([])
    expect(found.get('outpost_branches{state="disabled"}')).toBe(1)
    expect(found.get('outpost_branches{state="retired"}')).toBe(1)
  })

  it('says no more of what has gone since the last look, also not 0', async () => {
    const file = { file: 'b.outpost', at: AT, bytes: 10 }
    const identity = { kind: 'cloud', id: 'x' } as never
    const backup = { state: 'off', identity, folder: 'backups', last: file } as const
    let status = cloudStatus({ branches: [branchRow('north'), branchRow('east')], backup })
    const metrics = metricsOf(() => status)
    const before = await read(metrics)
    expect(before.get('outpost_backup_last_timestamp_seconds')).toBe(Date.parse(AT) / 1000)
    status = cloudStatus({ branches: [branchRow('east')] })
    const after = await read(metrics)
    expect(after.has('outpost_branch_in_sync{branch="north"}')).toBe(false)
    expect(after.has('outpost_branch_in_sync{branch="east"}')).toBe(true)
    expect(after.has('outpost_backup_last_timestamp_seconds')).toBe(false)
  })

  it('tells the state of each mirror', async () => {
    const mirrors = [{ name: 'default', state: 'waiting', lag: 9, parked: 2, rows: {} }] as const
    const found = await read(metricsOf(() => cloudStatus({ mirrors })))
    expect(found.get('outpost_mirror_state{mirror="default",state="waiting"}')).toBe(1)
    expect(found.get('outpost_mirror_state{mirror="default",state="running"}')).toBe(0)
    expect(found.get('outpost_mirror_lag_changes{mirror="default"}')).toBe(9)
    expect(found.get('outpost_mirror_parked_documents{mirror="default"}')).toBe(2)
  })
})

describe('a branch', () => {
  it('tells what waits by collection, its last contact and its own disk', async () => {
    const found = await read(metricsOf(() => branchStatus()))
    expect(found.get('outpost_backlog_documents{collection="orders"}')).toBe(5)
    expect(found.get('outpost_sync_last_contact_timestamp_seconds')).toBe(Date.parse(AT) / 1000)
    expect(found.get('outpost_sync_failed_cycles')).toBe(2)
    expect(found.get('outpost_store_bytes')).toBeGreaterThan(0)
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(0)
  })

  it('has no metric of headquarters', async () => {
    const text = await metricsOf(() => branchStatus()).scrape()
    const ofHeadquarters = Object.entries(METRICS).filter(([, { node }]) => node === 'headquarters')
    expect(ofHeadquarters.filter(([name]) => text.includes(`# TYPE ${name} `))).toEqual([])
  })
})

describe('a chain of 500 branches', () => {
  it('has a bounded number of series: none is finer than branch and collection', async () => {
    const branches = Array.from({ length: 500 }, (_, i) => branchRow(`b${i}`))
    const metrics = metricsOf(() => cloudStatus({ branches }))
    const documents = ['orders', 'members', 'movements'].map((collection) => ({ collection, id: 'x', seq: 1 }))
    for (const { id } of branches) {
      for (const kind of ['push', 'pull'] as const)
        metrics.note({ ...PUSH, kind, branchId: id }, { ...NOTHING, documents })
    }
    const { size } = await read(metrics)
    expect(size).toBeLessThan(500 * 24)
    for (const { labels } of Object.values<{ labels: readonly string[] }>(METRICS)) {
      expect(labels.length).toBeLessThanOrEqual(2)
    }
  })
})
