import { describe, expect, it } from 'vitest'
import { cyclesOf } from '../../../../adapters/ui/sync/cycles.ts'
import type { SyncLogEntry } from '../../../../schemas/protocol/sync-log.ts'

const AT = Date.parse('2026-03-01T10:00:00.000Z')

function entry(number: number, more: Partial<SyncLogEntry> = {}): SyncLogEntry {
  return {
    number,
    at: new Date(AT + number * 1000).toISOString(),
    branchId: 'north',
    kind: 'push',
    class: 80,
    sent: 0,
    received: 0,
    bytesSent: 100,
    bytesReceived: 50,
    ms: 200,
    outcome: 'ok',
    requestId: `c${number}.1`,
    cycle: `c${number}`,
    ...more,
  }
}

describe('entries of a sync log as cycles', () => {
  it('puts together what a cycle did, class by class, and how long it took from first to last', () => {
    const entries = [
      entry(4, { cycle: 'b', requestId: 'b.1', kind: 'pull' }),
      entry(3, { cycle: 'a', requestId: 'a.3', kind: 'pull', received: 2, ms: 700 }),
      entry(2, { cycle: 'a', requestId: 'a.2', sent: 3, outcomes: { applied: 2, rejected: 1 } }),
      entry(1, { cycle: 'a', requestId: 'a.1', sent: 5, outcomes: { applied: 5 } }),
    ]
    const cycles = cyclesOf(entries, false)
    expect(cycles.map(({ key }) => key)).toEqual(['b', 'a'])
    expect(cycles[1]).toMatchObject({ startedMs: AT + 1000, ms: 2700, outcome: 'ok', requestId: 'a.3' })
    expect(cycles[1]!.steps).toEqual([
      {
        kind: 'push',
        class: 80,
        requests: 2,
        failed: 0,
        sent: 8,
        received: 0,
        outcomes: { applied: 7, rejected: 1 },
        bytes: 300,
      },
      { kind: 'pull', class: 80, requests: 1, failed: 0, sent: 0, received: 2, outcomes: {}, bytes: 150 },
    ])
  })

  it('tells a cycle that failed from one that was repaired by a repeat, and names the request that failed', () => {
    const failed = { outcome: 'failed', code: 'LINK_FAILED' } as const
    const entries = [
      entry(4, { cycle: 'b', requestId: 'b.1', ...failed, code: 'TOO_BUSY' }),
      entry(3, { cycle: 'a', requestId: 'a.2' }),
      entry(2, { cycle: 'a', requestId: 'a.1', ...failed }),
    ]
    expect(cyclesOf(entries, false)).toMatchObject([
      { key: 'b', outcome: 'failed', code: 'TOO_BUSY', requestId: 'b.1' },
      { key: 'a', outcome: 'repaired', code: 'LINK_FAILED', requestId: 'a.1' },
    ])
  })

  it('keeps a cycle that was not let in apart from one that failed', () => {
    const refused = entry(1, { outcome: 'refused', code: 'BRANCH_DISABLED' })
    expect(cyclesOf([refused], false)).toMatchObject([{ outcome: 'refused', code: 'BRANCH_DISABLED' }])
  })

  it('leaves out what apps write and what goes into MySQL, and the oldest cycle where the log has more of it', () => {
    const entries = [
      entry(4, { kind: 'mirror' }),
      entry(3, { kind: 'write' }),
      entry(2, { cycle: 'b' }),
      entry(1, { cycle: 'a' }),
    ]
    expect(cyclesOf(entries, false).map(({ key }) => key)).toEqual(['b', 'a'])
    expect(cyclesOf(entries, true).map(({ key }) => key)).toEqual(['b'])
  })

  it('takes a request that names no cycle for one of its own', () => {
    const { cycle: _cycle, ...alone } = entry(1, { requestId: 'x' })
    expect(cyclesOf([entry(2), alone], false).map(({ key }) => key)).toEqual(['c2', 'x'])
  })
})
