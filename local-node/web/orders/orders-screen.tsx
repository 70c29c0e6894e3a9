/** All orders on the device, the newest first, narrowed by status, day, words, and by what headquarters does not have yet. */
import { signal, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useId, useMemo } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { ORDER_STATES, type OrderStatus } from '../../../schemas/order-status.ts'
import type { AppState } from '../frame/app-state.ts'
import { Chip } from './order-catalogue.tsx'
import { dayOf, filterOrders, isFiltering, type OrderFilter } from './order-filter.ts'
import { OrderTable } from './order-table.tsx'
import { newestOrdersFirst } from './orders-of-member.ts'
import { isAtHeadquarters } from '../node/whereabouts-state.ts'
import { useWhereabouts } from '../node/whereabouts.ts'
import { t } from '../words.ts'

const PAGE = 25
/** The node is asked for each of them. */
const MOST_ASKED = 1_000
const STATUSES: readonly OrderStatus[] = [...ORDER_STATES, 'conflicted']
const ALL: OrderFilter = { text: '' }

/** Stays while somebody looks at one of the orders. */
const filter = signal<OrderFilter>(ALL)
const notThere = signal(false)
const page = signal(0)

export function OrdersScreen({ state }: { state: AppState }): JSX.Element {
  const { orders, members, here, store } = state
  const sorted = useMemo(() => newestOrdersFirst([...orders.byId.values()]), [orders.version.value])
  const asked = useSignal(filter.value.text)
  const found = useMemo(
    () =>
      filterOrders(sorted, filter.value, (order) => {
        const memberId = here.value.memberOf(order)
        return memberId === undefined ? undefined : members.byId.get(memberId)?.sought
      }),
    [sorted, filter.value, here.value],
  )
  const candidates = useMemo(
    () => (notThere.value ? found.slice(0, MOST_ASKED).map(({ id }) => id) : []),
    [found, notThere.value],
  )
  const where = useWhereabouts(state, candidates)
  const isNodeThere = state.link.state.value.reachable === true
  const looked = notThere.value ? found.slice(0, MOST_ASKED) : []
  const standings = looked.map(({ id }) => isAtHeadquarters(where(id), isNodeThere))
  const listed = notThere.value ? looked.filter((_, i) => standings[i] === false) : found
  const unknown = standings.filter((standing) => standing === undefined).length
  const pages = Math.max(1, Math.ceil(listed.length / PAGE))
  const at = Math.min(page.value, pages - 1)
  const narrow = (next: Partial<OrderFilter>) => {
    filter.value = { ...filter.value, ...next }
    page.value = 0
  }
  // A slow tablet goes through all orders only when the typing has paused.
  useEffect(() => {
    if (asked.value === filter.value.text) return undefined
    const timer = setTimeout(() => narrow({ text: asked.value }), 120)
    return () => clearTimeout(timer)
  }, [asked.value])
  const clear = () => {
    asked.value = ''
    notThere.value = false
    narrow({ status: undefined, from: undefined, to: undefined, text: '' })
  }
  const isNarrow = isFiltering(filter.value) || notThere.value
  const total = listed.reduce((sum, order) => sum + (order.currency === store.session.currency ? order.total : 0), 0)
  return (
    <div class="stack orders">
      <h2>{t('orders.title')}</h2>
      <div class="card stack">
        <div class="orders-filter">
          <Field
            label={t('orders.search')}
            type="search"
            inputMode="search"
            value={asked.value}
            testId="orders-search"
            onInput={(text) => (asked.value = text)}
          />
          <Day
            label={t('orders.from')}
            value={filter.value.from}
            testId="orders-from"
            onInput={(from) => narrow({ from })}
          />
          <Day label={t('orders.to')} value={filter.value.to} testId="orders-to" onInput={(to) => narrow({ to })} />
        </div>
        <DayChips now={Date.parse(store.clock.now())} onChoose={(from, to) => narrow({ from, to })} />
        <div class="picks" role="group" aria-label={t('orders.status')}>
          <Chip
            pressed={filter.value.status === undefined}
            testId="status-all"
            onClick={() => narrow({ status: undefined })}
          >
            {t('orders.status.all')}
          </Chip>
          {STATUSES.map((status) => (
            <Chip
              key={status}
              pressed={filter.value.status === status}
              testId={`status-${status}`}
              onClick={() => narrow({ status })}
            >
              {t(`status.${status}`)}
            </Chip>
          ))}
          <Chip
            pressed={notThere.value}
            testId="orders-not-there"
            onClick={() => {
              notThere.value = !notThere.value
              page.value = 0
            }}
          >
            {t('orders.not-there')}
          </Chip>
        </div>
        <div class="row between">
          <p class="muted small" role="status" data-testid="orders-count">
            {t('orders.count', {
              count: formatNumber(listed.length),
              total: formatMoney(total, store.session.currency),
            })}
            {notThere.value &&
              found.length > MOST_ASKED &&
              ` ${t('orders.not-there.newest', { count: formatNumber(MOST_ASKED) })}`}
            {unknown > 0 && (
              <span data-testid="orders-not-known">
                {' '}
                {t('orders.not-there.unknown', { count: formatNumber(unknown) })}
              </span>
            )}
          </p>
          {isNarrow && (
            <Button kind="quiet" testId="orders-clear" onClick={clear}>
              {t('orders.clear')}
            </Button>
          )}
        </div>
      </div>
      {orders.loaded.value && (
        <div class="card flush">
          <OrderTable
            state={state}
            caption={t('orders.title')}
            orders={listed.slice(at * PAGE, (at + 1) * PAGE)}
            empty={emptyText(sorted.length, found.length, unknown)}
          />
        </div>
      )}
      {pages > 1 && (
        <nav class="pager" aria-label={t('orders.page', { page: at + 1, pages })}>
          <Button disabled={at === 0} testId="orders-newer" onClick={() => (page.value = at - 1)}>
            {t('orders.newer')}
          </Button>
          <span class="muted">{t('orders.page', { page: formatNumber(at + 1), pages: formatNumber(pages) })}</span>
          <Button disabled={at === pages - 1} testId="orders-older" onClick={() => (page.value = at + 1)}>
            {t('orders.older')}
          </Button>
        </nav>
      )}
    </div>
  )
}

function emptyText(all: number, found: number, unknown: number): string {
  if (all === 0) return t('orders.empty')
  if (!notThere.value || found === 0) return t('orders.none')
  return t(unknown > 0 ? 'orders.not-there.none-known' : 'orders.not-there.none')
}

function DayChips(props: { now: number; onChoose: (from?: string, to?: string) => void }): JSX.Element {
  const { now, onChoose } = props
  const { from, to } = filter.value
  const today = dayOf(now)
  const week = dayOf(now, -6)
  return (
    <div class="picks" role="group" aria-label={t('orders.time')}>
      <Chip pressed={!from && !to} onClick={() => onChoose()}>
        {t('orders.any-day')}
      </Chip>
      <Chip pressed={from === today && to === today} testId="orders-today" onClick={() => onChoose(today, today)}>
        {t('orders.today')}
      </Chip>
      <Chip pressed={from === week && to === today} onClick={() => onChoose(week, today)}>
        {t('orders.week')}
      </Chip>
    </div>
  )
}

function Day(props: {
  label: string
  value: string | undefined
  onInput: (day: string | undefined) => void
  testId: string
}): JSX.Element {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type="date"
        value={props.value ?? ''}
        data-testid={props.testId}
        onInput={({ currentTarget }) => props.onInput(currentTarget.value || undefined)}
      />
    </div>
  )
}
