/** A room of whoever is logged in: its head with how live it is, and what is in it. */
import type { ComponentChildren, JSX } from 'preact'
import { Badge, type Tone } from '../../../adapters/ui/badge.tsx'
import type { LiveStatus, StreamState } from '../../../adapters/ui/live-status.ts'
import type { SessionAccount } from '../../../schemas/protocol/accounts.ts'
import type { CloudNodeStatus } from '../../../schemas/protocol/status.ts'
import { t } from '../words.ts'
import { AccountBar } from './account-bar.tsx'
import { PageHeader } from './page-header.tsx'
import type { Room as RoomName } from './place.ts'

/** What every room gets. */
export interface RoomProps {
  readonly live: LiveStatus<CloudNodeStatus>
  readonly account: SessionAccount
}

const STREAM_TONES: Readonly<Record<StreamState, Tone>> = { open: 'good', connecting: 'busy', broken: 'bad' }

export function Room(props: RoomProps & { room: RoomName; children: ComponentChildren }): JSX.Element {
  const stream = props.live.stream.value
  return (
    <>
      <PageHeader room={props.room}>
        <Badge tone={STREAM_TONES[stream]} testId="stream-state">
          {t(`stream.${stream}`)}
        </Badge>
        <AccountBar account={props.account} />
      </PageHeader>
      <main class="stack">{props.children}</main>
    </>
  )
}
