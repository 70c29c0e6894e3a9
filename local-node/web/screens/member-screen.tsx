/** One member: who it is today, what it bought, how it came to be one, and what headquarters is asked about it. */
import type { JSX } from 'preact'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { MemberCard } from '../member-card.ts'
import { maskPhone } from '../../../schemas/phone.ts'
import { hashOf, type AppState } from '../app-state.ts'
import { formatDay } from '../format-day.ts'
import { MemberFacts } from '../member-facts.tsx'
import { memberHistory } from '../member-history.ts'
import { MemberRequests } from '../member-requests.tsx'
import { ordersOf } from '../orders-of-member.ts'
import type { OrderCard } from '../order-card.ts'
import { STATUS_TONES } from '../status-tones.ts'
import { t } from '../words.ts'
import { takeOrderFor } from './members-screen.tsx'

const MOST_ORDERS = 20

/** @param props.id any id that the member ever had */
export function MemberScreen({ state, id }: { state: AppState; id: string }): JSX.Element {
  void state.members.version.value
  const member = state.here.value.today(id)
  return (
    <section class="members stack" aria-label={member?.name || t('members.unnamed')}>
      <p>
        <a class="back" href={hashOf({ screen: 'members' })} data-testid="member-back">
          {t('member.back')}
        </a>
      </p>
      {!member && state.members.loaded.value && <Notice tone="neutral">{t('member.gone')}</Notice>}
      {member && (
        <>
          <article class="card member-card" data-testid="member-detail">
            <MemberFacts state={state} member={member} heading="h2" />
            <Button kind="primary" testId="member-select" onClick={() => takeOrderFor(state, member)}>
              {t('members.select')}
            </Button>
          </article>
          <MemberRequests key={`requests-${member.id}`} state={state} member={member} />
          <Orders key={`orders-${member.id}`} state={state} member={member} />
          <History state={state} member={member} />
        </>
      )}
    </section>
  )
}

function Orders({ state, member }: { state: AppState; member: MemberCard }): JSX.Element {
  const orders = ordersOf(state, member.id)
  const columns: Column<OrderCard>[] = [
    { key: 'time', title: t('today.time'), cell: (order) => formatDay(order.placedAt) },
    { key: 'number', title: t('today.number'), cell: (order) => order.number },
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
  const { branchId, branchName } = state.store.session
  const { registrations, merged, over } = memberHistory(state.here.value, member)
  return (
    <div class="card stack" data-testid="member-history">
      <h2>{t('member.history')}</h2>
      <ul class="history">
        {registrations.map((one) => (
          <li key={one.id}>
            {t('member.registered', { branch: one.branchId === branchId ? branchName : one.branchId })}
            <span class="muted small">{one.at === undefined ? t('member.imported') : formatDay(one.at)}</span>
          </li>
        ))}
        {merged.map((other) => (
          <li key={other.id}>
            {t('member.merged', { name: other.name || t('members.unnamed') })}
            {other.phone !== undefined && <span class="muted small">{maskPhone(other.phone)}</span>}
          </li>
        ))}
        {over.map((phone) => (
          <li key={phone}>
            {t('member.number.over')} <span class="muted small">{maskPhone(phone)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
