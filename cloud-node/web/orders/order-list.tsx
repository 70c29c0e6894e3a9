/** What headquarters has taken last. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Badge, type Tone } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatMoney, formatNumber, formatTime } from '../../../adapters/ui/format.ts'
import { Select } from '../../../adapters/ui/select.tsx'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { OrderInList, OrderPage } from '../../../schemas/protocol/listings.ts'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { askNode, type Failure } from '../frame/ask-node.ts'
import { c } from '../frame/console-words.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { choose, place } from '../frame/place.ts'
import { FROM_HEADQUARTERS } from './order-for-branch.ts'
import { o, statusInWords } from './order-words.ts'

const AGAIN_MS = 10_000

const TONES: Readonly<Record<string, Tone>> = {
  created: 'busy',
  paid: 'good',
  fulfilled: 'good',
  closed: 'good',
  refunded: 'unknown',
  cancelled: 'unknown',
  conflicted: 'bad',
}

export function OrderList({ branches }: { branches: readonly BranchRow[] }): JSX.Element {
  const page = useSignal<OrderPage | undefined>(undefined)
  const failure = useSignal<Failure | undefined>(undefined)
  const branch = place.value.chosen.get('branch') ?? ''
  const read = async (before?: number): Promise<void> => {
    const query = new URLSearchParams({
      ...(branch && { branch }),
      ...(before !== undefined && { before: String(before) }),
    })
    const answer = await askNode<OrderPage>(`/api/orders?${query}`)
    if ((place.value.chosen.get('branch') ?? '') !== branch) return
    failure.value = answer.ok ? undefined : answer.failure
    if (!answer.ok) return
    const earlier = before === undefined ? [] : (page.value?.orders ?? [])
    page.value = { ...answer.value, orders: [...earlier, ...answer.value.orders] }
  }
  useEffect(() => {
    page.value = undefined
    void read()
    const timer = setInterval(() => {
      // Whoever has gone further back is not taken to the front again.
      if (document.visibilityState === 'visible' && (page.value?.orders.length ?? 0) <= FIRST_PAGE) void read()
    }, AGAIN_MS)
    return () => clearInterval(timer)
  }, [branch])
  const names = new Map(branches.map(({ id, name }) => [id, name]))
  const next = page.value?.next
  return (
    <>
      <div class="console-bar">
        <Select
          label={o('branch')}
          value={branch}
          options={[['', o('branch.all')], ...branches.map(({ id, name }) => [id, name] as const)]}
          testId="orders-branch"
          onChange={(id) => choose('orders', new URLSearchParams(id ? { branch: id } : {}))}
        />
        <Button testId="orders-again" onClick={() => void read()}>
          {o('refresh')}
        </Button>
      </div>
      <FailureNotice failure={failure.value} onAgain={() => void read()} />
      <p class="muted small">{o('list.about')}</p>
      <section class="card flush console-list">
        <Table
          caption={o('list.title')}
          columns={columnsFor(names)}
          rows={page.value?.orders ?? []}
          rowKey={({ id }) => id}
          rowTestId={({ id }) => `order-${id}`}
          empty={page.value ? o('list.empty') : c('loading')}
        />
      </section>
      {next !== undefined && (
        <div class="row">
          <Button testId="orders-more" onClick={() => void read(next)}>
            {c('more')}
          </Button>
        </div>
      )}
    </>
  )
}

/** As headquarters answers unless it is asked for more. */
const FIRST_PAGE = 50

function columnsFor(names: ReadonlyMap<string, string>): Column<OrderInList>[] {
  return [
    {
      key: 'number',
      title: o('col.number'),
      cell: ({ number, source, note }) => (
        <div>
          <strong>{number}</strong>
          {source === FROM_HEADQUARTERS && <small>{o('from.headquarters')}</small>}
          {note !== undefined && <small class="cut order-note">{note}</small>}
        </div>
      ),
    },
    { key: 'branch', title: o('col.branch'), cell: ({ branchId }) => names.get(branchId) ?? branchId },
    { key: 'placed', title: o('col.placed'), cell: ({ placedAt }) => formatTime(placedAt) },
    {
      key: 'status',
      title: o('col.status'),
      cell: ({ id, status }) => (
        <Badge tone={TONES[status] ?? 'unknown'} testId={`order-status-${id}`}>
          {statusInWords(status)}
        </Badge>
      ),
    },
    { key: 'lines', title: o('col.lines'), numeric: true, cell: ({ lines }) => formatNumber(lines) },
    {
      key: 'total',
      title: o('col.total'),
      numeric: true,
      cell: ({ total, currency }) => formatMoney(total, currency),
    },
  ]
}
