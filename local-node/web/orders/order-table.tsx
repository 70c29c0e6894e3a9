/** Orders in a list: each with its status and how far it has come. */
import type { JSX } from 'preact'
import { Badge, type Tone } from '../../../adapters/ui/badge.tsx'
import { formatMoney, formatNumber, formatTime } from '../../../adapters/ui/format.ts'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import { hashOf, type AppState } from '../frame/app-state.ts'
import type { OrderCard } from './order-card.ts'
import { STATUS_TONES } from '../frame/status-tones.ts'
import { useWhereabouts, type Whereabout } from '../node/whereabouts.ts'
import { t } from '../words.ts'

const WHERE_TONES: Readonly<Record<Whereabout, Tone>> = {
  device: 'busy',
  node: 'busy',
  headquarters: 'good',
  mirror: 'good',
  refused: 'bad',
  unknown: 'unknown',
}

export function OrderTable(props: {
  state: AppState
  caption: string
  orders: readonly OrderCard[]
  empty: string
}): JSX.Element {
  const { state, caption, orders, empty } = props
  void state.members.version.value
  const where = useWhereabouts(
    state,
    orders.map(({ id }) => id),
  )
  const columns: Column<OrderCard>[] = [
    {
      key: 'number',
      title: t('orders.number'),
      cell: ({ id, number }) => (
        <a class="order-link nowrap" href={hashOf({ screen: 'orders', id })} data-testid="order-link">
          {number}
        </a>
      ),
    },
    { key: 'time', title: t('orders.time'), cell: (order) => <span class="nowrap">{formatTime(order.placedAt)}</span> },
    {
      key: 'member',
      title: t('orders.member'),
      cell: (order) => <span class="name">{nameOfMember(state, order)}</span>,
    },
    { key: 'pieces', title: t('orders.pieces'), numeric: true, cell: (order) => formatNumber(order.pieces) },
    {
      key: 'total',
      title: t('orders.total'),
      numeric: true,
      cell: (order) => formatMoney(order.total, order.currency),
    },
    {
      key: 'status',
      title: t('orders.state'),
      cell: (order) => <Badge tone={STATUS_TONES[order.status]}>{t(`status.${order.status}`)}</Badge>,
    },
    {
      key: 'where',
      title: t('orders.where'),
      cell: ({ id }) => <WhereBadge where={where(id)} />,
    },
  ]
  return (
    <div class="order-list">
      <Table
        caption={caption}
        columns={columns}
        rows={orders}
        rowKey={(order) => order.id}
        rowTestId={() => 'order-row'}
        empty={empty}
      />
    </div>
  )
}

function WhereBadge({ where }: { where: Whereabout }): JSX.Element {
  return (
    <Badge tone={WHERE_TONES[where]} testId="order-where">
      {t(`where.${where}`)}
    </Badge>
  )
}

/** Of the member that the order counts for today. */
function nameOfMember({ here, members }: AppState, order: OrderCard): string {
  const memberId = here.value.memberOf(order)
  return (memberId !== undefined && members.byId.get(memberId)?.name) || '—'
}
