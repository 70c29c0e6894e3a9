/** Who may come into the queue of exchanges, and when those come again that may not. Pure. */

/** What the queue looks like to a request that comes. */
export interface Crowd {
  /** Requests inside: waiting, at work, or with an answer that is still being sent. */
  readonly inside: number
  /** Whether the branch has one inside. */
  readonly isInside: boolean
  /** Branches that were sent away lately and have not come in since. */
  readonly outside: number
  /** How many of them were sent away before this one was; absent where it was not. */
  readonly rank?: number | undefined
}

/**
 * A branch has one place. While others were sent away, the second half of all places is theirs, in the order in which
 * they were: who has just had a turn and comes back within milliseconds would otherwise take each place that gets free.
 */
export function mayEnter({ inside, isInside, outside, rank }: Crowd, places: number): boolean {
  if (isInside) return false
  if (outside === 0) return inside < places
  return inside < places / 2 || (rank !== undefined && inside + rank < places)
}

/** How many have their turn before a request that may not come in: one's own earlier request is over any moment. */
export function aheadOf({ inside, isInside, outside, rank }: Crowd): number {
  return isInside ? 0 : inside + (rank ?? outside)
}

/**
 * Seconds until there is likely to be a place: after all who are inside and those who were sent away before, with up to
 * half as much again, so that they do not come back together.
 *
 * @param turnMs how long a turn takes lately
 * @param random from 0 up to 1
 */
export function retryAfter(ahead: number, turnMs: number, random: number): number {
  const seconds = ((ahead * turnMs) / 1000) * (1 + random / 2)
  return Math.min(LONGEST_S, Math.ceil(Math.max(seconds, SHORTEST_S + random)))
}

/**
 * How many places there are for now: no more than have their turn within a client's patience. Whoever waits longer gives up
 * and asks again, and what is done for it is done for nobody.
 *
 * @param turnMs how long a turn takes lately
 */
export function placesFor(turnMs: number, most: number): number {
  return Math.min(most, Math.max(FEWEST, Math.floor(PATIENCE_MS / turnMs)))
}

/** Well below the shortest deadline of a request, since bodies and answers take their time too. */
const PATIENCE_MS = 1500
const FEWEST = 8
const SHORTEST_S = 1
const LONGEST_S = 60
