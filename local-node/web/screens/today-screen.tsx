/** The latest orders, and how far each has come. */
import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { formatMoney, formatNumber, formatTime } from '../../../adapters/ui/format.ts'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { AppState } from '../app-state.ts'
import type { OrderCard } from '../order-card.ts'
import { newestOrdersFirst } from '../orders-of-member.ts'
import { STATUS_TONES } from '../status-tones.ts'
import { t } from '../words.ts'

const LATEST = 20

export function TodayScreen({ state }: { state: AppState }): JSX.Element {
  void state.orders.version.value
  const orders = newestOrdersFirst([...state.orders.byId.values()]).slice(0, LATEST)
  const unsent = useComputed(() => {
    const ids = state.link.state.value.unsent?.['orders']
    return ids && new Set(ids)
  })
  void state.members.version.value
  const columns: Column<OrderCard>[] = [
    { key: 'number', title: t('today.number'), cell: (order) => <strong class="nowrap">{order.number}</strong> },
    { key: 'time', title: t('today.time'), cell: (order) => <span class="nowrap">{formatTime(order.placedAt)}</span> },
    {
      key: 'member',
      title: t('today.member'),
      cell: (order) => <span class="name">{nameOfMember(state, order)}</span>,
    },
    {
      key: 'lines',
      title: t('today.lines'),
      numeric: true,
      cell: (order) => formatNumber(order.pieces),
    },
    {
      key: 'total',
      title: t('today.total'),
      numeric: true,
      cell: (order) => formatMoney(order.total, order.currency),
    },
    {
      key: 'status',
      title: t('today.status'),
      cell: (order) => <Badge tone={STATUS_TONES[order.status]}>{t(`status.${order.status}`)}</Badge>,
    },
    {
      key: 'where',
      title: t('today.where'),
      cell: (order) => <Whereabouts unsent={unsent.value} refused={state.link.state.value.refused} id={order.id} />,
    },
  ]
  return (
    <section class="stack" aria-labelledby="today-title">
      <div class="card flush">
        <h2 id="today-title" class="card-title">
          {t('today.title')}
        </h2>
        {state.orders.loaded.value && (
          <Table
            caption={t('today.title')}
            columns={columns}
            rows={orders}
            rowKey={(order) => order.id}
            rowTestId={() => 'order-row'}
            empty={t('today.empty')}
          />
        )}
      </div>
    </section>
  )
}

/** Of the member that the order counts for today. */
function nameOfMember({ here, members }: AppState, order: OrderCard): string {
  const memberId = here.value.memberOf(order)
  return (memberId !== undefined && members.byId.get(memberId)?.name) || '—'
}

function Whereabouts(props: {
  unsent: ReadonlySet<string> | undefined
  refused: readonly string[]
  id: string
}): JSX.Element {
  if (props.refused.includes(props.id)) return <Badge tone="bad">{t('today.where.refused')}</Badge>
  if (!props.unsent) return <Badge tone="unknown">{t('today.where.unknown')}</Badge>
  if (props.unsent.has(props.id)) return <Badge tone="busy">{t('today.where.here')}</Badge>
  return <Badge tone="good">{t('today.where.node')}</Badge>
}
