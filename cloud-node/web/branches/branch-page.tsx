/** One branch: what headquarters knows of it, and what can be done with it. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatAge, formatNumber } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { FRESH_MS } from '../../../schemas/fresh-verdict.ts'
import type { SessionAccount } from '../../../schemas/protocol/accounts.ts'
import type { BranchDetail } from '../../../schemas/protocol/branches.ts'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { askNode, type Answer } from '../frame/ask-node.ts'
import { c } from '../frame/console-words.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { LookOnly, may } from '../frame/may.tsx'
import { go } from '../frame/place.ts'
import { BranchActions } from './branch-actions.tsx'
import { State } from './branch-list.tsx'
import { b } from './branch-words.ts'
import { SuspectedPcs } from './suspected-pcs.tsx'

export interface BranchPageProps {
  readonly id: string
  readonly row: BranchRow | undefined
  readonly now: number
  readonly account: SessionAccount
  /** What was done. */
  readonly onSay: (text: string) => void
}

export function BranchPage({ id, row, now, account, onSay }: BranchPageProps): JSX.Element {
  const detail = useSignal<Answer<BranchDetail> | undefined>(undefined)
  const read = (): void => {
    void askNode<BranchDetail>(`/api/branches/${encodeURIComponent(id)}`).then((answer) => (detail.value = answer))
  }
  useEffect(read, [id])
  const answer = detail.value
  const back = (
    <div class="row">
      <Button kind="quiet" testId="branch-back" onClick={() => go('branches')}>
        ← {c('back')}
      </Button>
    </div>
  )
  if (!row) {
    return (
      <>
        {back}
        <Notice tone="busy">{b('one.unknown', { id })}</Notice>
      </>
    )
  }
  return (
    <>
      {back}
      <section class="card stack" data-testid="branch-page">
        <div class="head">
          <h2>{row.name}</h2>
          <State row={row} />
        </div>
        <Facts row={row} now={now} country={countryOf(answer)} />
        <FailureNotice failure={answer && !answer.ok ? answer.failure : undefined} onAgain={read} />
      </section>
      {row.suspected && <SuspectedPcs row={row} now={now} canKeep={may(account, 'administrator')} onSay={onSay} />}
      <section class="card stack">
        <h2>{b('one.actions')}</h2>
        <LookOnly account={account} needed={may(account, 'operator') ? 'administrator' : 'operator'} />
        <BranchActions row={row} account={account} onSay={onSay} />
      </section>
    </>
  )
}

function countryOf(answer: Answer<BranchDetail> | undefined): string {
  if (!answer) return '…'
  return answer.ok ? (answer.value.branch.country ?? b('one.chain')) : '—'
}

function Facts({ row, now, country }: { row: BranchRow; now: number; country: string }): JSX.Element {
  const { reported, lastHeartbeatAt } = row
  const isPast = lastHeartbeatAt !== undefined && now - Date.parse(lastHeartbeatAt) > FRESH_MS
  const facts: readonly (readonly [title: string, value: string, note?: string | undefined])[] = [
    [b('one.id'), row.id],
    [b('one.country'), country],
    [b('one.heard'), lastHeartbeatAt ? formatAge(lastHeartbeatAt, now) : b('never')],
    [b('one.pc'), reported ? `${reported.host} · ${reported.version}` : '—'],
    [
      b('one.waiting'),
      reported ? formatNumber(reported.backlog.documents) : '—',
      isPast ? b('old', { age: formatAge(lastHeartbeatAt, now) }) : undefined,
    ],
    [b('one.here'), formatNumber(row.documents.here)],
  ]
  return (
    <dl class="console-facts">
      {facts.map(([title, value, note]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>
            {value} {note && <small class="muted">{note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  )
}
