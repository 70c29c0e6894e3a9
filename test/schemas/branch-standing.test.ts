import { describe, expect, it } from 'vitest'
import { BRANCH_STANDINGS, branchStanding, branchTroubles, knownLink } from '../../schemas/branch-standing.ts'
import type { BranchRow } from '../../schemas/protocol/status.ts'

const NOW = Date.parse('2026-03-01T12:00:00.000Z')

function ago(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString()
}

const REPORTED: NonNullable<BranchRow['reported']> = {
  backlog: { documents: 0 },
  classes: [],
  exceptions: 0,
  version: '0.1.0',
  host: 'till-1',
}

function row(changes: Partial<BranchRow> = {}): BranchRow {
  return {
    id: 'north',
    name: 'North',
    enabled: true,
    lastHeartbeatAt: ago(5),
    reported: REPORTED,
    verdict: { state: 'in-sync', checkedAt: ago(5) },
    documents: { here: 1 },
    ...changes,
  }
}

function standing(changes: Partial<BranchRow>) {
  return branchStanding(row(changes), NOW)
}

describe('where a branch stands', () => {
  it('is in sync only while the comparison is fresh', () => {
    expect(standing({})).toBe('in-sync')
    expect(standing({ verdict: { state: 'in-sync', checkedAt: ago(61) } })).toBe('unchecked')
    expect(standing({ verdict: { state: 'in-sync' } })).toBe('unchecked')
  })

  it('is behind while something waits, and unchecked before the first comparison', () => {
    expect(standing({ verdict: { state: 'behind' } })).toBe('behind')
    expect(standing({ verdict: { state: 'unknown' } })).toBe('unchecked')
  })

  it('is silent a minute after the last heartbeat, whatever was compared last', () => {
    expect(standing({ lastHeartbeatAt: ago(60) })).toBe('in-sync')
    expect(standing({ lastHeartbeatAt: ago(61) })).toBe('silent')
  })

  it('is silent moments after its live stream has ended and has not come back', () => {
    expect(standing({ link: { state: 'lost', since: ago(3) } })).toBe('in-sync')
    expect(standing({ link: { state: 'lost', since: ago(4) } })).toBe('silent')
    expect(standing({ link: { state: 'open', since: ago(4000) } })).toBe('in-sync')
  })

  it('is silent where the heartbeat lies ahead of the clock by more than a minute', () => {
    expect(standing({ lastHeartbeatAt: ago(-61) })).toBe('silent')
  })

  it('is not missed before it was set up', () => {
    const { lastHeartbeatAt: _, reported: __, ...never } = row({ verdict: { state: 'unknown' } })
    expect(branchStanding(never, NOW)).toBe('unchecked')
  })

  it('is in trouble where a person has to do something', () => {
    const clock = { ...REPORTED, clockOffsetMs: -300_001 }
    const disk = { ...REPORTED, disk: { free: 999_999_999, store: 1 } }
    expect(standing({ verdict: { state: 'differs' } })).toBe('trouble')
    expect(standing({ reported: { ...REPORTED, exceptions: 1 } })).toBe('trouble')
    expect(standing({ reported: clock })).toBe('trouble')
    expect(standing({ reported: disk })).toBe('trouble')
    expect(branchTroubles(row({ reported: { ...clock, exceptions: 2 }, verdict: { state: 'differs' } }))).toEqual([
      'differs',
      'exceptions',
      'clock',
    ])
  })

  it('is silent first where the trouble was told before the silence', () => {
    expect(standing({ reported: { ...REPORTED, exceptions: 1 }, lastHeartbeatAt: ago(61) })).toBe('silent')
  })

  it('is in trouble, heard or not, where two PCs say that they are it', () => {
    const suspected = [{ epoch: 'e', host: 'till-2', heardAt: ago(100) }]
    expect(standing({ suspected, lastHeartbeatAt: ago(100) })).toBe('trouble')
  })

  it('is off where nothing is expected of it', () => {
    expect(standing({ enabled: false })).toBe('off')
    expect(standing({ retired: true, lastHeartbeatAt: ago(100) })).toBe('off')
  })

  it('has an order from the gravest on that names each standing once', () => {
    expect(new Set(BRANCH_STANDINGS).size).toBe(BRANCH_STANDINGS.length)
    expect(BRANCH_STANDINGS[0]).toBe('trouble')
  })
})

describe('the live stream of a branch', () => {
  const link = { state: 'open', since: ago(4000) } as const

  it('is called open only while the branch is heard: without power it ends no stream', () => {
    expect(knownLink(row({ link }), NOW)).toEqual(link)
    expect(knownLink(row({ link, lastHeartbeatAt: ago(61) }), NOW)).toBeUndefined()
  })

  it('is called lost as long as it is, and nothing before there was one', () => {
    const lost = { state: 'lost', since: ago(4000) } as const
    expect(knownLink(row({ link: lost, lastHeartbeatAt: ago(4000) }), NOW)).toEqual(lost)
    expect(knownLink(row(), NOW)).toBeUndefined()
  })
})
