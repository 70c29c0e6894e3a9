/** A line for what is not in the catalogue. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { readMoney } from '../../../adapters/ui/read-money.ts'
import type { AppState } from '../frame/app-state.ts'
import { withFreeLine } from './order-draft.ts'
import { t } from '../words.ts'

export function OrderFreeLine({ state }: { state: AppState }): JSX.Element {
  const { currency } = state.store.session
  const name = useSignal('')
  const price = useSignal('')
  const asked = useSignal(false)
  const add = (event: Event) => {
    event.preventDefault()
    const minor = readMoney(price.value, currency)
    asked.value = minor === undefined
    if (minor === undefined) return
    state.draft.value = withFreeLine(state.draft.value, name.value.trim() || t('order.free'), minor)
    name.value = ''
    price.value = ''
  }
  return (
    <form class="card stack" onSubmit={add} noValidate>
      <h2>{t('order.free')}</h2>
      <div class="free-line">
        <Field
          label={t('order.free.name')}
          value={name.value}
          testId="line-name"
          onInput={(text) => (name.value = text.slice(0, 200))}
        />
        <Field
          label={t('order.free.price', { currency })}
          inputMode="decimal"
          value={price.value}
          problem={asked.value ? t('order.free.invalid') : undefined}
          testId="line-price"
          onInput={(text) => {
            asked.value = false
            price.value = text
          }}
        />
        <Button type="submit" testId="line-add">
          {t('order.free.add')}
        </Button>
      </div>
    </form>
  )
}
