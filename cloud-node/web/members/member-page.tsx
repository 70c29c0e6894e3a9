/** One member: balance, numbers, registrations, merges, and what can be decided. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { formatList, formatNumber, formatTime } from '../../../adapters/ui/format.ts'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { MemberView } from '../../../schemas/protocol/identity.ts'
import { askNode, type Failure } from '../frame/ask-node.ts'
import { c } from '../frame/console-words.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { may } from '../frame/may.tsx'
import { hashOf } from '../frame/place.ts'
import { valueInWords } from './chain-currency.ts'
import { MemberActions } from './member-actions.tsx'
import { MemberMerges } from './member-merges.tsx'
import { m } from './member-words.ts'
import { branchName, type MembersProps } from './members-props.ts'
import { useAgain } from './use-again.ts'

type Registration = MemberView['registrations'][number]

export function MemberPage({ id, ...room }: MembersProps & { id: string }): JSX.Element {
  const member = useSignal<MemberView | undefined>(undefined)
  const failure = useSignal<Failure | undefined>(undefined)
  const changes = useSignal(0)
  const load = async (): Promise<void> => {
    const answer = await askNode<MemberView>(`/api/members/${encodeURIComponent(id)}`)
    failure.value = answer.ok ? undefined : answer.failure
    if (answer.ok) member.value = answer.value
  }
  useAgain(load, changes.value)
  const shown = member.value
  return (
    <>
      <div class="row">
        <a class="button button-plain" href={hashOf('members')} data-testid="back">
          ← {c('back')}
        </a>
      </div>
      <FailureNotice failure={failure.value} onAgain={() => void load()} />
      {!shown && !failure.value && <p role="status">{c('loading')}</p>}
      {shown && (
        <>
          {shown.id !== id && (
            <p role="status" data-testid="moved">
              {m('one.moved', { id })}
            </p>
          )}
          <About member={shown} {...room} />
          {may(room.account, 'operator') && !shown.deleted && (
            <MemberActions key={shown.id} member={shown} {...room} onAsked={() => (changes.value += 1)} />
          )}
          <MemberMerges key={`${shown.id} ${changes.value}`} id={shown.id} {...room} />
        </>
      )}
    </>
  )
}

function About({ member, ...room }: MembersProps & { member: MemberView }): JSX.Element {
  const { id, name, scope, phones, balance, tags, ids, aliases, registrations, deleted, erased, released } = member
  const facts: [key: string, title: string, text: string][] = [
    ['points', m('one.points'), formatNumber(balance.points)],
    ['value', m('one.value'), valueInWords(balance.value)],
    ['phones', m('one.phones'), formatList(phones) || m('none')],
    ['scope', m('one.scope'), scope === 'shared' ? m('shared') : branchName(room, scope)],
    ['id', m('one.id'), id],
    ['ids', m('one.ids'), formatList(ids.filter((other) => other !== id)) || m('none')],
    ['tags', m('one.tags'), formatList(tags) || m('none')],
    ['aliases', m('one.aliases'), formatList(aliases.map((one) => `${one.source} ${one.legacyId}`)) || m('none')],
  ]
  const columns: Column<Registration>[] = [
    { key: 'at', title: m('one.at'), cell: ({ at }) => (at === undefined ? m('one.unknown.at') : formatTime(at)) },
    { key: 'where', title: m('one.where'), cell: ({ branchId }) => branchName(room, branchId) },
    { key: 'act', title: m('one.act'), cell: (one) => <code>{one.id}</code> },
  ]
  return (
    <section class="card stack member-room" aria-label={name || m('unnamed')} data-testid="member">
      <div class="row">
        <h2>{name || m('unnamed')}</h2>
        {erased ? <Badge tone="bad">{m('is.erased')}</Badge> : deleted && <Badge tone="bad">{m('is.deleted')}</Badge>}
        {released && <Badge tone="busy">{m('is.released')}</Badge>}
      </div>
      <dl class="console-facts">
        {facts.map(([key, title, text]) => (
          <div key={key}>
            <dt>{title}</dt>
            <dd data-testid={`member-${key}`}>{text}</dd>
          </div>
        ))}
      </dl>
      <h3>{m('one.registrations')}</h3>
      <Table
        caption={m('one.registrations')}
        columns={columns}
        rows={registrations}
        rowKey={(one) => one.id}
        empty={m('none')}
      />
    </section>
  )
}
