/** The catalogue that headquarters keeps and every branch sells from. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { Badge } from '../../../adapters/ui/badge.tsx'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { Select } from '../../../adapters/ui/select.tsx'
import { Table, type Column } from '../../../adapters/ui/table.tsx'
import type { ProductDocument } from '../../../schemas/collections/products.ts'
import { c } from '../frame/console-words.ts'
import '../frame/console.css'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { LookOnly, may } from '../frame/may.tsx'
import { ProductSearch, SEARCH_PAUSE_MS } from '../frame/product-search.ts'
import type { RoomProps } from '../frame/room.tsx'
import { ProductForm } from './product-form.tsx'
import { p } from './product-words.ts'

export function ProductsRoom({ account }: RoomProps): JSX.Element {
  const search = useMemo(() => new ProductSearch(), [])
  const typed = useSignal('')
  const shown = useSignal('')
  const said = useSignal<string | undefined>(undefined)
  const open = useSignal<ProductDocument | 'new' | undefined>(undefined)
  const query = new URLSearchParams({ search: typed.value.trim(), ...(shown.value && { discontinued: shown.value }) })
  const asked = query.toString()
  useEffect(() => {
    const timer = setTimeout(() => void search.search(query), SEARCH_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [asked])
  const { products, currency, next, busy, failure } = search.found.value
  const canWrite = may(account, 'operator')
  return (
    <>
      {said.value !== undefined && (
        <Notice tone="good" testId="said">
          {said.value}
        </Notice>
      )}
      <LookOnly account={account} needed="operator" />
      <div class="console-bar">
        <Field
          label={p('search')}
          type="search"
          inputMode="search"
          value={typed.value}
          maxLength={200}
          testId="product-search"
          onInput={(text) => (typed.value = text)}
        />
        <Select
          label={p('show')}
          value={shown.value}
          options={[
            ['', p('show.all')],
            ['false', p('show.sold')],
            ['true', p('show.discontinued')],
          ]}
          testId="product-show"
          onChange={(value) => (shown.value = value)}
        />
        {canWrite && currency !== undefined && (
          <Button kind="primary" testId="product-add" onClick={() => (open.value = 'new')}>
            {p('add')}
          </Button>
        )}
      </div>
      <FailureNotice failure={failure} onAgain={() => void search.again()} />
      <section class="card flush console-list" aria-busy={busy}>
        <Table
          caption={p('list.title')}
          columns={columnsFor(canWrite, (product) => (open.value = product))}
          rows={products}
          rowKey={({ id }) => id}
          rowTestId={({ id }) => `product-${id}`}
          empty={busy ? c('loading') : p(typed.value.trim() || shown.value ? 'search.none' : 'list.empty')}
        />
      </section>
      <div class="row">
        <span class="muted small" role="status" data-testid="product-count">
          {busy ? c('loading') : p('found', { count: formatNumber(products.length) })}
        </span>
        {next !== undefined && !busy && (
          <Button testId="product-more" onClick={() => void search.more()}>
            {c('more')}
          </Button>
        )}
      </div>
      {open.value && currency !== undefined && (
        <ProductForm
          product={open.value === 'new' ? undefined : open.value}
          currency={currency}
          onDone={(text) => {
            open.value = undefined
            said.value = text
            void search.again()
          }}
          onClose={() => (open.value = undefined)}
        />
      )}
    </>
  )
}

function columnsFor(canWrite: boolean, onOpen: (product: ProductDocument) => void): Column<ProductDocument>[] {
  const columns: Column<ProductDocument>[] = [
    {
      key: 'name',
      title: p('col.name'),
      cell: ({ id, name }) => (
        <div>
          <strong>{name}</strong>
          <small class="product-id">{id}</small>
        </div>
      ),
    },
    { key: 'category', title: p('col.category'), cell: ({ category }) => category || '—' },
    {
      key: 'price',
      title: p('col.price'),
      numeric: true,
      cell: ({ price, currency, unit }) => (
        <span>
          {formatMoney(price, currency)}
          {unit && <small> / {unit}</small>}
        </span>
      ),
    },
    {
      key: 'state',
      title: p('col.state'),
      cell: ({ discontinued }) => (
        <Badge tone={discontinued ? 'neutral' : 'good'}>{p(discontinued ? 'state.discontinued' : 'state.sold')}</Badge>
      ),
    },
  ]
  if (!canWrite) return columns
  const change: Column<ProductDocument> = {
    key: 'do',
    title: p('col.do'),
    cell: (product) => (
      <Button
        label={p('change.label', { name: product.name })}
        testId={`product-edit-${product.id}`}
        onClick={() => onOpen(product)}
      >
        {p('change')}
      </Button>
    ),
  }
  return [...columns, change]
}
