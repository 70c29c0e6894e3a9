/** What the health page makes of the status and the figures before anything is drawn. */
import { describe, expect, test } from 'vitest'
import { branchItems, chainBacklog, chosenItems, countStandings } from '../../../cloud-node/web/health/branch-items.ts'
import {
  chosenOf,
  healthChoiceOf,
  NO_CHOICE,
  SORT_COLUMNS,
  sortedBy,
  type HealthChoice,
} from '../../../cloud-node/web/health/health-choice.ts'
import { errorBudget } from '../../../cloud-node/web/health/objective.ts'
import { largest, sparkBars } from '../../../cloud-node/web/health/spark-paths.ts'
import type { ChainFigures } from '../../../schemas/protocol/chain-figures.ts'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { branchRow, iso, NOW_MS, syncFigures } from '../../support/chain-snapshot.ts'

const IN_SYNC = { verdict: { state: 'in-sync', checkedAt: iso(NOW_MS) } } as const
const LONG_AGO = iso(NOW_MS - 3_600_000)
const ROWS: readonly BranchRow[] = [
  branchRow('b1', IN_SYNC),
  branchRow('b2', { lastHeartbeatAt: LONG_AGO, reported: { backlog: { documents: 9 } } }),
  branchRow('b3', { ...IN_SYNC, reported: { exceptions: 2, backlog: { documents: 3 } } }),
  branchRow('b4', { enabled: false, reported: { backlog: { documents: 100 } } }),
  branchRow('b5', { verdict: { state: 'behind', checkedAt: iso(NOW_MS) }, toFetch: 4 }),
  branchRow('b6', { verdict: { state: 'behind', checkedAt: iso(NOW_MS) }, toFetch: 40 }),
]
const FIGURES: ChainFigures = {
  at: iso(NOW_MS),
  from: iso(NOW_MS),
  all: syncFigures(),
  branches: {
    b1: { successRate: 0.5, requests: 2, failed: 1, failedLastHour: 1, consecutiveFailures: 0 },
    b2: { successRate: 1, requests: 2, failed: 0, failedLastHour: 0, consecutiveFailures: 0 },
  },
  retries: 0,
}
const items = (current = true, rows = ROWS) => branchItems(rows, { nowMs: NOW_MS, current, figures: FIGURES })
const ids = (choice: Partial<HealthChoice>, current = true) =>
  chosenItems(items(current), { ...NO_CHOICE, ...choice }).map(({ row }) => row.id)

describe('the branches of the health page', () => {
  test('are listed with the gravest first, and of equal ones those with more that waits', () => {
    expect(ids({})).toEqual(['b3', 'b2', 'b5', 'b6', 'b1', 'b4'])
  })

  test('are ordered by any column, either way', () => {
    expect(ids({ by: 'branch', descending: true })).toEqual(['b6', 'b5', 'b4', 'b3', 'b2', 'b1'])
    expect(ids({ by: 'backlog', descending: true }).slice(0, 2)).toEqual(['b4', 'b2'])
    expect(ids({ by: 'fetch', descending: true }).slice(0, 2)).toEqual(['b6', 'b5'])
    expect(ids({ by: 'heartbeat' })[0]).toBe('b2')
    expect(ids({ by: 'exceptions', descending: true })[0]).toBe('b3')
    // Nobody knows of the others how they went.
    expect(ids({ by: 'success', descending: true }).slice(0, 2)).toEqual(['b2', 'b1'])
  })

  test('are those that stand so and whose name or id has what is typed', () => {
    expect(ids({ standing: 'behind' })).toEqual(['b5', 'b6'])
    expect(ids({ standing: 'behind', find: 'SHOP B6' })).toEqual(['b6'])
    expect(ids({ find: 'nowhere' })).toEqual([])
  })

  test('stand nowhere that is known, and have no trouble that is, while the stream is broken', () => {
    expect(ids({ standing: 'unchecked' }, false)).toEqual(['b2', 'b3', 'b1', 'b5', 'b6'])
    expect(items(false).flatMap(({ troubles }) => troubles)).toEqual([])
    expect(items().flatMap(({ troubles }) => troubles)).toEqual(['exceptions'])
    expect([...countStandings(items(false))].filter(([, count]) => count > 0)).toEqual([
      ['unchecked', 5],
      ['off', 1],
    ])
  })

  test('are counted where they stand, each once', () => {
    expect(Object.fromEntries(countStandings(items()))).toEqual({
      trouble: 1,
      silent: 1,
      behind: 2,
      unchecked: 0,
      'in-sync': 1,
      off: 1,
    })
  })

  test('have a backlog together, of which is said what nobody has confirmed lately', () => {
    const { lastHeartbeatAt: _, reported: __, ...unheard } = branchRow('b7')
    expect(chainBacklog(items(true, [...ROWS, unheard]))).toEqual({ documents: 12, silent: 9, unheard: 1 })
  })
})

describe('what is chosen', () => {
  test('is read from an address as it was written there', () => {
    for (const by of SORT_COLUMNS) {
      const choice = { standing: 'in-sync', find: '北 路&', by, descending: true, page: 3 } as const
      expect(healthChoiceOf(chosenOf(choice))).toEqual(choice)
    }
    expect(chosenOf(NO_CHOICE).toString()).toBe('')
  })

  test('is nothing where the address says what there is not', () => {
    expect(healthChoiceOf(new URLSearchParams('standing=grand&sort=weight&order=up&page=-2'))).toEqual(NO_CHOICE)
  })

  test('turns the order round where the same column is chosen again, and begins on the first page', () => {
    const first = sortedBy({ ...NO_CHOICE, page: 2 }, 'backlog')
    expect(first).toMatchObject({ by: 'backlog', descending: true, page: 0 })
    expect(sortedBy(first, 'backlog')).toMatchObject({ by: 'backlog', descending: false })
    expect(sortedBy(first, 'branch')).toMatchObject({ by: 'branch', descending: false })
  })
})

describe('the objective', () => {
  test('leaves what has not failed of the thousandth that may', () => {
    expect(errorBudget({ requests: 10_000, failed: 0 })).toEqual({ allowed: 10, left: 1 })
    expect(errorBudget({ requests: 10_000, failed: 4 })?.left).toBeCloseTo(0.6)
    expect(errorBudget({ requests: 10_000, failed: 30 })?.left).toBeCloseTo(-2)
    expect(errorBudget({ requests: 500, failed: 1 })?.left).toBeCloseTo(-1)
  })

  test('says nothing of so few exchanges that none of them may fail', () => {
    expect(errorBudget({ requests: 900, failed: 0 })).toBeUndefined()
    expect(errorBudget({ requests: 0, failed: 0 })).toBeUndefined()
  })
})

describe('a small drawing', () => {
  test('has a bar for each figure, the largest as high as there is room, and nothing where nothing is known', () => {
    expect(sparkBars([0, null, 5, 10], 10)).toBe('M2.1 10v-5h0.8v5zM3.1 10v-10h0.8v10z')
    expect(largest([null, 3, 7])).toBe(7)
    expect(largest([null])).toBe(0)
  })

  test('shows one failure of thousands', () => {
    expect(sparkBars([1], 5000)).toBe('M0.1 10v-0.6h0.8v0.6z')
  })
})
