/** The lines of the order that is being taken: how many, what is taken off, what each comes to. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatMoney } from '../../../adapters/ui/format.ts'
import type { AppState } from '../frame/app-state.ts'
import { readQuantity } from '../../../adapters/ui/read-quantity.ts'
import { withLineDiscount, withQuantity, type DraftLine } from './order-draft.ts'
import type { PricedOrder, TypedDiscount } from './order-price.ts'
import { t } from '../words.ts'

export function OrderLines({ state, prices }: { state: AppState; prices: PricedOrder }): JSX.Element {
  return (
    <ul class="cart-lines">
      {state.draft.value.lines.map((line, at) => (
        <Line key={`${at}-${line.productId}`} state={state} line={line} at={at} prices={prices} />
      ))}
    </ul>
  )
}

function Line(props: { state: AppState; line: DraftLine; at: number; prices: PricedOrder }): JSX.Element {
  const { state, line, at, prices } = props
  const { draft, store } = state
  const { currency } = store.session
  const { name, price, quantity, discount } = line
  const open = useSignal(false)
  const { gross, discount: off, total } = prices.lines[at]!
  const set = (next: number) => (draft.value = withQuantity(draft.value, at, next))
  const isInvalid = prices.problem?.kind === 'line' && prices.problem.at === at
  return (
    <li data-testid="order-line">
      <div class="line-name">
        <strong>{name}</strong>
        <small class="muted">{formatMoney(price, currency)}</small>
      </div>
      <div class="stepper">
        <Button label={t('order.less', { name })} testId="line-less" onClick={() => set(quantity - 1)}>
          −
        </Button>
        <input
          inputMode="decimal"
          aria-label={t('order.quantity', { name })}
          data-testid="line-quantity"
          value={String(quantity)}
          onFocus={({ currentTarget }) => currentTarget.select()}
          onChange={({ currentTarget }) => {
            const typed = readQuantity(currentTarget.value)
            if (typed === undefined) currentTarget.value = String(quantity)
            else set(typed)
          }}
        />
        <Button label={t('order.more', { name })} testId="line-more" onClick={() => set(quantity + 1)}>
          +
        </Button>
      </div>
      <div class="line-total numeric">
        {off > 0 && <s class="muted">{formatMoney(gross, currency)}</s>}
        <span>{formatMoney(total, currency)}</span>
      </div>
      <div class="line-discount">
        {open.value || discount ? (
          <DiscountFields
            label={t('order.discount.line', { name })}
            title={t('order.discount')}
            currency={currency}
            value={discount}
            isInvalid={isInvalid}
            testId="line-discount"
            onChange={(next) => {
              open.value = next !== undefined
              draft.value = withLineDiscount(draft.value, at, next)
            }}
          />
        ) : (
          <Button
            kind="quiet"
            label={t('order.discount.line', { name })}
            testId="line-discount-open"
            onClick={() => (open.value = true)}
          >
            {t('order.discount')}
          </Button>
        )}
      </div>
    </li>
  )
}

/** An amount or a percentage, as typed. */
export function DiscountFields(props: {
  /** Whole, for whoever hears it; the title is what stands above the field. */
  label: string
  title: string
  currency: string
  value: TypedDiscount | undefined
  isInvalid: boolean
  onChange: (value: TypedDiscount | undefined) => void
  testId: string
}): JSX.Element {
  const { label, title, currency, value = NOTHING, isInvalid, onChange, testId } = props
  const unit = (one: TypedDiscount['unit'], sign: string) => (
    <Button
      pressed={value.unit === one}
      label={t(`order.discount.${one}`)}
      testId={`${testId}-${one}`}
      onClick={() => onChange({ ...value, unit: one })}
    >
      {sign}
    </Button>
  )
  return (
    <div class="discount" role="group" aria-label={label}>
      <Field
        label={title}
        inputMode="decimal"
        value={value.text}
        problem={isInvalid ? t('order.discount.invalid') : undefined}
        maxLength={20}
        autoFocus
        testId={testId}
        onInput={(text) => onChange({ ...value, text })}
      />
      <div class="units">
        {unit('percent', '%')}
        {unit('money', signOf(currency))}
        <Button
          kind="quiet"
          label={t('order.discount.remove')}
          testId={`${testId}-none`}
          onClick={() => onChange(undefined)}
        >
          ✕
        </Button>
      </div>
    </div>
  )
}

const NOTHING: TypedDiscount = { unit: 'percent', text: '' }

function signOf(currency: string): string {
  const parts = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
  return parts.formatToParts(0).find(({ type }) => type === 'currency')?.value ?? currency
}
