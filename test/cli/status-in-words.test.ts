/** What `outpost status` says of the branches, in the words of the health page. */
import { describe, expect, test } from 'vitest'
import { statusInWords } from '../../adapters/cli/status-in-words.ts'
import type { BranchRow, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { branchRow, iso, NOW_MS } from '../support/chain-snapshot.ts'

const IN_SYNC = { verdict: { state: 'in-sync', checkedAt: iso(NOW_MS) } } as const
const LONG_AGO = iso(NOW_MS - 3_600_000)

function linesOf(branches: readonly BranchRow[], changed: Partial<CloudNodeStatus> = {}): string[] {
  const status: CloudNodeStatus = {
    node: 'cloud',
    time: iso(NOW_MS),
    version: '1.0.0',
    branches,
    collections: {},
    mirrors: [],
    exceptions: 0,
    negativeBalances: 0,
    ...changed,
  }
  return statusInWords(status).split('\n')
}
const branchLine = (row: BranchRow) => linesOf([row]).at(-1)?.trim().replaceAll(/ +/g, ' ')

describe('the status of headquarters in words', () => {
  test('calls each branch what the health page calls it', () => {
    expect(branchLine(branchRow('b1', IN_SYNC))).toBe(`b1 in sync, heard ${iso(NOW_MS)}, 0 waiting`)
    const stale = branchRow('b1', { verdict: { state: 'in-sync', checkedAt: LONG_AGO } })
    expect(branchLine(stale)).toContain('not checked, heard')
    expect(branchLine(branchRow('b1', { enabled: false }))).toContain('b1 disabled, heard')
    const { lastHeartbeatAt: _, reported: __, ...unheard } = branchRow('b1')
    expect(branchLine({ ...unheard, verdict: { state: 'unknown' } })).toBe('b1 not checked, never heard')
  })

  test('names every trouble of one', () => {
    const troubled = branchRow('b1', { verdict: { state: 'differs' }, reported: { exceptions: 2 } })
    expect(branchLine(troubled)).toContain(
      'in trouble (differs from headquarters; exceptions wait for a person), heard',
    )
  })

  test('says of a silent one since when, and that what waits there is its last word', () => {
    const row = branchRow('b1', {
      lastHeartbeatAt: LONG_AGO,
      link: { state: 'lost', since: LONG_AGO },
      reported: { backlog: { documents: 7 } },
    })
    expect(branchLine(row)).toBe(`b1 silent, heard ${LONG_AGO}, connection lost ${LONG_AGO}, 7 waiting as it said then`)
  })

  test('counts the alerts to which nobody sees, by level, and leads to them', () => {
    const alerts = { critical: 1, warning: 0, notice: 3, revision: 5 }
    expect(linesOf([], { alerts })).toContain('  alerts      1 critical, 3 notice (outpost alerts)')
    const none = { critical: 0, warning: 0, notice: 0, revision: 5 }
    expect(linesOf([], { alerts: none })).toContain('  alerts      none that nobody sees to')
    expect(linesOf([]).join('\n')).not.toContain('alerts')
  })
})
