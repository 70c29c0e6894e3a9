/** Take an order: products from the catalogue or free lines, for a member or nobody, paid in one tap. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Button } from '../../../adapters/ui/button.tsx'
import { ErrorNotice } from '../../../adapters/ui/error-notice.tsx'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { readMoney } from '../../../adapters/ui/read-money.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { phonesOfMember } from '../../../schemas/collections/members.ts'
import type { MemberCard } from '../member-card.ts'
import type { ProductDocument } from '../../../schemas/collections/products.ts'
import { NO_BALANCE, type Balance } from '../../../schemas/contribution.ts'
import { maskPhone } from '../../../schemas/phone.ts'
import { goTo, newDraft, type AppState } from '../app-state.ts'
import {
  draftPoints,
  draftSpent,
  draftTotal,
  paidOrder,
  withFreeLine,
  withoutMember,
  withProduct,
  withQuantity,
} from '../order-draft.ts'
import { randomBase36 } from '../random.ts'
import { spendingProblem, type SpendingProblem } from '../spending-check.ts'
import { useBalance } from '../use-balance.ts'
import { t } from '../words.ts'

/** While nothing is searched for, so that the free line stays in sight. */
const MOST_UNSEARCHED = 12
const MOST_FOUND = 48

export function OrderScreen({ state }: { state: AppState }): JSX.Element {
  const done = useSignal<string | undefined>(undefined)
  return (
    <section class="order" aria-label={t('order.title')}>
      <div class="stack">
        <Catalogue state={state} />
        <FreeLine state={state} />
      </div>
      <div class="stack">
        {done.value !== undefined && (
          <Notice tone="good" testId="order-done">
            <strong>{t('order.done', { number: done.value })}</strong>
            <br />
            {t('order.done.text')}
          </Notice>
        )}
        <Cart state={state} onDone={(number) => (done.value = number)} />
      </div>
    </section>
  )
}

function Catalogue({ state }: { state: AppState }): JSX.Element {
  const { products, draft, store } = state
  const text = useSignal('')
  void products.version.value
  const found = productsMatching(text.value, products.byId)
  return (
    <div class="card stack">
      <h2>{t('order.catalogue')}</h2>
      <Field
        label={t('order.search')}
        type="search"
        inputMode="search"
        value={text.value}
        testId="product-search"
        onInput={(typed) => (text.value = typed)}
      />
      {found.length === 0 && products.loaded.value && (
        <p class="muted">{products.byId.size === 0 ? t('order.catalogue.empty') : t('order.catalogue.none')}</p>
      )}
      <ul class="products">
        {found.map((product) => (
          <li key={product.id}>
            <button
              type="button"
              class="product"
              data-testid="product-result"
              disabled={product.currency !== store.session.currency}
              onClick={() => (draft.value = withProduct(draft.value, product))}
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
    </div>
  )
}

function FreeLine({ state }: { state: AppState }): JSX.Element {
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

function Cart({ state, onDone }: { state: AppState; onDone: (number: string | undefined) => void }): JSX.Element {
  const { draft, store } = state
  const { currency } = store.session
  const paying = useSignal(false)
  const error = useSignal<{ message: string } | undefined>(undefined)
  const { lines, memberId } = draft.value
  const total = draftTotal(draft.value)
  void state.members.version.value
  const member = memberId === undefined ? undefined : state.here.value.today(memberId)
  const balance = useBalance(state, member)
  const spent = draftSpent(draft.value, currency)
  const earned = draftPoints(draft.value, currency)
  const problem =
    member && spent && spendingProblem({ memberId: member.id, spent, earned, total }, balance, store.session)
  const toPay = formatMoney(Math.max(0, total - (spent?.value ?? 0)), currency)
  const pay = async () => {
    if (paying.value || draft.value.lines.length === 0 || !spent || problem) return
    paying.value = true
    error.value = undefined
    onDone(undefined)
    const order = paidOrder(draft.value, member, spent, store.session, store.clock.now(), randomBase36(4))
    try {
      await store.orders.insert(order)
      draft.value = newDraft()
      onDone(order.number)
    } catch (failure) {
      error.value = { message: String(failure) }
    }
    paying.value = false
  }
  return (
    <div class="card stack cart">
      <h2>{t('order.lines')}</h2>
      <CartMember state={state} member={member} />
      {lines.length === 0 && <p class="muted">{t('order.lines.empty')}</p>}
      <ul class="lines">
        {lines.map((line, at) => (
          <li key={`${at}-${line.productId}`} data-testid="order-line">
            <div>
              <strong>{line.name}</strong>
              <small class="muted">{formatMoney(line.price, currency)}</small>
            </div>
            <div class="stepper">
              <Button
                label={t('order.less', { name: line.name })}
                onClick={() => (draft.value = withQuantity(draft.value, at, line.quantity - 1))}
              >
                −
              </Button>
              <output>{formatNumber(line.quantity)}</output>
              <Button
                label={t('order.more', { name: line.name })}
                onClick={() => (draft.value = withQuantity(draft.value, at, line.quantity + 1))}
              >
                +
              </Button>
            </div>
            <span class="numeric">{formatMoney(line.price * line.quantity, currency)}</span>
          </li>
        ))}
      </ul>
      <div class="total" aria-live="polite">
        <span>{t('order.total')}</span>
        <strong class="numeric">{formatMoney(total, currency)}</strong>
        {member && <small class="muted">{t('order.points', { points: formatNumber(earned) })}</small>}
      </div>
      {member && <Spending state={state} balance={balance} />}
      {member && !spent && <Notice tone="bad">{t('order.spend.invalid')}</Notice>}
      {problem && lines.length > 0 && (
        <Notice tone="bad" testId="spend-problem">
          {problemInWords(problem, currency)}
        </Notice>
      )}
      <ErrorNotice error={error.value} />
      <Button
        kind="primary"
        disabled={lines.length === 0 || paying.value || !spent || problem !== undefined}
        testId="order-pay"
        onClick={() => void pay()}
      >
        {t('order.pay', { total: toPay })}
      </Button>
    </div>
  )
}

/** What the member pays with points and stored value; the balance is shown, and what is left of it checked as it is typed. */
function Spending({ state, balance }: { state: AppState; balance: Balance | undefined }): JSX.Element {
  const { draft, store } = state
  const { currency } = store.session
  const { points, value } = balance ?? NO_BALANCE
  return (
    <div class="spending">
      <Field
        label={t('order.spend.points')}
        inputMode="decimal"
        value={draft.value.spendPoints ?? ''}
        hint={t('order.spend.has', { amount: t('members.points', { points: formatNumber(points) }) })}
        testId="spend-points"
        onInput={(text) => (draft.value = { ...draft.value, spendPoints: text })}
      />
      <Field
        label={t('order.spend.value', { currency })}
        inputMode="decimal"
        value={draft.value.spendValue ?? ''}
        hint={t('order.spend.has', { amount: formatMoney(value, currency) })}
        testId="spend-value"
        onInput={(text) => (draft.value = { ...draft.value, spendValue: text })}
      />
    </div>
  )
}

function problemInWords(problem: SpendingProblem, currency: string): string {
  const money = (amount: number) => formatMoney(amount, currency)
  if (problem.kind === 'above-total') {
    return t('order.spend.above-total', { value: money(problem.value), total: money(problem.total) })
  }
  const { kind, shown, most } = problem
  const inWords = kind === 'points' ? formatNumber : money
  return t(`order.spend.low.${kind}`, { shown: inWords(shown), most: inWords(most) })
}

function CartMember({ state, member }: { state: AppState; member: MemberCard | undefined }): JSX.Element {
  const { draft } = state
  const [phone] = member ? phonesOfMember(member) : []
  return (
    <div class="cart-member" data-testid="order-member">
      <div>
        <small class="muted">{t('order.member')}</small>
        <strong>{member ? member.name || t('members.unnamed') : t('order.member.none')}</strong>
        {phone !== undefined && <small class="muted">{maskPhone(phone)}</small>}
      </div>
      {member ? (
        <Button kind="quiet" onClick={() => (draft.value = withoutMember(draft.value))}>
          {t('order.member.remove')}
        </Button>
      ) : (
        <Button onClick={() => goTo('members')}>{t('order.member.find')}</Button>
      )}
    </div>
  )
}

function productsMatching(text: string, byId: ReadonlyMap<string, ProductDocument>): ProductDocument[] {
  const words = text.normalize('NFKC').toLocaleLowerCase().split(/\s+/).filter(Boolean)
  const found: ProductDocument[] = []
  for (const product of byId.values()) {
    if (product.discontinued) continue
    const name = `${product.name} ${product.category ?? ''} ${product.id}`.toLocaleLowerCase()
    if (words.every((word) => name.includes(word))) found.push(product)
  }
  return found
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .slice(0, words.length === 0 ? MOST_UNSEARCHED : MOST_FOUND)
}
