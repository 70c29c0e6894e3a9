/** What is sold: by category, by words, by scanner; by touch or by the keyboard alone. Only what is shown is drawn. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import type { ProductDocument } from '../../../schemas/collections/products.ts'
import type { AppState } from '../frame/app-state.ts'
import { createCatalogue, searchCatalogue } from './order-catalogue-search.ts'
import { withProduct } from './order-draft.ts'
import { askRefresh } from '../node/refresh.ts'
import { t } from '../words.ts'

/** While nothing is searched for, so that the free line stays in sight. */
const MOST_UNSEARCHED = 12
const STEP = 48

export function OrderCatalogue({ state }: { state: AppState }): JSX.Element {
  const { products, draft, store } = state
  const text = useSignal('')
  const category = useSignal<string | undefined>(undefined)
  const steps = useSignal(0)
  const box = useRef<HTMLDivElement>(null)
  const catalogue = useMemo(
    () => createCatalogue(products.byId.values()),
    [products.version.value, products.loaded.value],
  )
  const found = useMemo(
    () => searchCatalogue(catalogue, text.value, category.value),
    [catalogue, text.value, category.value],
  )
  const isSearching = text.value.trim() !== '' || category.value !== undefined
  const most = (isSearching ? STEP : MOST_UNSEARCHED) + steps.value * STEP
  const choose = (next: string | undefined) => {
    category.value = next
    steps.value = 0
  }
  const add = (product: ProductDocument) => {
    if (product.currency !== store.session.currency) return
    draft.value = withProduct(draft.value, product)
    askRefresh('products', product.id)
  }
  const onSearchKey = (event: KeyboardEvent) => {
    const input = event.target as HTMLInputElement
    if (event.key === 'ArrowDown') {
      productsIn(box.current)[0]?.focus()
      event.preventDefault()
    } else if (event.key === 'Enter' && !event.isComposing && text.value.trim() !== '' && found[0]) {
      add(found[0])
      // What is typed or scanned next replaces it.
      input.select()
      event.preventDefault()
    }
  }
  return (
    <div class="card stack catalogue" ref={box}>
      <h2>{t('order.catalogue')}</h2>
      <div onKeyDown={onSearchKey}>
        <Field
          label={t('order.search')}
          type="search"
          inputMode="search"
          value={text.value}
          hint={text.value.trim() === '' ? undefined : t('order.search.hint')}
          testId="product-search"
          onInput={(typed) => {
            text.value = typed
            steps.value = 0
          }}
        />
      </div>
      {catalogue.categories.length > 1 && (
        <div class="picks" role="group" aria-label={t('order.categories')}>
          <Chip pressed={category.value === undefined} testId="category-all" onClick={() => choose(undefined)}>
            {t('order.category.all')}
          </Chip>
          {catalogue.categories.map((one) => (
            <Chip key={one} pressed={category.value === one} testId="category" onClick={() => choose(one)}>
              {one || t('order.category.none')}
            </Chip>
          ))}
        </div>
      )}
      {found.length === 0 && products.loaded.value && (
        <p class="muted">{products.byId.size === 0 ? t('order.catalogue.empty') : t('order.catalogue.none')}</p>
      )}
      <ul class="products" onKeyDown={(event) => moveFocus(event, box.current)}>
        {found.slice(0, most).map((product) => (
          <li key={product.id}>
            <button
              type="button"
              class="product"
              data-testid="product-result"
              disabled={product.currency !== store.session.currency}
              title={product.currency === store.session.currency ? undefined : t('order.foreign')}
              onClick={() => add(product)}
            >
              <span>{product.name}</span>
              <small>
                {formatMoney(product.price, product.currency)}
                {product.unit && ` / ${product.unit}`}
              </small>
            </button>
          </li>
        ))}
      </ul>
      {found.length > most && (
        <Button kind="quiet" testId="products-more" onClick={() => steps.value++}>
          {t('order.catalogue.more', { count: formatNumber(Math.min(STEP, found.length - most)) })}
        </Button>
      )}
    </div>
  )
}

/** One of a few that a list is narrowed by. */
export function Chip(props: {
  pressed: boolean
  onClick: () => void
  children: JSX.Element | string
  testId?: string
}): JSX.Element {
  return (
    <button type="button" class="pick" aria-pressed={props.pressed} data-testid={props.testId} onClick={props.onClick}>
      {props.children}
    </button>
  )
}

function productsIn(box: HTMLElement | null): HTMLButtonElement[] {
  return [...(box?.querySelectorAll<HTMLButtonElement>('.product:enabled') ?? [])]
}

/** The arrow keys go through the list as it is laid out, and above its first row back to the search. */
function moveFocus(event: KeyboardEvent, box: HTMLElement | null): void {
  const buttons = productsIn(box)
  const at = buttons.indexOf(event.target as HTMLButtonElement)
  if (at < 0) return
  const columns = Math.max(1, buttons.filter(({ offsetTop }) => offsetTop === buttons[0]!.offsetTop).length)
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
  }
  const isBack = event.key === 'Escape' || (event.key === 'ArrowUp' && at < columns)
  const step = steps[event.key]
  const next = isBack ? box?.querySelector<HTMLElement>('input[type=search]') : step && buttons[at + step]
  if (!isBack && step === undefined) return
  event.preventDefault()
  if (next) next.focus()
}
