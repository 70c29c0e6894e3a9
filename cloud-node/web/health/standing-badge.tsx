/** Where a branch stands, in a word with a shape and a colour. */
import type { JSX } from 'preact'
import { Badge, type Tone } from '../../../adapters/ui/badge.tsx'
import type { BranchStanding } from '../../../schemas/branch-standing.ts'
import { standingInWords } from './health-words.ts'

const STANDING_TONES: Readonly<Record<BranchStanding, Tone>> = {
  trouble: 'bad',
  silent: 'bad',
  behind: 'busy',
  unchecked: 'unknown',
  'in-sync': 'good',
  off: 'neutral',
}

export function StandingBadge({ standing, testId }: { standing: BranchStanding; testId?: string }): JSX.Element {
  return (
    <Badge tone={STANDING_TONES[standing]} {...(testId !== undefined && { testId })}>
      {standingInWords(standing)}
    </Badge>
  )
}
