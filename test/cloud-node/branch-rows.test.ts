import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { Position } from '../../schemas/protocol/exchange.ts'
import type { BranchRow } from '../../schemas/protocol/status.ts'
import { heartbeatOf, serveCloud, type ServedCloud } from '../support/served-cloud.ts'

let cloud: ServedCloud

beforeEach(async () => {
  cloud = await serveCloud(['b1', 'b2'])
})

afterEach(() => cloud.close())

function row(id: string): BranchRow {
  return cloud.operations.status().branches.find((one) => one.id === id)!
}

/** A heartbeat of a branch that has fetched everything up to now. */
function levelHeartbeat(id: string, beat: number) {
  const { store } = cloud.operations.cloud.replica
  const positions: Record<string, Position> = {}
  for (const { syncClass } of COLLECTIONS) positions[syncClass] = store.head()
  const digestOf = (name: string, scope: string) => store.digest(name, scope)
  const digests = Object.fromEntries(
    COLLECTIONS.map(({ name }) => [name, { shared: digestOf(name, 'shared'), [id]: digestOf(name, id) }]),
  )
  return heartbeatOf(id, { beat, positions, digests })
}

function product(id: string) {
  return { id, name: 'Tea', price: 100, currency: 'CNY' }
}

describe('a branch in the status', () => {
  it('shows the last word that it gave: what waits by class, disk, host, version, last error', () => {
    const figures = {
      backlog: { documents: 7, oldestSince: '2026-03-01T00:00:00.000Z' },
      classes: [{ class: 80, documents: 7, oldestSince: '2026-03-01T00:00:00.000Z' }],
      exceptions: 2,
      lastError: { code: 'LINK_FAILED', message: 'no answer', at: '2026-03-01T00:00:00.000Z' },
      disk: { free: 1000, store: 10 },
    }
    cloud.operations.registry.heartbeat('b1', heartbeatOf('b1', { figures }))
    expect(row('b1').reported).toEqual({ ...figures, version: '0.1.0', host: 'pc-b1' })
    expect(row('b2').verdict).toEqual({ state: 'unknown' })
    expect(row('b2')).not.toHaveProperty('toFetch')
  })

  it('is in sync until something comes for it, and no longer than that', () => {
    const { operations } = cloud
    operations.registry.heartbeat('b1', levelHeartbeat('b1', 1))
    expect(row('b1')).toMatchObject({ verdict: { state: 'in-sync' }, toFetch: 0 })
    operations.write('products', product('p1'))
    expect(row('b1')).toMatchObject({ verdict: { state: 'behind' }, toFetch: 1 })
    operations.registry.heartbeat('b1', levelHeartbeat('b1', 2))
    expect(row('b1')).toMatchObject({ verdict: { state: 'in-sync' }, toFetch: 0 })
    operations.setBranchEnabled('b1', false)
    expect(row('b1')).toMatchObject({ enabled: false, verdict: { state: 'behind' }, toFetch: 1 })
  })

  it('shows how far its first load is, page by page', () => {
    const { operations } = cloud
    for (let i = 0; i < 30; i++) operations.write('products', product(`p${i}`))
    const heartbeat = heartbeatOf('b1')
    operations.registry.heartbeat('b1', heartbeat)
    expect(row('b1').loading).toEqual({ here: 0, of: 31 })
    const page = operations.cloud.pull('b1', { ...heartbeat, class: 20, limit: 10, wanted: [] })
    expect(page.documents).toHaveLength(10)
    operations.rows.forget('b1')
    expect(row('b1')).toMatchObject({ loading: { here: 10, of: 31 }, unconfirmed: 10 })
    operations.registry.heartbeat('b1', levelHeartbeat('b1', 2))
    expect(row('b1').loading).toBeUndefined()
  })

  it('shows both PCs where two say that they are it', () => {
    const { registry } = cloud.operations
    registry.heartbeat('b1', heartbeatOf('b1'))
    const other = { epoch: 'other', seq: 0 }
    registry.heartbeat(
      'b1',
      heartbeatOf('b1', { head: other, epochs: [{ epoch: 'other', firstSeq: 1 }], host: 'copy' }),
    )
    expect(() => registry.heartbeat('b1', heartbeatOf('b1', { beat: 2 }))).toThrow(/two running PCs/)
    expect(row('b1').suspected).toMatchObject([{ host: 'pc-b1' }, { host: 'copy' }])
  })

  it('says who is to be told that rows have changed', () => {
    let told = 0
    cloud.operations.rows.onChange(() => (told += 1))
    cloud.operations.registry.heartbeat('b1', heartbeatOf('b1'))
    expect(told).toBe(1)
  })
})
