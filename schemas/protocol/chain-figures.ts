/** How the exchange of the whole chain went, in one answer: body of `/api/chain-figures`. */
import type { SyncFigures } from './sync-log.ts'

/** Of the last 24 hours, one figure an hour from `ChainFigures.from` on; the last hour is under way. */
export interface HourlyPoints {
  readonly requests: readonly number[]
  readonly failed: readonly number[]
  /** The largest backlog that the branch reported; `null` where it reported none. */
  readonly backlog: readonly (number | null)[]
}

export interface FiguresOfBranch extends Omit<SyncFigures, 'failuresByCode'> {
  /** Absent where nothing was tried. */
  readonly hours?: HourlyPoints
}

export interface ChainFigures {
  /** When they were counted, ISO 8601. */
  readonly at: string
  /** When the first hour began. */
  readonly from: string
  readonly all: SyncFigures & { readonly hours?: Omit<HourlyPoints, 'backlog'> }
  /** By the branch's id. */
  readonly branches: Readonly<Record<string, FiguresOfBranch>>
  /** Documents that failed and are tried again by themselves. */
  readonly retries: number
}
