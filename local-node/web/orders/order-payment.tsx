/** How what is left to pay is paid; with cash, what is given and what goes back. */
import { useId } from 'preact/hooks'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatMoney } from '../../../adapters/ui/format.ts'
import { currencyDigits } from '../../../adapters/ui/read-money.ts'
import { likelyCash, PAYMENT_METHODS, type Cash, type PaymentMethod } from './payment-method.ts'
import { t } from '../words.ts'

export interface Payment {
  readonly payment: PaymentMethod
  readonly cashGiven?: string
}

/** @param props.due minor units, above 0 @param props.cash of what is typed */
export function OrderPayment(props: {
  value: Payment
  due: number
  cash: Cash
  currency: string
  onChange: (value: Payment) => void
}): JSX.Element {
  const { value, due, cash, currency, onChange } = props
  const name = useId()
  return (
    <div class="stack payment">
      <fieldset>
        <legend class="legend">{t('order.payment')}</legend>
        <div class="pay-choices">
          {PAYMENT_METHODS.map((method) => (
            <label key={method} class="pay-choice">
              <input
                type="radio"
                name={name}
                value={method}
                checked={value.payment === method}
                data-testid={`payment-${method}`}
                onChange={() => onChange({ ...value, payment: method })}
              />
              <span>{t(`payment.${method}`)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {value.payment === 'cash' && (
        <>
          <div class="cash">
            <Field
              label={t('cash.given', { currency })}
              inputMode="decimal"
              value={value.cashGiven ?? ''}
              hint={t('cash.exact')}
              problem={problemInWords(cash, currency)}
              maxLength={20}
              testId="cash-given"
              onInput={(cashGiven) => onChange({ ...value, cashGiven })}
            />
            <div class="units">
              {likelyCash(due, currency).map((amount) => (
                <Button
                  key={amount}
                  label={t('cash.likely', { amount: formatMoney(amount * 10 ** currencyDigits(currency), currency) })}
                  testId="cash-likely"
                  onClick={() => onChange({ ...value, cashGiven: String(amount) })}
                >
                  {amount}
                </Button>
              ))}
            </div>
          </div>
          {cash.kind === 'enough' && cash.change > 0 && (
            <p class="change" role="status" data-testid="cash-change">
              {t('cash.change', { change: formatMoney(cash.change, currency) })}
            </p>
          )}
        </>
      )}
    </div>
  )
}

function problemInWords(cash: Cash, currency: string): string | undefined {
  if (cash.kind === 'invalid') return t('cash.invalid')
  return cash.kind === 'short' ? t('cash.short', { missing: formatMoney(cash.missing, currency) }) : undefined
}
