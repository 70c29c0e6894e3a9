/** One branch as headquarters knows it: where it stands, what it exchanged, what wants a person. */
import type { JSX } from 'preact'
import { Badge, type Tone } from '../../../../adapters/ui/badge.tsx'
import { nodeNow } from '../../../../adapters/ui/live-status.ts'
import { Notice } from '../../../../adapters/ui/notice.tsx'
import { branchStanding, type BranchStanding } from '../../../../schemas/branch-standing.ts'
import { hashOf } from '../../frame/place.ts'
import type { RoomProps } from '../../frame/room.tsx'
import { h } from './branch-words.ts'

export interface BranchPageProps extends RoomProps {
  readonly id: string
}

const STANDING_TONES: Readonly<Record<BranchStanding, Tone>> = {
  trouble: 'bad',
  silent: 'unknown',
  behind: 'busy',
  unchecked: 'unknown',
  'in-sync': 'good',
  off: 'neutral',
}

export function BranchPage({ live, id }: BranchPageProps): JSX.Element | null {
  const heard = live.heard.value
  if (!heard) return null
  const row = heard.status.branches.find((branch) => branch.id === id)
  const standing = row && branchStanding(row, nodeNow(heard))
  return (
    <div class={live.stream.value === 'open' ? 'stack' : 'stack old'}>
      <div class="row">
        <a class="button button-plain" href={hashOf('health')} data-testid="branch-back">
          ← {h('back')}
        </a>
      </div>
      {!row && (
        <Notice tone="busy" testId="branch-unknown">
          {h('unknown', { id })}
        </Notice>
      )}
      {row && standing && (
        <section class="card stack" data-testid="branch-health">
          <div class="head">
            <h2>{row.name}</h2>
            <Badge tone={STANDING_TONES[standing]} testId="branch-standing">
              {h(`standing.${standing}`)}
            </Badge>
          </div>
        </section>
      )}
    </div>
  )
}
