/** One order: what was sold to whom, how it was paid, what happened to it, where it is, and what can be done with it. */
import type { JSX } from 'preact'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatMoney, formatNumber, formatTime } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { OrderDocument, OrderLine } from '../../../schemas/collections/orders.ts'
import { hashOf, type AppState } from '../frame/app-state.ts'
import { OrderActions } from './order-actions.tsx'
import { OrderHistory } from './order-history.tsx'
import { contradictingStates } from './order-moves.ts'
import { OrderWay } from './order-way.tsx'
import { isPaymentMethod } from './payment-method.ts'
import { showReceipt } from './receipt.tsx'
import { STATUS_TONES } from '../frame/status-tones.ts'
import { useDocument } from '../store/use-document.ts'
import { t } from '../words.ts'

export function OrderPage({ state, id }: { state: AppState; id: string }): JSX.Element {
  const order = useDocument<OrderDocument>(state.store.orders, id).value
  return (
    <section
      class="stack order-page"
      aria-label={order ? t('order.page', { number: order.number }) : t('orders.title')}
    >
      <p>
        <a class="back" href={hashOf({ screen: 'orders' })} data-testid="order-back">
          {t('order.back')}
        </a>
      </p>
      {order === null && <Notice tone="neutral">{t('order.gone')}</Notice>}
      {order && <Whole state={state} order={order} />}
    </section>
  )
}

function Whole({ state, order }: { state: AppState; order: OrderDocument }): JSX.Element {
  return (
    <>
      <div class="card stack" data-testid="order-detail">
        <div class="row between">
          <h2>{t('order.page', { number: order.number })}</h2>
          <Badge tone={STATUS_TONES[order.status]} testId="order-status">
            {t(`status.${order.status}`)}
          </Badge>
        </div>
        <Facts state={state} order={order} />
        {order.note !== undefined && order.note !== '' && (
          <p class="order-note" data-testid="order-note-text">
            {order.note}
          </p>
        )}
        <div class="row">
          <Button testId="receipt-open" onClick={() => showReceipt(order)}>
            {t('receipt.print')}
          </Button>
        </div>
      </div>
      {order.status === 'conflicted' && <Conflict order={order} />}
      <div class="order-columns">
        <div class="stack">
          <Lines order={order} />
          <OrderHistory order={order} />
        </div>
        <div class="stack">
          <OrderActions key={order.id} state={state} order={order} />
          <OrderWay state={state} id={order.id} />
        </div>
      </div>
    </>
  )
}

function Facts({ state, order }: { state: AppState; order: OrderDocument }): JSX.Element {
  const { currency, payment, pointsEarned = 0, pointsSpent = 0, valueSpent = 0 } = order
  void state.members.version.value
  const memberId = state.here.value.memberOf(order)
  const member = memberId === undefined ? undefined : state.members.byId.get(memberId)
  const paidBy = [
    ...(payment === undefined ? [] : [isPaymentMethod(payment) ? t(`payment.${payment}`) : payment]),
    ...(valueSpent > 0 ? [`${t('payment.stored')} ${formatMoney(valueSpent, currency)}`] : []),
  ]
  return (
    <dl class="order-facts">
      <Fact term={t('orders.total')}>
        <strong>{formatMoney(order.total, currency)}</strong>
      </Fact>
      <Fact term={t('order.placed')}>{formatTime(order.placedAt)}</Fact>
      <Fact term={t('orders.member')}>
        {member ? (
          <a href={hashOf({ screen: 'members', id: member.id })} data-testid="order-member-link">
            {member.name || t('members.unnamed')}
          </a>
        ) : (
          t('order.nobody')
        )}
      </Fact>
      {paidBy.length > 0 && <Fact term={t('order.paid-by')}>{paidBy.join(' · ')}</Fact>}
      {pointsEarned > 0 && <Fact term={t('order.earned')}>{formatNumber(pointsEarned)}</Fact>}
      {pointsSpent > 0 && <Fact term={t('order.spent')}>{formatNumber(pointsSpent)}</Fact>}
    </dl>
  )
}

function Fact({ term, children }: { term: string; children: JSX.Element | string }): JSX.Element {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Lines({ order }: { order: OrderDocument }): JSX.Element {
  const money = (amount: number) => formatMoney(amount, order.currency)
  const columns: Column<OrderLine>[] = [
    { key: 'name', title: t('order.line'), cell: ({ name }) => <span class="name">{name}</span> },
    { key: 'price', title: t('order.price'), numeric: true, cell: ({ price }) => money(price) },
    { key: 'count', title: t('order.count'), numeric: true, cell: ({ quantity }) => formatNumber(quantity) },
    {
      key: 'off',
      title: t('order.off'),
      numeric: true,
      cell: ({ discount }) => (discount === 0 ? '—' : `−${money(discount)}`),
    },
    { key: 'total', title: t('order.line.total'), numeric: true, cell: ({ total }) => money(total) },
  ]
  const keys = new Map(order.lines.map((line, at) => [line, String(at)]))
  return (
    <div class="card flush line-list">
      <Table
        caption={t('order.lines')}
        columns={columns}
        rows={order.lines}
        rowKey={(line) => keys.get(line)!}
        rowTestId={() => 'order-page-line'}
        empty={t('order.no-lines')}
      />
    </div>
  )
}

function Conflict({ order }: { order: OrderDocument }): JSX.Element {
  const states = contradictingStates(order).map((state) => t(`status.${state}`))
  return (
    <Notice tone="bad" testId="order-conflict">
      <strong>{t('order.conflict.title')}</strong>
      <br />
      {t('order.conflict.text', { states: states.join(t('order.conflict.and')) })}
    </Notice>
  )
}
