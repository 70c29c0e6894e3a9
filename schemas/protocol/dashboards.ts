/** What is asked and answered about the chain's figures: `GET /api/dashboards` and `GET /api/dashboards/:name`. */
import type { MirrorStatus } from './status.ts'

export const DASHBOARD_NAMES = [
  'sales-by-day',
  'sales-by-product',
  'orders-by-status',
  'members',
  'member-recency',
  'new-members',
  'points',
] as const
export type DashboardName = (typeof DASHBOARD_NAMES)[number]

/** `money` in minor units of the row's `currency`; `day` as `2026-03-01`, of the chain's time zone. */
export type DashboardColumnKind = 'text' | 'day' | 'count' | 'quantity' | 'money'

export interface DashboardColumn {
  readonly name: string
  readonly kind: DashboardColumnKind
}

export type DashboardRow = Readonly<Record<string, string | number | null>>

/** How old the figures are. */
export interface DashboardMirror {
  readonly name: string
  readonly state: MirrorStatus['state']
  /** Changes that were not in MySQL when the figures were read. */
  readonly lag: number
  /** Collections that are being written anew: their figures are short until that is done. */
  readonly filling: readonly string[]
  /** When something was last written into MySQL, ISO 8601; absent before the first time. */
  readonly writtenAt?: string
}

export interface DashboardEntry {
  readonly name: DashboardName
  /** What it tells, in one sentence. */
  readonly about: string
  /** The view or views that it is read from. */
  readonly views: readonly string[]
  readonly columns: readonly DashboardColumn[]
  /** What narrows it down; what is given beside is not heeded. */
  readonly filters: readonly ('dates' | 'branch' | 'currency')[]
}

export interface DashboardList {
  readonly dashboards: readonly DashboardEntry[]
  readonly timeZone: string
  /** Of the chain. */
  readonly currency: string
  /** Today in the chain's time zone. */
  readonly today: string
  /** The mirror that is read; none without a database. */
  readonly mirror?: DashboardMirror
}

export interface Dashboard {
  readonly name: DashboardName
  /** Both days belong to it. */
  readonly from: string
  readonly to: string
  readonly branch?: string
  /** All rows are of it; of any without one. */
  readonly currency?: string
  readonly timeZone: string
  readonly columns: readonly DashboardColumn[]
  readonly rows: readonly DashboardRow[]
  /** There are more rows than were asked for, or than are answered. */
  readonly truncated: boolean
  /** When it was read, ISO 8601. */
  readonly at: string
  readonly mirror: DashboardMirror
}

/** Rows of an answer at most. */
export const MOST_DASHBOARD_ROWS = 50_000
/** Days of an answer at most. */
export const MOST_DASHBOARD_DAYS = 400
