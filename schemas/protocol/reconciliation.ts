/** What headquarters says of its comparisons of the mirrors' rows with the documents they were made of. */
import type { ErrorCode } from '../error-catalogue.ts'
import type { SyncVerdict } from './status.ts'

/** `all`: every document and row; `recent`: what was written since the run before; `closed`: orders that have come to their end. */
export type ReconcileKind = 'all' | 'recent' | 'closed'

/**
 * `waiting`: more differs than is repaired without a person; `approved`: a person has had it repaired, by a run of its own;
 * `stopped`: a person stopped it, or the node was stopped meanwhile, of which `error` tells.
 */
export type ReconcileState = 'running' | 'done' | 'waiting' | 'approved' | 'failed' | 'stopped'

/** What a run is about; all of the mirror where nothing is said. */
export interface ReconcileScope {
  /** Of its documents, so of the other tables that hold the same ones too. */
  readonly table?: string | undefined
  readonly branch?: string | undefined
  /** A day in UTC, as `2026-03-01`: documents that name it in a column of their own table. */
  readonly date?: string | undefined
}

export const DIFFERENCE_CAUSES = [
  'newer-state',
  'older-state',
  'left-behind',
  'inserted',
  'deleted',
  'changed',
  'cut-off',
] as const
/** See `adapters/reconcile/difference-cause.ts`. */
export type DifferenceCause = (typeof DIFFERENCE_CAUSES)[number]

/** A value as it stands in a column, as text, `null` for NULL. Of a long one the part that differs, with `…` for the rest. */
type ShownValue = string | null

export interface RowDifferenceView {
  readonly table: string
  /** The values of the primary key. */
  readonly key: readonly ShownValue[]
  readonly kind: 'missing' | 'unexpected' | 'different'
  readonly fields: readonly FieldDifferenceView[]
}

/** A viewer is told the column alone. */
export interface FieldDifferenceView {
  readonly column: string
  readonly expected?: ShownValue
  readonly found?: ShownValue
}

/**
 * `open`: nobody has repaired it. `repaired`: its rows are as they should be. `gone`: it was equal again when its turn
 * came. `stays`: the database does not hold what is written, as with a trigger or a column of another type.
 */
export type DifferenceOutcome = 'open' | 'repaired' | 'gone' | 'stays'

/** A document whose rows are not as it says. */
export interface DifferenceView {
  readonly collection: string
  readonly id: string
  readonly cause: DifferenceCause
  readonly outcome: DifferenceOutcome
  readonly rows: readonly RowDifferenceView[]
  /** Rows that differ beside those. */
  readonly moreRows?: number
}

/** What a run has looked at and found. */
export interface ReconcileFigures {
  readonly documents: number
  readonly rows: number
  /** Documents whose rows differ. */
  readonly different: number
  readonly repaired: number
  /** Differences that are neither repaired nor gone, nor found again by a later run. */
  readonly open: number
  /** Documents that the mirror had not passed yet, even after waiting for it. */
  readonly inFlight: number
  /** Documents among those that were looked at that MySQL refused; `outpost mirror parked` says why. */
  readonly parked: number
}

export interface ReconcileRun extends ReconcileScope, ReconcileFigures {
  readonly id: number
  readonly mirror: string
  readonly kind: ReconcileKind
  readonly state: ReconcileState
  readonly dryRun: boolean
  readonly startedAt: string
  readonly endedAt?: string
  /** The waiting run that a person had repaired by this one. */
  readonly approves?: number
  /** While it runs: documents that there are. */
  readonly of?: number
  /** How the branches and headquarters stand, by their digests; of runs over all, or of one branch. */
  readonly branches?: readonly { readonly id: string; readonly verdict: SyncVerdict }[]
  readonly error?: { readonly code: ErrorCode; readonly message: string }
}

export interface ReconcileReport extends ReconcileRun {
  /** At most 1,000; `different` counts all. */
  readonly differences: readonly DifferenceView[]
}

export interface ReconciliationStatus {
  readonly running?: ReconcileRun
  /** The one that ended last. */
  readonly last?: ReconcileRun
  /** Documents whose rows differ, as far as runs have told and nothing has repaired. */
  readonly open: number
  /** Runs that wait for a person. */
  readonly waiting: readonly number[]
  /** Orders that were compared when they came to their end, since the node was started. */
  readonly closed: number
  readonly next: { readonly recent?: string; readonly all?: string }
}
