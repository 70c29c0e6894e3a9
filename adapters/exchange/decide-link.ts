/**
 * Who a heartbeat comes from: the branch that was heard last, the same one started again, one restored from a backup, or
 * a second living PC with the same identity. Pure.
 */
import { endOfEpoch, knowsPosition, type Lineage } from '../../schemas/lineage.ts'
import type { Position } from '../../schemas/protocol/exchange.ts'

/** What headquarters has heard of a branch. */
export interface Link {
  /** The start that was heard last. */
  readonly epoch: string
  /** How far headquarters has heard of the branch's store. */
  readonly witness: Position
}

/** A start that must not come any more, with the last seq of it that the living one shares; -1 for none. */
export interface DeadEpoch {
  readonly epoch: string
  readonly afterSeq: number
}

export interface Heard {
  readonly head: Position
  readonly epochs: Lineage
  readonly beat: number
}

export type LinkVerdict =
  | 'first'
  | 'same'
  /** A heartbeat that was heard before, or before a later one: nothing follows from it. */
  | 'repeated'
  | 'restarted'
  /** Headquarters knows more of the branch's store than the store itself. */
  | 'restored'
  | 'clone'
  /** A person has said that another one lives. */
  | 'dead'

/** @param beatBefore the last heartbeat of the start that this one is of; 0 for a new one */
export function decideLink(
  heard: Heard,
  link: Link | undefined,
  beatBefore: number,
  dead: readonly DeadEpoch[],
): LinkVerdict {
  const { head, epochs, beat } = heard
  const isDead = dead.some(({ epoch, afterSeq }) => {
    if (epoch === head.epoch) return true
    return endOfEpoch(epochs, head.seq, epoch) > afterSeq
  })
  if (isDead) return 'dead'
  if (beat <= beatBefore) return 'repeated'
  if (!link) return 'first'
  if (head.epoch === link.epoch) {
    // A machine that was taken back together with its memory.
    return knowsPosition(epochs, head.seq, link.witness) ? 'same' : 'restored'
  }
  if (beatBefore > 0) return 'clone'
  return knowsPosition(epochs, head.seq, link.witness) ? 'restarted' : 'restored'
}

/**
 * From which of the suspected starts a new one goes on, being the same PC that was started again: from the newest that it
 * has in its past, if that lacks nothing that was heard of it. A store that lacks something is another PC, or a restored one.
 *
 * @param suspects how far each was heard of
 */
export function goesOnFrom({ head, epochs }: Omit<Heard, 'beat'>, suspects: readonly Position[]): string | undefined {
  const newest = epochs.findLast((start) => suspects.some(({ epoch }) => epoch === start.epoch))?.epoch
  const suspect = suspects.find(({ epoch }) => epoch === newest)
  return suspect && endOfEpoch(epochs, head.seq, suspect.epoch) >= suspect.seq ? newest : undefined
}
