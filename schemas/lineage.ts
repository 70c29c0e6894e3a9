/**
 * The starts of a store, and what they say of positions in its commit sequence. Each start writes under an epoch of its
 * own, so two futures of one store (a restored backup, a cloned disk) never share a position past the point where they
 * part, and sequence numbers are never compared across futures.
 */

/** One start of a store and the first seq that it could write. */
export interface EpochStart {
  readonly epoch: string
  readonly firstSeq: number
}

/** Oldest first. */
export type Lineage = readonly EpochStart[]

export interface LineagePosition {
  readonly epoch: string
  readonly seq: number
}

/** Whether a position was handed out by the past of a store that has come to `headSeq`. */
export function knowsPosition(lineage: Lineage, headSeq: number, { epoch, seq }: LineagePosition): boolean {
  const at = lineage.findLastIndex((start) => start.epoch === epoch)
  return at >= 0 && seq <= lastSeqOf(lineage, at, headSeq)
}

/** The last position that two futures of one store have in common; `undefined` where they share no start. */
export function lastCommon(
  ours: { readonly lineage: Lineage; readonly headSeq: number },
  theirs: { readonly lineage: Lineage; readonly headSeq: number },
): LineagePosition | undefined {
  let at = -1
  while (isSameStart(ours.lineage[at + 1], theirs.lineage[at + 1])) at += 1
  const start = ours.lineage[at]
  if (!start) return undefined
  const [ownEnd, otherEnd] = [ours, theirs].map(({ lineage, headSeq }) => lastSeqOf(lineage, at, headSeq)) as [
    number,
    number,
  ]
  return { epoch: start.epoch, seq: Math.min(ownEnd, otherEnd) }
}

/** What a store that has come to `headSeq` has written under one of its epochs: the last seq; -1 for an epoch of another. */
export function endOfEpoch(lineage: Lineage, headSeq: number, epoch: string): number {
  const at = lineage.findLastIndex((start) => start.epoch === epoch)
  return at < 0 ? -1 : lastSeqOf(lineage, at, headSeq)
}

function isSameStart(a: EpochStart | undefined, b: EpochStart | undefined): boolean {
  return a !== undefined && b !== undefined && a.epoch === b.epoch && a.firstSeq === b.firstSeq
}

function lastSeqOf(lineage: Lineage, at: number, headSeq: number): number {
  const next = lineage[at + 1]
  return next ? next.firstSeq - 1 : headSeq
}
