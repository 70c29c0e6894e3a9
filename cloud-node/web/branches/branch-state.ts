/** How headquarters holds a branch, and what of an id and a country can be right; needs no page. */
import type { BranchRow } from '../../../schemas/protocol/status.ts'

export type BranchState = 'trading' | 'new' | 'disabled' | 'retired' | 'suspected'

/** What keeps it out goes first. */
export function branchState(row: BranchRow): BranchState {
  if (row.retired) return 'retired'
  if (!row.enabled) return 'disabled'
  if (row.suspected) return 'suspected'
  return row.lastHeartbeatAt === undefined ? 'new' : 'trading'
}

/** What is wrong with the id of a new branch; `undefined` for nothing, and where nothing is typed yet. */
export function idProblem(id: string): 'id' | 'shared' | undefined {
  if (id === '') return undefined
  if (id === 'shared') return 'shared'
  return /^[a-z0-9][a-z0-9.-]{0,39}$/.test(id) ? undefined : 'id'
}

export function isCountry(text: string): boolean {
  return /^[A-Z]{2}$/.test(text)
}

/** Those whose name or id has every word that is typed. */
export function searchBranches<Row extends { readonly id: string; readonly name: string }>(
  rows: readonly Row[],
  typed: string,
): Row[] {
  const words = folded(typed).split(/\s+/).filter(Boolean)
  return rows.filter(({ id, name }) => words.every((word) => folded(`${name} ${id}`).includes(word)))
}

function folded(text: string): string {
  return text.normalize('NFKC').toLocaleLowerCase()
}
