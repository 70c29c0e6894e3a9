/** One branch as headquarters knows it: where it stands, what it exchanged, what wants a person. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { formatAge } from '../../../../adapters/ui/format.ts'
import { nodeNow } from '../../../../adapters/ui/live-status.ts'
import { Notice } from '../../../../adapters/ui/notice.tsx'
import { SyncView } from '../../../../adapters/ui/sync/sync-view.tsx'
import { isSilent } from '../../../../schemas/branch-standing.ts'
import type { BranchRow } from '../../../../schemas/protocol/status.ts'
import { SuspectedPcs } from '../../branches/suspected-pcs.tsx'
import { askNode } from '../../frame/ask-node.ts'
import '../../frame/console.css'
import { may } from '../../frame/may.tsx'
import { hashOf, place } from '../../frame/place.ts'
import type { RoomProps } from '../../frame/room.tsx'
import { chosenOf, healthChoiceOf } from '../health-choice.ts'
import { BranchExceptions } from './branch-exceptions.tsx'
import { KnownFacts, SaidFacts } from './branch-facts.tsx'
import { StandingCard } from './standing-card.tsx'
import { h } from './branch-words.ts'
import './branch-page.css'

export interface BranchPageProps extends RoomProps {
  readonly id: string
}

export function BranchPage({ live, account, id }: BranchPageProps): JSX.Element | null {
  const said = useSignal<string | undefined>(undefined)
  const heard = live.heard.value
  if (!heard) return null
  const isCurrent = live.stream.value === 'open'
  const now = nodeNow(heard)
  const row = heard.status.branches.find((branch) => branch.id === id)
  const back = (
    <div class="row">
      <a
        class="button button-plain"
        href={hashOf('health', chosenOf(healthChoiceOf(place.value.chosen)))}
        data-testid="branch-back"
      >
        ← {h('back')}
      </a>
      {row && (
        <>
          <a class="button button-plain" href={hashOf('branches', new URLSearchParams({ branch: id }))}>
            {h('manage')}
          </a>
          <a class="button button-plain" href={logHref({ branch: id })} data-testid="branch-log">
            {h('log')}
          </a>
        </>
      )}
    </div>
  )
  if (!row) {
    return (
      <>
        {back}
        <Notice tone="busy" testId="branch-unknown">
          {h('unknown', { id })}
        </Notice>
      </>
    )
  }
  const { reported, lastHeartbeatAt } = row
  const isOld = !isCurrent || isSilent(row, now)
  const note = reported && lastHeartbeatAt !== undefined && h('said.asOf', { age: formatAge(lastHeartbeatAt, now) })
  return (
    <div class={isCurrent ? 'stack' : 'stack old'} data-testid="branch-health">
      {back}
      {said.value !== undefined && (
        <Notice tone="good" testId="said">
          {said.value}
        </Notice>
      )}
      <StandingCard row={row} now={now} isCurrent={isCurrent} />
      {row.suspected && (
        <SuspectedPcs
          row={row}
          now={now}
          canKeep={may(account, 'administrator')}
          onSay={(text) => (said.value = text)}
        />
      )}
      <SyncView
        branchId={id}
        ask={ask}
        changes={changesOf(row)}
        nowMs={now}
        measuresDelays
        backlog={{ documents: reported?.backlog.documents, isOld, ...(note !== undefined && { note }) }}
        logHref={logHref}
      >
        <div class="sync-pair">
          <KnownFacts row={row} now={now} isCurrent={isCurrent} />
          <SaidFacts row={row} now={now} isOld={isOld} />
        </div>
        <BranchExceptions row={row} now={now} account={account} count={heard.status.exceptions} />
      </SyncView>
    </div>
  )
}

/** Not the heartbeat's time and the disk: they change with every heartbeat, and nothing was exchanged. */
function changesOf(row: BranchRow): string {
  const { reported, documents, toFetch, unconfirmed, link, verdict, stats, enabled } = row
  const { backlog, exceptions, lastError } = reported ?? {}
  const about = [backlog?.documents, exceptions, lastError?.at, documents.here, toFetch, unconfirmed, link?.state]
  return [...about, verdict.state, stats?.at, enabled].map(String).join(' ')
}

function logHref(chosen: Readonly<Record<string, string>>): string {
  return hashOf('log', new URLSearchParams(chosen))
}

async function ask<T>(path: string): Promise<T | undefined> {
  const answer = await askNode<T>(path)
  return answer.ok ? answer.value : undefined
}
