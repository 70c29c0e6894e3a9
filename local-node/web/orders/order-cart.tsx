/** The order that is being taken: for whom, what, how it is paid; saved with one tap. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { phonesOfMember } from '../../../schemas/collections/members.ts'
import type { OrderDocument } from '../../../schemas/collections/orders.ts'
import { maskPhone } from '../../../schemas/phone.ts'
import { goTo, type AppState } from '../frame/app-state.ts'
import type { MemberCard } from '../members/member-card.ts'
import { draftPrices, draftSpent, lacksMember, newDraft, orderOf, pointsFor, withoutMember } from './order-draft.ts'
import { DiscountFields, OrderLines } from './order-lines.tsx'
import { OrderPayment } from './order-payment.tsx'
import type { PricedOrder } from './order-price.ts'
import { insertOnce } from './order-save.ts'
import { OrderSpending, spendingProblemInWords } from './order-spending.tsx'
import { readCash } from './payment-method.ts'
import { randomBase36, randomId } from '../../../adapters/ui/random.ts'
import { spendingProblem } from './spending-check.ts'
import { useBalance } from '../members/use-balance.ts'
import { t } from '../words.ts'
import { failureInWords, type WriteFailure } from '../store/write-failure.ts'

const MOST_NOTE = 500

export interface OrderDone {
  readonly order: OrderDocument
  /** Cash that was given, minor units. */
  readonly given?: number
  /** It had been saved before. */
  readonly before: boolean
}

export function OrderCart({
  state,
  onDone,
}: {
  state: AppState
  onDone: (done: OrderDone | undefined) => void
}): JSX.Element {
  const { draft, store } = state
  const { currency } = store.session
  const saving = useSignal(false)
  const error = useSignal<WriteFailure | undefined>(undefined)
  const { lines, memberId } = draft.value
  const prices = draftPrices(draft.value, currency)
  const { total } = prices
  void state.members.version.value
  const member = memberId === undefined ? undefined : state.here.value.today(memberId)
  const balance = useBalance(state, member)
  const spent = draftSpent(draft.value, currency)
  const earned = pointsFor(total, currency)
  const overspent =
    member && spent && spendingProblem({ memberId: member.id, spent, earned, total }, balance, store.session)
  const due = Math.max(0, total - ((member && spent?.value) ?? 0))
  const cash = readCash(draft.value.cashGiven, due, currency)
  const isCash = due > 0 && draft.value.payment === 'cash'
  const isMemberMissing = lacksMember(draft.value, member)
  const canSave = lines.length > 0 && !prices.problem && spent !== undefined && !overspent && !isMemberMissing
  const canPay = canSave && (!isCash || cash.kind === 'enough')
  const save = async (status: 'created' | 'paid') => {
    if (saving.peek() || !(status === 'paid' ? canPay : canSave) || !spent) return
    saving.value = true
    error.value = undefined
    onDone(undefined)
    const person = state.access.person.value
    const order = orderOf(draft.value, {
      member,
      spent,
      status,
      session: store.session,
      at: store.clock.now(),
      tail: randomBase36(4),
      taken: person && { id: randomId(), by: person.name },
    })
    try {
      const saved = await insertOnce(store.orders, order)
      if (draft.value.id === saved.id) draft.value = newDraft(randomId(), draft.value.payment)
      const given = status === 'paid' && isCash && cash.kind === 'enough' ? { given: cash.given } : {}
      onDone({ order: saved, before: saved.number !== order.number, ...given })
    } catch (failure) {
      error.value = failureInWords(failure)
    }
    saving.value = false
  }
  return (
    <div class="card stack cart" id="cart">
      <CartHead state={state} />
      <CartMember state={state} member={member} />
      {lines.length === 0 && <p class="muted">{t('order.lines.empty')}</p>}
      <OrderLines state={state} prices={prices} />
      {lines.length > 0 && <OrderDiscount state={state} prices={prices} />}
      <div class="total" aria-live="polite">
        {prices.discount > 0 && (
          <>
            <small class="muted">{t('order.subtotal')}</small>
            <small class="muted numeric">{formatMoney(prices.gross, currency)}</small>
            <small class="muted">{t('order.discount.off')}</small>
            <small class="muted numeric" data-testid="order-discount-sum">
              −{formatMoney(prices.discount, currency)}
            </small>
          </>
        )}
        <span>{t('order.total')}</span>
        <strong class="numeric" data-testid="order-total">
          {formatMoney(total, currency)}
        </strong>
        {member && <small class="muted whole">{t('order.points', { points: formatNumber(earned) })}</small>}
      </div>
      {prices.problem?.kind === 'too-much' && <Notice tone="bad">{t('order.too-much')}</Notice>}
      {member && <OrderSpending state={state} balance={balance} />}
      {member && !spent && <Notice tone="bad">{t('order.spend.invalid')}</Notice>}
      {overspent && lines.length > 0 && (
        <Notice tone="bad" testId="spend-problem">
          {spendingProblemInWords(overspent, currency)}
        </Notice>
      )}
      {lines.length > 0 && due > 0 && !isMemberMissing && (
        <OrderPayment
          value={draft.value}
          due={due}
          cash={cash}
          currency={currency}
          onChange={({ payment, cashGiven }) =>
            (draft.value = { ...draft.value, payment, ...(cashGiven !== undefined && { cashGiven }) })
          }
        />
      )}
      {lines.length > 0 && <OrderNote state={state} />}
      <ErrorNotice error={error.value} testId="order-error" />
      <Button kind="primary" disabled={!canPay || saving.value} testId="order-pay" onClick={() => void save('paid')}>
        {t('order.pay', { total: formatMoney(due, currency) })}
      </Button>
      {lines.length > 0 && (
        <Button
          kind="quiet"
          disabled={!canSave || saving.value}
          testId="order-save"
          onClick={() => void save('created')}
        >
          {t('order.save')}
        </Button>
      )}
    </div>
  )
}

/** Clearing asks once more, in the same place. */
function CartHead({ state: { draft } }: { state: AppState }): JSX.Element {
  const sure = useSignal<string | undefined>(undefined)
  const { id, lines, payment } = draft.value
  const isAsked = sure.value === id
  return (
    <div class="row between">
      <h2>{t('order.lines')}</h2>
      {lines.length > 0 && (
        <Button
          kind="quiet"
          testId="order-clear"
          onClick={() => (isAsked ? (draft.value = newDraft(randomId(), payment)) : (sure.value = id))}
        >
          {isAsked ? t('order.clear.sure') : t('order.clear')}
        </Button>
      )}
    </div>
  )
}

function CartMember({ state, member }: { state: AppState; member: MemberCard | undefined }): JSX.Element {
  const { draft } = state
  const [phone] = member ? phonesOfMember(member) : []
  const isMissing = lacksMember(draft.value, member)
  const missing = state.ready.value ? t('order.member.gone') : t('order.member.reading')
  return (
    <div class="cart-member" data-testid="order-member">
      <div>
        <small class="muted">{t('order.member')}</small>
        <strong>{member ? member.name || t('members.unnamed') : isMissing ? missing : t('order.member.none')}</strong>
        {phone !== undefined && <small class="muted">{maskPhone(phone)}</small>}
      </div>
      {member || isMissing ? (
        <Button kind="quiet" onClick={() => (draft.value = withoutMember(draft.value))}>
          {t('order.member.remove')}
        </Button>
      ) : (
        <Button onClick={() => goTo('members')}>{t('order.member.find')}</Button>
      )}
    </div>
  )
}

function OrderDiscount({ state, prices }: { state: AppState; prices: PricedOrder }): JSX.Element {
  const { draft, store } = state
  const open = useSignal(false)
  const { discount, ...without } = draft.value
  if (!open.value && !discount) {
    return (
      <div>
        <Button kind="quiet" testId="order-discount-open" onClick={() => (open.value = true)}>
          {t('order.discount.order')}
        </Button>
      </div>
    )
  }
  return (
    <DiscountFields
      label={t('order.discount.order')}
      title={t('order.discount.order.short')}
      currency={store.session.currency}
      value={discount}
      isInvalid={prices.problem?.kind === 'order'}
      testId="order-discount"
      onChange={(next) => {
        open.value = next !== undefined
        draft.value = next ? { ...without, discount: next } : without
      }}
    />
  )
}

function OrderNote({ state: { draft } }: { state: AppState }): JSX.Element {
  const open = useSignal(false)
  const { note } = draft.value
  if (!open.value && !note) {
    return (
      <div>
        <Button kind="quiet" testId="order-note-open" onClick={() => (open.value = true)}>
          {t('order.note.add')}
        </Button>
      </div>
    )
  }
  return (
    <Field
      label={t('order.note')}
      value={note ?? ''}
      maxLength={MOST_NOTE}
      autoFocus
      testId="order-note"
      onInput={(text) => (draft.value = { ...draft.value, note: text })}
    />
  )
}
