/** What today came to so far, of the orders on this device, and the latest of them with how far each has come. */
import { signal, useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { tick } from '../../../adapters/ui/live-status.ts'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { OrderDocument } from '../../../schemas/collections/orders.ts'
import { hashOf, type AppState } from '../frame/app-state.ts'
import { dayBounds, dayOf } from '../orders/order-filter.ts'
import { OrderTable } from '../orders/order-table.tsx'
import { newestOrdersFirst } from '../orders/orders-of-member.ts'
import { HourChart } from './today-chart.tsx'
import { bestProducts, figuresOf, hasOrders, newMembersOf, type DayFigures, type SoldProduct } from './today-figures.ts'
import { t } from '../words.ts'

const LATEST = 20
const BEST = 8

export function TodayScreen({ state }: { state: AppState }): JSX.Element {
  const { orders, store } = state
  const { currency } = store.session
  const version = orders.version.value
  const day = useComputed(() => {
    void tick.value
    return dayOf(Date.parse(store.clock.now()))
  }).value
  const before = dayOf(Date.parse(dayBounds(day)[0]), -7)
  const now = useMemo(() => figuresOf(orders.byId.values(), day, currency), [version, day])
  const then = useMemo(
    () => (hasOrders(orders.byId.values(), before) ? figuresOf(orders.byId.values(), before, currency) : undefined),
    [version, before],
  )
  const latest = useMemo(() => newestOrdersFirst([...orders.byId.values()]).slice(0, LATEST), [version])
  return (
    <section class="stack today" aria-labelledby="today-heading">
      <h2 id="today-heading">{t('today.heading')}</h2>
      {!orders.loaded.value ? (
        <p role="status">{t('today.reading')}</p>
      ) : (
        <Figures state={state} day={day} before={before} now={now} then={then} />
      )}
      <div class="today-columns">
        <div class="card stack">
          <h3>{t('today.by-hour')}</h3>
          {orders.loaded.value && now.orders === 0 && <p class="muted">{t('today.by-hour.none')}</p>}
          {(now.orders > 0 || then) && (
            <HourChart
              now={now.byHour}
              then={then?.byHour}
              hour={new Date(store.clock.now()).getHours()}
              currency={currency}
            />
          )}
        </div>
        <Best state={state} day={day} />
      </div>
      <div class="card flush">
        <div class="row between card-title">
          <h3>{t('today.title')}</h3>
          <a class="button button-quiet" href={hashOf({ screen: 'orders' })} data-testid="today-all">
            {t('today.all')}
          </a>
        </div>
        {orders.loaded.value && (
          <OrderTable state={state} caption={t('today.title')} orders={latest} empty={t('today.empty')} />
        )}
      </div>
    </section>
  )
}

function Figures(props: {
  state: AppState
  day: string
  before: string
  now: DayFigures
  then: DayFigures | undefined
}): JSX.Element {
  const { state, day, before, now, then } = props
  const { branchId, currency } = state.store.session
  const members = state.members.version.value
  const joined = useMemo(() => newMembersOf(state.members.byId.values(), day, branchId), [members, day])
  const joinedThen = useMemo(() => newMembersOf(state.members.byId.values(), before, branchId), [members, before])
  const money = (amount: number) => formatMoney(amount, currency)
  return (
    <dl class="day-figures">
      <Figure word="today.sales" value={money(now.sales)} then={then && money(then.sales)} />
      <Figure word="today.orders" value={formatNumber(now.orders)} then={then && formatNumber(then.orders)} />
      <Figure word="today.average" value={money(now.average)} then={then && money(then.average)} />
      <Figure
        word="today.refunds"
        value={formatNumber(now.refunds)}
        note={now.refunds > 0 ? t('today.refunded', { amount: money(now.refunded) }) : undefined}
        then={then && formatNumber(then.refunds)}
      />
      <Figure word="today.new-members" value={formatNumber(joined)} then={then && formatNumber(joinedThen)} />
    </dl>
  )
}

function Figure(props: {
  word: 'today.sales' | 'today.orders' | 'today.average' | 'today.refunds' | 'today.new-members'
  value: string
  note?: string | undefined
  then: string | undefined
}): JSX.Element {
  const { word, value, note, then } = props
  return (
    <div class="card day-figure" data-testid={word.replace('.', '-')}>
      <dt>{t(word)}</dt>
      <dd>
        <strong>{value}</strong>
        {note !== undefined && <small>{note}</small>}
        {then !== undefined && <small class="muted">{t('today.then', { figure: then })}</small>}
      </dd>
    </div>
  )
}

/** Lines stand in whole documents only; those of one day are found by the index on `placedAt`. */
function Best({ state, day }: { state: AppState; day: string }): JSX.Element {
  const { currency } = state.store.session
  const whole = useMemo(() => signal<readonly OrderDocument[] | undefined>(undefined), [day])
  useEffect(() => {
    const [from, to] = dayBounds(day)
    const subscription = state.store.orders
      .find({ selector: { placedAt: { $gte: from, $lt: to } } })
      .$.subscribe((found) => (whole.value = found.map((order) => order.toJSON() as OrderDocument)))
    return () => subscription.unsubscribe()
  }, [whole])
  const best = useMemo(() => bestProducts(whole.value ?? [], currency, BEST), [whole.value])
  const columns: Column<SoldProduct>[] = [
    { key: 'name', title: t('today.best.name'), cell: ({ name }) => <span class="name">{name}</span> },
    {
      key: 'quantity',
      title: t('today.best.quantity'),
      numeric: true,
      cell: ({ quantity }) => formatNumber(quantity),
    },
    { key: 'sales', title: t('today.best.sales'), numeric: true, cell: ({ sales }) => formatMoney(sales, currency) },
  ]
  return (
    <div class="card flush best-list" data-testid="today-best">
      <h3 class="card-title">{t('today.best')}</h3>
      <Table
        caption={t('today.best')}
        columns={columns}
        rows={best}
        rowKey={({ name, sales }) => `${name} ${sales}`}
        empty={t('today.best.none')}
      />
    </div>
  )
}
