/** A hybrid logical clock whose time advances by a millisecond a stamp: benchmarks write the same stamps in every run. */
import type { Hlc, WriterId } from '../../schemas/brand.ts'
import { nextStamp, type HlcState } from '../../schemas/hlc.ts'

const START_MS = Date.UTC(2026, 0, 1)

export function createSteadyClock(writer: WriterId, startMs = START_MS): (exceeds: Hlc) => Hlc {
  let state: HlcState = { writer, wallMs: 0, counter: 0 }
  let wallMs = startMs
  return (exceeds) => {
    const next = nextStamp(state, wallMs++, exceeds)
    state = next.state
    return next.stamp
  }
}
