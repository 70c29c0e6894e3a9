/** What is chosen for an order, and how many of it. */
import type { Signal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { formatMoney } from '../../../adapters/ui/format.ts'
import { readQuantity } from '../../../adapters/ui/read-quantity.ts'
import { lineTotal, withQuantity, type OrderDraft } from './order-for-branch.ts'
import { o } from './order-words.ts'

export function OrderLines({ draft }: { draft: Signal<OrderDraft> }): JSX.Element {
  const set = (at: number, quantity: number): void => {
    draft.value = withQuantity(draft.value, at, quantity)
  }
  return (
    <ul class="order-lines">
      {draft.value.lines.map((line, at) => {
        const { product, quantity } = line
        const { id, name, price, currency } = product
        return (
          <li key={id} data-testid={`line-${id}`}>
            <div class="order-line-name">
              <strong>{name}</strong> <small class="muted">{formatMoney(price, currency)}</small>
            </div>
            <div class="order-quantity">
              <Button label={o('less', { name })} testId={`less-${id}`} onClick={() => set(at, quantity - 1)}>
                −
              </Button>
              <input
                inputMode="decimal"
                aria-label={o('quantity', { name })}
                data-testid={`quantity-${id}`}
                value={String(quantity)}
                onFocus={({ currentTarget }) => currentTarget.select()}
                onChange={({ currentTarget }) => {
                  const typed = readQuantity(currentTarget.value)
                  if (typed === undefined) currentTarget.value = String(quantity)
                  else set(at, typed)
                }}
              />
              <Button label={o('more', { name })} testId={`more-${id}`} onClick={() => set(at, quantity + 1)}>
                +
              </Button>
            </div>
            <span class="numeric">{formatMoney(lineTotal(line), currency)}</span>
          </li>
        )
      })}
    </ul>
  )
}
