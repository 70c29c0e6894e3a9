/** Chance that repeats: the same seed gives the same day. (mulberry32 by Tommy Ettinger, public domain) */

export interface SeededRandom {
  /** In [0, 1). */
  next(): number
  /** Whole, from 0 to n − 1. */
  below(n: number): number
  pick<T>(list: readonly T[]): T
}

export function createRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number) => Math.floor(next() * n)
  return { next, below, pick: (list) => list[below(list.length)]! }
}
