/** Branches as the table lists them: judged once, filtered, searched and ordered; needs no page. */
import { branchStanding, branchTroubles, BRANCH_STANDINGS } from '../../../schemas/branch-standing.ts'
import type { BranchStanding, BranchTrouble } from '../../../schemas/branch-standing.ts'
import type { ChainFigures, FiguresOfBranch } from '../../../schemas/protocol/chain-figures.ts'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { searchBranches } from '../branches/branch-state.ts'
import type { HealthChoice, SortColumn } from './health-choice.ts'

export interface BranchItem {
  readonly row: BranchRow
  readonly standing: BranchStanding
  readonly troubles: readonly BranchTrouble[]
  /** Absent until they were read. */
  readonly figures: FiguresOfBranch | undefined
}

/**
 * @param current whether the rows come from a stream that lives: of others nobody knows where they stand
 * @param figures `undefined` until they were read
 */
export function branchItems(
  rows: readonly BranchRow[],
  { nowMs, current, figures }: { nowMs: number; current: boolean; figures: ChainFigures | undefined },
): BranchItem[] {
  return rows.map((row) => {
    const standing = shownStanding(row, nowMs, current)
    const troubles = current && standing !== 'off' ? branchTroubles(row) : []
    return { row, standing, troubles, figures: figures?.branches[row.id] }
  })
}

/** @param current whether the row comes from a stream that lives */
export function shownStanding(row: BranchRow, nowMs: number, current: boolean): BranchStanding {
  const standing = branchStanding(row, nowMs)
  return current || standing === 'off' ? standing : 'unchecked'
}

/** What is chosen, the gravest first unless another order is. */
export function chosenItems(items: readonly BranchItem[], choice: HealthChoice): BranchItem[] {
  const { standing, find, by, descending } = choice
  const found = new Set(
    searchBranches(
      items.map(({ row }) => row),
      find,
    ),
  )
  const order = ORDERS[by]
  return items
    .filter((item) => (standing === undefined || item.standing === standing) && found.has(item.row))
    .toSorted((a, b) => (descending ? order(b, a) : order(a, b)) || gravity(a, b) || byName(a, b))
}

export function countStandings(items: readonly BranchItem[]): ReadonlyMap<BranchStanding, number> {
  const counts = new Map(BRANCH_STANDINGS.map((standing) => [standing, 0]))
  for (const { standing } of items) counts.set(standing, counts.get(standing)! + 1)
  return counts
}

/** What waits at all branches of which something is expected, as each said last. */
export function chainBacklog(items: readonly BranchItem[]): {
  readonly documents: number
  /** Of these, of branches that are not heard now. */
  readonly silent: number
  /** Branches that have never said anything. */
  readonly unheard: number
} {
  const sum = { documents: 0, silent: 0, unheard: 0 }
  for (const { row, standing } of items) {
    if (standing === 'off') continue
    const documents = row.reported?.backlog.documents ?? 0
    sum.documents += documents
    if (standing === 'silent') sum.silent += documents
    if (row.lastHeartbeatAt === undefined) sum.unheard += 1
  }
  return sum
}

type Order = (a: BranchItem, b: BranchItem) => number

const byName: Order = ({ row: a }, { row: b }) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1)

/** Of equal standing the one with more troubles, then with more that waits. */
function gravity(a: BranchItem, b: BranchItem): number {
  const [rankA, rankB] = [a, b].map(({ standing }) => BRANCH_STANDINGS.indexOf(standing)) as [number, number]
  return rankA - rankB || b.troubles.length - a.troubles.length || (waiting(b) ?? 0) - (waiting(a) ?? 0)
}

const waiting = ({ row }: BranchItem) => row.reported?.backlog.documents
const heardMs = ({ row }: BranchItem) =>
  row.lastHeartbeatAt === undefined ? undefined : Date.parse(row.lastHeartbeatAt)

/** What nobody knows goes before the smallest. */
function byFigure(figure: (item: BranchItem) => number | undefined): Order {
  const of = (item: BranchItem) => figure(item) ?? -1
  return (a, b) => of(a) - of(b)
}

const ORDERS: Readonly<Record<SortColumn, Order>> = {
  standing: gravity,
  branch: byName,
  heartbeat: byFigure(heardMs),
  success: byFigure(({ figures }) => figures?.successRate),
  backlog: byFigure(waiting),
  fetch: byFigure(({ row }) => row.toFetch),
  exceptions: byFigure(({ row }) => row.reported?.exceptions),
}
