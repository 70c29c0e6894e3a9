/** Take an order: products from the catalogue or free lines, for a member or nobody, paid in one tap or saved open. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatMoney } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { hashOf, type AppState } from '../frame/app-state.ts'
import { OrderCart, type OrderDone } from './order-cart.tsx'
import { OrderCatalogue } from './order-catalogue.tsx'
import { draftPrices, newDraft } from './order-draft.ts'
import { OrderFreeLine } from './order-free-line.tsx'
import { savedOrder } from './order-save.ts'
import { randomId } from '../../../adapters/ui/random.ts'
import { showReceipt } from './receipt.tsx'
import { t } from '../words.ts'

export function OrderScreen({ state }: { state: AppState }): JSX.Element {
  const done = useSignal<OrderDone | undefined>(undefined)
  useEffect(() => {
    const { draft, store } = state
    // The page may have been closed after the order was saved and before the draft was gone.
    void savedOrder(store.orders, draft.value.id).then((order) => {
      if (!order || draft.value.id !== order.id) return
      draft.value = newDraft(randomId(), draft.value.payment)
      done.value = { order, before: true }
    })
  }, [])
  return (
    <section class="order" aria-label={t('order.title')}>
      <div class="stack">
        <OrderCatalogue state={state} />
        <OrderFreeLine state={state} />
        <CartJump state={state} />
      </div>
      <div class="stack">
        {done.value && <Done state={state} done={done.value} />}
        <OrderCart state={state} onDone={(next) => (done.value = next)} />
      </div>
    </section>
  )
}

function CartJump({ state: { draft, store } }: { state: AppState }): JSX.Element | null {
  const { currency } = store.session
  if (draft.value.lines.length === 0) return null
  return (
    <button
      type="button"
      class="button button-primary cart-jump"
      data-testid="cart-jump"
      onClick={() => document.getElementById('cart')?.scrollIntoView({ block: 'start' })}
    >
      {t('order.jump', { total: formatMoney(draftPrices(draft.value, currency).total, currency) })}
    </button>
  )
}

function Done({ state, done: { order, given, before } }: { state: AppState; done: OrderDone }): JSX.Element {
  const { currency } = order
  const change = given === undefined ? 0 : given - (order.total - (order.valueSpent ?? 0))
  // The next order is being taken: what was paid is the last one.
  const isPast = state.draft.value.lines.length > 0
  return (
    <Notice
      tone={isPast ? 'neutral' : 'good'}
      testId="order-done"
      action={
        <div class="row tight">
          <Button testId="receipt-open" onClick={() => showReceipt(order, given)}>
            {t('receipt.print')}
          </Button>
          <a class="button button-quiet" href={hashOf({ screen: 'orders', id: order.id })} data-testid="order-open">
            {t('order.done.open')}
          </a>
        </div>
      }
    >
      <strong>{t(order.status === 'created' ? 'order.done.created' : 'order.done', { number: order.number })}</strong>
      <br />
      {formatMoney(order.total, currency)}
      {change > 0 && (
        <strong data-testid="done-change"> · {t('cash.change', { change: formatMoney(change, currency) })}</strong>
      )}
      <br />
      {before ? t('order.done.before') : t('order.done.text')}
    </Notice>
  )
}
