/**
 * Whether a part of an answer that was under way for long may still be taken: whatever else the branch has exchanged
 * meanwhile, by bundle or over a link, its positions must only ever move along what it was given. Pure.
 */
import { knowsPosition, type Lineage } from '../../schemas/lineage.ts'
import type { Stand } from '../../schemas/protocol/bundle.ts'
import type { Position, Positions } from '../../schemas/protocol/exchange.ts'

/** Where the branch stands now. */
export interface Standing {
  readonly positions: Positions
  /** Up to where it knows what headquarters has folded; absent before the first answer. */
  readonly folded?: Position | undefined
  readonly witness?: Position | undefined
}

/** What the part of an answer rests on, and how far it leads. */
export interface Step {
  readonly from: Stand
  /** Headquarters' starts when it answered, and its head then. */
  readonly epochs: Lineage
  readonly head: Position
  readonly foldedUpTo: Position
  /** Of a page: how far its class is taken with it, and whether it brings what was asked for again. */
  readonly upTo?: { readonly class: number; readonly seq: number; readonly isWanted: boolean }
}

export type Fit =
  | 'fits'
  /** The branch has all of it already. */
  | 'passed'
  /** What lies between the branch and it is missing, or the branch or headquarters has been restored meanwhile. */
  | 'gap'

/** @param classes those that the branch knows */
export function fitStep(standing: Standing, step: Step, classes: Iterable<number>): Fit {
  const { positions, folded, witness } = standing
  const { from, epochs, head, foldedUpTo, upTo } = step
  // What the branch relies on is either of a later headquarters or of one that was lost; neither knows these seqs.
  if (witness && !knowsPosition(epochs, head.seq, witness)) {
    return epochs.some(({ epoch }) => epoch === witness.epoch) ? 'passed' : 'gap'
  }
  const covers = [...classes].every((syncClass) => {
    const [begins, stands] = [from.positions[syncClass], positions[syncClass]]
    if ((begins?.seq ?? 0) > (stands?.seq ?? 0)) return false
    // One that loads needs its own documents too.
    return stands?.loading !== true || begins === undefined || begins.loading === true
  })
  if (!covers || seqOf(from.folded) > seqOf(folded)) return 'gap'
  if (foldedUpTo.seq < seqOf(folded)) return 'passed'
  if (foldedUpTo.seq < head.seq || !upTo) return 'fits'
  const { seq, loading } = positions[upTo.class] ?? { seq: 0, loading: true }
  const isNews = upTo.seq > seq || (upTo.seq === seq && (upTo.isWanted || loading === true))
  return isNews ? 'fits' : 'passed'
}

/** Where a branch stands once it has taken an answer. */
export function standAfter<Known extends Stand>(
  stand: Known,
  answer: { readonly level: Positions; readonly foldedUpTo?: Position },
  moved: Positions = {},
): Known {
  const level = Object.fromEntries(
    Object.entries(answer.level).map(([syncClass, position]) => [syncClass, { ...position, loading: false }]),
  )
  const positions = { ...stand.positions, ...moved, ...level }
  return { ...stand, positions, ...(answer.foldedUpTo && { folded: answer.foldedUpTo }) }
}

/** Before the first answer a branch names the beginning of its own store. */
function seqOf(position: Position | undefined): number {
  return position?.seq ?? 0
}
