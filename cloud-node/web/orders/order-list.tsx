/** What headquarters has taken last. */
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { Badge, type Tone } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatMoney, formatNumber, formatTime } from '../../../adapters/ui/format.ts'
import { Select } from '../../../adapters/ui/select.tsx'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { OrderInList, OrderPage } from '../../../schemas/protocol/listings.ts'
import type { BranchRow } from '../../../schemas/protocol/status.ts'
import { askNode } from '../frame/ask-node.ts'
import { c } from '../frame/console-words.ts'
import { branchOptions } from '../frame/branch-options.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { PagedList } from '../frame/paged-list.ts'
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
  const branch = place.value.chosen.get('branch') ?? ''
  const pages = useMemo(
    () =>
      new PagedList<OrderInList, number>(async (before) => {
        const query = new URLSearchParams({
          ...(branch && { branch }),
          ...(before !== undefined && { before: String(before) }),
        })
        const answer = await askNode<OrderPage>(`/api/orders?${query}`)
        return answer.ok ? { ok: true, value: { items: answer.value.orders, next: answer.value.next } } : answer
      }),
    [branch],
  )
  useEffect(() => {
    void pages.again()
    const timer = setInterval(() => {
      // Whoever has gone further back reads undisturbed.
      const { items = [], busy } = pages.shown.value
      if (document.visibilityState === 'visible' && !busy && items.length <= FIRST_PAGE) void pages.again()
    }, AGAIN_MS)
    return () => clearInterval(timer)
  }, [pages])
  const { items, next, busy, failure } = pages.shown.value
  const names = new Map(branches.map(({ id, name }) => [id, name]))
  return (
    <>
      <div class="console-bar">
        <Select
          label={o('branch')}
          value={branch}
          options={branchOptions(o('branch.all'), branches, branch)}
          testId="orders-branch"
          onChange={(id) => choose('orders', new URLSearchParams(id ? { branch: id } : {}))}
        />
        <Button testId="orders-again" onClick={() => void pages.again()}>
          {o('refresh')}
        </Button>
      </div>
      <FailureNotice failure={failure} onAgain={() => void pages.again()} />
      <p class="muted small">{o('list.about')}</p>
      <section class="card flush console-list">
        <Table
          caption={o('list.title')}
          columns={columnsFor(names)}
          rows={items ?? []}
          rowKey={({ id }) => id}
          rowTestId={({ id }) => `order-${id}`}
          empty={items ? o('list.empty') : c('loading')}
        />
      </section>
      {next !== undefined && (
        <div class="row">
          <Button testId="orders-more" disabled={busy} onClick={() => void pages.more()}>
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
