/** The products from which an order's lines are chosen. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatMoney } from '../../../adapters/ui/format.ts'
import { c } from '../frame/console-words.ts'
import { FailureNotice } from '../frame/failure-notice.tsx'
import { SEARCH_PAUSE_MS, type ProductSearch } from '../frame/product-search.ts'
import { withProduct, type OrderDraft } from './order-for-branch.ts'
import { o } from './order-words.ts'

export function OrderPicks(props: {
  search: ProductSearch
  onPick: (next: (draft: OrderDraft) => OrderDraft) => void
}): JSX.Element {
  const { search } = props
  const typed = useSignal('')
  const asked = typed.value.trim()
  useEffect(() => {
    const query = new URLSearchParams({ search: asked, discontinued: 'false' })
    const timer = setTimeout(() => void search.search(query), SEARCH_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [asked])
  const { products, currency, next, busy, failure } = search.found.value
  return (
    <section class="card stack">
      <Field
        label={o('search')}
        type="search"
        inputMode="search"
        value={typed.value}
        maxLength={200}
        testId="pick-search"
        onInput={(text) => (typed.value = text)}
      />
      <FailureNotice failure={failure} onAgain={() => void search.again()} />
      <ul class="order-picks" aria-busy={busy}>
        {products.map((product) => (
          <li key={product.id}>
            <button
              type="button"
              class="button order-pick"
              disabled={product.currency !== currency}
              title={product.currency === currency ? undefined : o('foreign')}
              data-testid={`pick-${product.id}`}
              onClick={() => props.onPick((draft) => withProduct(draft, product))}
            >
              <span class="cut">{product.name}</span>
              <small class="muted">
                {formatMoney(product.price, product.currency)}
                {product.unit && ` / ${product.unit}`}
              </small>
            </button>
          </li>
        ))}
      </ul>
      {products.length === 0 && <p class="muted">{busy ? c('loading') : o('search.none')}</p>}
      {next !== undefined && !busy && (
        <Button testId="picks-more" onClick={() => void search.more()}>
          {c('more')}
        </Button>
      )}
    </section>
  )
}
