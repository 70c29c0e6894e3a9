/** What is chosen on the health page, as the address keeps it; needs no page. */
import { BRANCH_STANDINGS, type BranchStanding } from '../../../schemas/branch-standing.ts'

export const SORT_COLUMNS = ['standing', 'branch', 'heartbeat', 'success', 'backlog', 'fetch', 'exceptions'] as const
export type SortColumn = (typeof SORT_COLUMNS)[number]

export interface HealthChoice {
  /** Only branches that stand so. */
  readonly standing: BranchStanding | undefined
  /** Part of an id or a name. */
  readonly find: string
  readonly by: SortColumn
  readonly descending: boolean
  /** From 0. */
  readonly page: number
}

export const NO_CHOICE: HealthChoice = { standing: undefined, find: '', by: 'standing', descending: false, page: 0 }

/** What is not understood is as if it were not there. */
export function healthChoiceOf(chosen: URLSearchParams): HealthChoice {
  const page = Number(chosen.get('page'))
  return {
    standing: BRANCH_STANDINGS.find((standing) => standing === chosen.get('standing')),
    find: chosen.get('find') ?? '',
    by: SORT_COLUMNS.find((column) => column === chosen.get('sort')) ?? NO_CHOICE.by,
    descending: chosen.get('order') === 'down',
    page: Number.isSafeInteger(page) && page > 1 ? page - 1 : 0,
  }
}

export function chosenOf({ standing, find, by, descending, page }: HealthChoice): URLSearchParams {
  const chosen = new URLSearchParams()
  if (standing !== undefined) chosen.set('standing', standing)
  if (find !== '') chosen.set('find', find)
  if (by !== NO_CHOICE.by) chosen.set('sort', by)
  if (descending) chosen.set('order', 'down')
  if (page > 0) chosen.set('page', String(page + 1))
  return chosen
}

/** A column that is chosen anew begins with what wants attention; chosen again it turns round. */
export function sortedBy(choice: HealthChoice, by: SortColumn): HealthChoice {
  const descending = choice.by === by ? !choice.descending : LARGEST_FIRST.includes(by)
  return { ...choice, by, descending, page: 0 }
}

const LARGEST_FIRST: readonly SortColumn[] = ['backlog', 'fetch', 'exceptions']
