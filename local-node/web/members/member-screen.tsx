/** One member: who it is today, what it bought, how it came to be one, and what headquarters is asked about it. */
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import { hashOf, type AppState } from '../frame/app-state.ts'
import { formatDay } from '../frame/format-day.ts'
import type { MemberCard } from './member-card.ts'
import { MemberDetails } from './member-details.tsx'
import { BalanceFigures, MemberFacts } from './member-facts.tsx'
import { MemberFollowUps } from './member-follow-ups.tsx'
import { endOfMember, memberHistory, type HistoryEntry } from './member-history.ts'
import { takeOrderFor } from './member-list.tsx'
import { MemberPhones } from './member-phones.tsx'
import { noteOpened } from './member-recent.ts'
import { MemberRequests } from './member-requests.tsx'
import { MemberTags } from './member-tag-list.tsx'
import type { OrderCard } from '../orders/order-card.ts'
import { ordersOf } from '../orders/orders-of-member.ts'
import { STATUS_TONES } from '../frame/status-tones.ts'
import { askRefresh } from '../node/refresh.ts'
import { useDocument } from '../store/use-document.ts'
import { t } from '../words.ts'

const MOST_ORDERS = 20

/** @param props.id any id that the member ever had */
export function MemberScreen({ state, id }: { state: AppState; id: string }): JSX.Element {
  void state.members.version.value
  const member = state.here.value.today(id)
  return (
    <section class="member-page stack" aria-label={member?.name || t('members.unnamed')}>
      <p>
        <a class="back" href={hashOf({ screen: 'members' })} data-testid="member-back">
          {t('member.back')}
        </a>
      </p>
      {!member && state.ready.value && <Gone state={state} id={id} />}
      {member && member.id !== id && <Became member={member} />}
      {member && <Member key={member.id} state={state} member={member} />}
    </section>
  )
}

function Gone({ state, id }: { state: AppState; id: string }): JSX.Element {
  const here = state.here.value
  const end = endOfMember(here, id)
  const became = here.world.redirectOf(id)
  const words = () => {
    if (end) return t(`member.ended.${end.what}`, { time: end.at === undefined ? '—' : formatDay(end.at) })
    return became === undefined ? t('member.gone') : t('member.became.away')
  }
  return (
    <Notice tone="neutral" testId="member-gone">
      {words()}
    </Notice>
  )
}

/** The page was opened under an id that somebody kept. */
function Became({ member }: { member: MemberCard }): JSX.Element {
  const name = member.name || t('members.unnamed')
  return (
    <Notice
      tone="neutral"
      testId="member-became"
      action={
        <a class="button button-plain" href={hashOf({ screen: 'members', id: member.id })}>
          {t('member.became.open', { name })}
        </a>
      }
    >
      {t('member.became', { name })}
    </Notice>
  )
}

function Member({ state, member }: { state: AppState; member: MemberCard }): JSX.Element {
  const document = useDocument(state.store.members, member.id).value
  useEffect(() => {
    noteOpened(member.id)
    askRefresh('members', member.id)
  }, [member.id])
  return (
    <div class="member-columns">
      <div class="stack">
        <article class="card stack" data-testid="member-detail">
          <div class="member-card">
            <MemberFacts state={state} member={member} page />
          </div>
          <BalanceFigures state={state} member={member} />
          {member.released === true && <Notice tone="neutral">{t('member.released.text')}</Notice>}
          <Button kind="primary" testId="member-select" onClick={() => takeOrderFor(state, member)}>
            {t('members.select')}
          </Button>
        </article>
        {document && (
          <>
            <MemberFollowUps state={state} member={document} />
            <MemberTags state={state} member={document} />
            <MemberDetails state={state} member={document} />
          </>
        )}
      </div>
      <div class="stack">
        <Orders state={state} member={member} />
        <MemberRequests state={state} member={member} />
        <History state={state} member={member} />
      </div>
    </div>
  )
}

function Orders({ state, member }: { state: AppState; member: MemberCard }): JSX.Element {
  const orders = ordersOf(state, member.id)
  const columns: Column<OrderCard>[] = [
    {
      key: 'number',
      title: t('today.number'),
      cell: (order) => (
        <a href={hashOf({ screen: 'orders', id: order.id })} data-testid="member-order-open">
          {order.number}
        </a>
      ),
    },
    {
      key: 'time',
      title: t('member.order.day'),
      cell: (order) => <span class="nowrap">{formatDay(order.placedAt)}</span>,
    },
    { key: 'points', title: t('member.order.points'), numeric: true, cell: pointsInWords },
    { key: 'total', title: t('today.total'), numeric: true, cell: (order) => formatMoney(order.total, order.currency) },
    {
      key: 'status',
      title: t('today.status'),
      cell: (order) => <Badge tone={STATUS_TONES[order.status]}>{t(`status.${order.status}`)}</Badge>,
    },
  ]
  return (
    <div class="card flush" data-testid="member-orders">
      <h2 class="card-title">{t('member.orders')}</h2>
      {state.orders.loaded.value && (
        <Table
          caption={t('member.orders')}
          columns={columns}
          rows={orders.slice(0, MOST_ORDERS)}
          rowKey={(order) => order.id}
          rowTestId={() => 'member-order'}
          empty={t('member.orders.none')}
        />
      )}
      {orders.length > MOST_ORDERS && (
        <p class="muted small card-note">{t('member.orders.more', { count: orders.length - MOST_ORDERS })}</p>
      )}
    </div>
  )
}

function pointsInWords({ pointsEarned = 0, pointsSpent = 0 }: OrderCard): string {
  const earned = pointsEarned > 0 ? `+${formatNumber(pointsEarned)}` : ''
  const spent = pointsSpent > 0 ? `−${formatNumber(pointsSpent)}` : ''
  return [earned, spent].filter(Boolean).join(' ') || '—'
}

function History({ state, member }: { state: AppState; member: MemberCard }): JSX.Element {
  const here = state.here.value
  const entries = useMemo(() => memberHistory(here, member), [here, member, state.members.version.value])
  return (
    <div class="card stack" data-testid="member-history">
      <h2>{t('member.history')}</h2>
      <ol class="member-history">
        {entries.map((entry, at) => (
          <li key={at}>
            <span class="muted small">{entry.at === undefined ? t('member.undated') : formatDay(entry.at)}</span>
            <HistoryWords state={state} entry={entry} />
          </li>
        ))}
      </ol>
    </div>
  )
}

function HistoryWords({ state, entry }: { state: AppState; entry: HistoryEntry }): JSX.Element {
  const { branchId, branchName } = state.store.session
  if (entry.kind === 'registered') {
    const { registration } = entry
    const branch = registration.branchId === branchId ? branchName : registration.branchId
    return <span>{t(registration.at === undefined ? 'member.imported' : 'member.registered', { branch })}</span>
  }
  if (entry.kind === 'split') return <span>{t('member.split')}</span>
  if (entry.kind === 'over') {
    return (
      <span>
        {t('member.number.over')} <MemberPhones phones={[entry.phone]} name={t('member.number.over')} />
      </span>
    )
  }
  const { name, phone } = entry.member
  return (
    <span>
      {t('member.merged', { name: name || t('members.unnamed') })}{' '}
      {phone !== undefined && <MemberPhones phones={[phone]} name={name} />}
    </span>
  )
}
