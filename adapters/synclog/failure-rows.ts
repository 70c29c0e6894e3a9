/**
 * What failed in a row at a branch, by what was asked. A success ends the row of what it does and no other: a heartbeat that
 * goes well says nothing of pushes that fail. What is not asked any more, such as the push of a document that somebody has
 * discarded since, ends when three cycles have begun in which nothing failed: what failed last may be noted a cycle late.
 */
import type { SyncLogEntry, SyncLogKind } from '../../schemas/protocol/sync-log.ts'

export interface FailureRows {
  readonly byKind: Readonly<Partial<Record<SyncLogKind, number>>>
  /** The one that was heard last. */
  readonly cycle?: string | undefined
  /** Cycles that have begun since something failed. */
  readonly begun: number
}

const MOST_BEGUN = 3

/** @returns `undefined` where nothing fails */
export function rowsAfter(
  before: FailureRows | undefined,
  { kind, outcome, cycle }: Pick<SyncLogEntry, 'kind' | 'outcome' | 'cycle'>,
): FailureRows | undefined {
  // Whoever is not let in may be another PC than the one whose requests fail.
  if (outcome === 'refused' || outcome === 'deferred') return before
  if (outcome === 'failed') {
    const byKind = { ...before?.byKind, [kind]: (before?.byKind[kind] ?? 0) + 1 }
    return { byKind, cycle: cycle ?? before?.cycle, begun: 0 }
  }
  if (!before) return undefined
  const { [kind]: _, ...byKind } = before.byKind
  const isNext = cycle !== undefined && cycle !== before.cycle
  const begun = before.begun + (isNext ? 1 : 0)
  if (begun >= MOST_BEGUN || Object.keys(byKind).length === 0) return undefined
  return { byKind, cycle: cycle ?? before.cycle, begun }
}

/** Of what has failed most often. */
export function longestOf(rows: FailureRows | undefined): number {
  return rows ? Math.max(...Object.values(rows.byKind)) : 0
}
