/** How far a branch PC's own clock is off, by what headquarters told it. */
import type { JSX } from 'preact'
import { CLOCK_OFFSET_MS } from '../../../schemas/branch-standing.ts'
import { Fact } from './facts.tsx'
import { formatMs, s } from './sync-words.ts'

/** Within a second nobody sets a clock. */
const RIGHT_MS = 1000

/** @param props.ms ahead of headquarters; behind it below zero */
export function ClockOffset({ ms }: { ms: number | undefined }): JSX.Element {
  const time = formatMs(Math.abs(ms ?? 0))
  return (
    <Fact title={s('clock.title')} isBad={Math.abs(ms ?? 0) > CLOCK_OFFSET_MS} testId="fact-clock">
      {ms === undefined
        ? s('clock.unknown')
        : Math.abs(ms) <= RIGHT_MS
          ? s('clock.right')
          : s(ms > 0 ? 'clock.ahead' : 'clock.behind', { time })}
    </Fact>
  )
}
