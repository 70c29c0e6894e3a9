/** What headquarters keeps of the starts of its branches' stores, and how often they are told. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BranchHeartbeat } from '../../../adapters/exchange/branch-heartbeat.ts'
import type { Lineage } from '../../../schemas/lineage.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

let folder: string
let chain: SimulatedChain
let north: SimulatedBranch

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outpost-links-'))
  chain = new SimulatedChain(folder, ['north', 'south'])
  north = chain.branches[0]!
})
afterEach(() => {
  chain.close()
  rmSync(folder, { recursive: true })
})

function rows(table: string, branchId: string): Record<string, unknown>[] {
  const sql = `SELECT * FROM ${table} WHERE branch_id = ?`
  return chain.cloud.replica.store.prepare(sql).all(branchId) as Record<string, unknown>[]
}

/** A heartbeat of a start of the south's store that has written up to its head. */
function hear(epochs: Lineage, seq: number, beat = 1): string | undefined {
  const { links, replica } = chain.cloud
  clockMs += 1
  const heard = { head: { epoch: epochs.at(-1)!.epoch, seq }, epochs: [...epochs], beat, host: 'till' }
  return replica.store.transaction('test', () => links.hear('south', heard, clockMs)).refusal?.code
}
let clockMs = 0

const start = (epoch: string, firstSeq: number) => ({ epoch, firstSeq })
const original = [start('a', 1)]
const copy = [...original, start('b', 11)]
const restarted = [...original, start('c', 13)]

describe('a branch', () => {
  it('tells the starts of its store until headquarters says that it knows them, and again where it does not', async () => {
    chain.backUpCloud()
    await chain.restart(north)
    const heartbeats = new BranchHeartbeat(north.branch)
    const told = north.branch.replica.store.epochs()
    const beat = () => {
      const request = heartbeats.request({ host: 'till' })
      return { request, again: heartbeats.take(chain.registry.heartbeat('north', request)).again }
    }
    expect(beat().request.epochs).toEqual(told)
    expect(beat()).toMatchObject({ again: false, request: { epochs: [] } })
    chain.restoreCloud()
    expect(beat()).toMatchObject({ again: true, request: { epochs: [] } })
    expect(chain.registry.contact('north')).toBeUndefined()
    expect(beat().request.epochs).toEqual(told)
  })

  it('goes on within one cycle where headquarters has forgotten its start', async () => {
    chain.backUpCloud()
    await chain.restart(north)
    await north.cycle.run()
    chain.restoreCloud()
    await north.cycle.run()
    expect(north.cycle.status().lastError).toBeUndefined()
    expect(north.cycle.status().verdict.state).toBe('in-sync')
  })
})

describe('headquarters', () => {
  it('keeps the starts of a store once, beside what each heartbeat changes', async () => {
    for (let i = 0; i < 5; i++) {
      await chain.restart(north)
      await north.cycle.run()
      await north.cycle.run()
    }
    const known = [...north.branch.replica.store.epochs()]
    expect(rows('branch_lineage', 'north')).toMatchObject([{ lineage: JSON.stringify(known) }])
    expect(rows('branch_start', 'north')).toHaveLength(5)
    expect(JSON.parse(rows('branch_contact', 'north')[0]!['request'] as string)).not.toHaveProperty('epochs')
    expect(chain.registry.contact('north')?.request.epochs).toEqual(known)
  })

  it('forgets early starts, but none that is dead', () => {
    hear([start('dead', 1)], 5)
    chain.cloud.replica.store.transaction('test', () => chain.cloud.links.replace('south'))
    const all = Array.from({ length: 80 }, (_, i) => start(`s${i}`, i + 1))
    for (let count = 1; count <= all.length; count++) expect(hear(all.slice(0, count), count)).toBeUndefined()
    expect(chain.cloud.links.starts('south')).toHaveLength(51)
    expect(rows('branch_lineage', 'south')).toHaveLength(1)
    expect(hear([start('dead', 1), start('x', 6)], 6)).toBe('CLONE_SUSPECTED')
  })

  it('still knows the past of the one that is kept, which was told with that of its copy', () => {
    hear(original, 10)
    hear(copy, 12)
    expect(hear(original, 12, 2)).toBe('CLONE_SUSPECTED')
    chain.cloud.replica.store.transaction('test', () => chain.cloud.links.keep('south', 'a'))
    expect(chain.cloud.links.lineage('south', 'a')).toEqual(original)
    expect(hear(original, 12, 3)).toBeUndefined()
    expect(hear(restarted, 14)).toBeUndefined()
    expect(hear(copy, 12, 2)).toBe('CLONE_SUSPECTED')
    expect(hear(restarted, 14, 2)).toBeUndefined()
  })

  it('lets the copy live that goes on from a start of the other PC, and none that goes on behind that', () => {
    hear(original, 10)
    hear(copy, 12)
    expect(hear(original, 12, 2)).toBe('CLONE_SUSPECTED')
    expect(hear(restarted, 14)).toBe('CLONE_SUSPECTED')
    chain.cloud.replica.store.transaction('test', () => chain.cloud.links.keep('south', 'b'))
    expect(hear(copy, 13, 2)).toBeUndefined()
    expect(hear([...restarted, start('d', 15)], 15)).toBe('CLONE_SUSPECTED')
    expect(hear(copy, 13, 3)).toBeUndefined()
    expect(hear([...copy, start('e', 14)], 14)).toBeUndefined()
  })
})
