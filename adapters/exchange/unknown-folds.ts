/**
 * What headquarters has folded of a branch's documents and the branch may not have heard of: an answer was lost, or
 * somebody else wrote the documents. In normal operation there is none.
 */
import type { Fold, Position } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'
import type { ContributionLog } from './contribution-log.ts'

/** What one answer lists. */
const MAX_FOLDS = 1000

export interface UnknownFolds {
  /** In the order of their seqs. */
  readonly contained: Fold[]
  /** Set where there are more: the last listed one's position, up to which nothing is left out. */
  readonly cutAt?: Position
}

/** @param folded as the branch says it; absent where it holds nothing that contributes, so nothing concerns it */
export function unknownFolds(
  store: Store,
  log: ContributionLog,
  scopes: readonly string[],
  folded: Position | undefined,
): UnknownFolds {
  if (!folded) return { contained: [] }
  const after = store.knowsPosition(folded) ? folded.seq : 0
  const found = scopes.flatMap((scope) => log.after(scope, after, MAX_FOLDS + 1))
  const contained = found.toSorted((a, b) => a.foldedSeq - b.foldedSeq).slice(0, MAX_FOLDS)
  if (found.length <= MAX_FOLDS) return { contained }
  return { contained, cutAt: { epoch: store.epoch, seq: contained.at(-1)!.foldedSeq } }
}
