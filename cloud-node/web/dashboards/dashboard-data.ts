/** The figures of the page, asked for together; what was there stays until the new ones are. */
import { signal, type ReadonlySignal } from '@preact/signals'
import type { ErrorBody } from '../../../schemas/outpost-error.ts'
import {
  DASHBOARD_NAMES,
  type Dashboard,
  type DashboardList,
  type DashboardName,
} from '../../../schemas/protocol/dashboards.ts'
import { askNode, DEADLINE_MS, failureOf, type Failure } from '../frame/ask-node.ts'
import { queryOf, type Choice } from './dashboard-choice.ts'
import { pageNow } from '../../../adapters/ui/page-clock.ts'

/** What is a ranking: the page shows the first ones, which are those of one currency. */
const MOST_SHOWN: Partial<Record<DashboardName, number>> = { 'sales-by-product': 50, members: 20 }
const RANKINGS = DASHBOARD_NAMES.filter(isRanking)
const OTHERS = DASHBOARD_NAMES.filter((name) => !isRanking(name))
export type Figures =
  | { readonly kind: 'loading'; readonly before?: Dashboard }
  | { readonly kind: 'there'; readonly dashboard: Dashboard; /** `pageNow()` */ readonly atMs: number }
  | { readonly kind: 'failed'; readonly failure: Failure }

const figures = signal<Readonly<Partial<Record<DashboardName, Figures>>>>({})
const list = signal<DashboardList | Failure | undefined>(undefined)

export const shownFigures: ReadonlySignal<Readonly<Partial<Record<DashboardName, Figures>>>> = figures
export const dashboardList: ReadonlySignal<DashboardList | Failure | undefined> = list

/** Of others the page has all rows that an answer can have. */
export function isRanking(name: DashboardName): boolean {
  return name in MOST_SHOWN
}

/** What is there of a figure: also while a new one is loading. */
export function dashboardOf(name: DashboardName): Dashboard | undefined {
  const shown = figures.value[name]
  if (shown?.kind === 'there') return shown.dashboard
  return shown?.kind === 'loading' ? shown.before : undefined
}

export function isFailure(value: DashboardList | Failure | undefined): value is Failure {
  return value === 'unreachable' || (value !== undefined && 'code' in value)
}

export async function loadList(): Promise<void> {
  const answer = await askNode<DashboardList>('/api/dashboards')
  list.value = answer.ok ? answer.value : answer.failure
}

/**
 * All but the rankings.
 *
 * @param isSame the same choice as before: what is there stays as it is meanwhile
 */
export function loadFigures(choice: Choice, isSame: boolean): () => void {
  return loadAll(OTHERS, queryOf(choice), isSame)
}

/** @param isSame the same choice and currency as before */
export function loadRankings(choice: Choice, currency: string, isSame: boolean): () => void {
  const query = queryOf(choice)
  query.set('currency', currency)
  return loadAll(RANKINGS, query, isSame)
}

function loadAll(names: readonly DashboardName[], query: URLSearchParams, isSame: boolean): () => void {
  const leaving = new AbortController()
  if (!isSame) {
    const loading = names.map((name) => [name, loadingAfter(dashboardOf(name), query)] as const)
    figures.value = { ...figures.value, ...Object.fromEntries(loading) }
  }
  for (const name of names) void load(name, query, leaving.signal)
  return () => leaving.abort()
}

/** As a file that the browser keeps. */
export async function downloadCsv(name: DashboardName, choice: Choice, lang: string): Promise<Failure | undefined> {
  const query = queryOf(choice)
  query.set('format', 'csv')
  query.set('lang', lang)
  try {
    const response = await fetch(`/api/dashboards/${name}?${query}`, { signal: AbortSignal.timeout(DEADLINE_MS) })
    if (!response.ok) return failureOf((await response.json()) as ErrorBody)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await response.blob())
    link.download = /filename="?([^";]+)/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? `${name}.csv`
    link.click()
    URL.revokeObjectURL(link.href)
    return undefined
  } catch {
    return 'unreachable'
  }
}

async function load(name: DashboardName, asked: URLSearchParams, left: AbortSignal): Promise<void> {
  const query = new URLSearchParams(asked)
  const most = MOST_SHOWN[name]
  if (most !== undefined) query.set('limit', String(most))
  const signal = AbortSignal.any([left, AbortSignal.timeout(DEADLINE_MS)])
  const answer = await askNode<Dashboard>(`/api/dashboards/${name}?${query}`, signal)
  if (left.aborted) return
  const next: Figures = answer.ok
    ? { kind: 'there', dashboard: answer.value, atMs: pageNow() }
    : { kind: 'failed', failure: answer.failure }
  figures.value = { ...figures.value, [name]: next }
}

/** What is there of another currency would look as if there were nothing. */
function loadingAfter(before: Dashboard | undefined, query: URLSearchParams): Figures {
  const isOfSame = before?.currency === (query.get('currency') ?? undefined)
  return before && isOfSame ? { kind: 'loading', before } : { kind: 'loading' }
}
