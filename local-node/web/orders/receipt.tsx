/** The receipt of an order, in both languages, for a roll of 80 mm or a sheet of A4; printed by the browser. */
import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Button } from '../../../adapters/ui/button.tsx'
import { Dialog } from '../../../adapters/ui/dialog.tsx'
import { formatMoney, formatNumber } from '../../../adapters/ui/format.ts'
import { phonesOfMember } from '../../../schemas/collections/members.ts'
import type { OrderDocument } from '../../../schemas/collections/orders.ts'
import { maskPhone } from '../../../schemas/phone.ts'
import type { AppState } from '../frame/app-state.ts'
import { Chip } from './order-catalogue.tsx'
import { grossOf } from '../../../schemas/line-price.ts'
import { isPaymentMethod } from './payment-method.ts'
import { en, zh } from '../words/order.ts'
import { en as enOfOrders, zh as zhOfOrders } from '../words/orders.ts'
import { t } from '../words.ts'

interface Shown {
  readonly order: OrderDocument
  /** Cash that was given, minor units: known only right after it was. */
  readonly given: number | undefined
}

const shown = signal<Shown | undefined>(undefined)

export function showReceipt(order: OrderDocument, given?: number): void {
  shown.value = { order, given }
}

const PAPERS = ['roll', 'a4'] as const
type Paper = (typeof PAPERS)[number]
const STORED = 'outpost.paper'
const paper = signal<Paper>(localStorage.getItem(STORED) === 'a4' ? 'a4' : 'roll')

/** Stands in the frame once, beside what is not printed. */
export function ReceiptDialog({ state }: { state: AppState }): JSX.Element | null {
  const sheet = useRef<HTMLDivElement>(null)
  const receipt = shown.value
  useEffect(() => {
    if (receipt) return setPageSize(paper.value, sheet.current)
    return undefined
  }, [receipt, paper.value])
  if (!receipt) return null
  const close = () => {
    if (shown.value === receipt) shown.value = undefined
  }
  return (
    <Dialog label={t('receipt.title')} class="receipt-dialog" testId="receipt-dialog" onClose={close}>
      <div class="row between receipt-controls">
        <div class="picks" role="group" aria-label={t('receipt.paper')}>
          {PAPERS.map((one) => (
            <Chip key={one} pressed={paper.value === one} testId={`paper-${one}`} onClick={() => setPaper(one)}>
              {t(`receipt.paper.${one}`)}
            </Chip>
          ))}
        </div>
        <div class="row tight">
          <Button kind="primary" testId="receipt-print" onClick={() => print()}>
            {t('receipt.go')}
          </Button>
          <Button kind="quiet" testId="receipt-close" onClick={close}>
            {t('receipt.close')}
          </Button>
        </div>
      </div>
      <div ref={sheet} class={`receipt receipt-${paper.value}`} data-testid="receipt">
        <ReceiptText state={state} {...receipt} />
      </div>
    </Dialog>
  )
}

function ReceiptText({ state, order, given }: Shown & { state: AppState }): JSX.Element {
  const { currency, lines, total, valueSpent = 0, pointsEarned = 0, pointsSpent = 0 } = order
  const money = (amount: number) => formatMoney(amount, currency)
  const memberId = state.here.value.memberOf(order)
  const member = memberId === undefined ? undefined : state.members.byId.get(memberId)
  const [phone] = member ? phonesOfMember(member) : []
  const gross = lines.reduce((sum, line) => sum + grossOf(line), 0)
  const isPaid = order.status !== 'created' && order.status !== 'cancelled'
  const due = total - valueSpent
  return (
    <>
      <h2>{state.store.session.branchName}</h2>
      <dl>
        <Row word="receipt.number">{order.number}</Row>
        <Row word="receipt.time">{timeOf(order.placedAt)}</Row>
        {order.status !== 'paid' && (
          <div>
            <dt>{both(zh['receipt.status'], en['receipt.status'])}</dt>
            <dd>{both(zhOfOrders[`status.${order.status}`], enOfOrders[`status.${order.status}`])}</dd>
          </div>
        )}
        {member && <Row word="receipt.member">{phone === undefined ? member.name : maskPhone(phone)}</Row>}
      </dl>
      <ul>
        {lines.map((line, at) => (
          <li key={at}>
            <span class="receipt-name">{line.name}</span>
            <span class="receipt-sum">
              {formatNumber(line.quantity)} × {money(line.price)}
            </span>
            <span class="receipt-amount">{money(grossOf(line))}</span>
            {line.discount !== 0 && (
              <>
                <span class="receipt-sum">{both(zh['receipt.discount'], en['receipt.discount'])}</span>
                <span class="receipt-amount">−{money(line.discount)}</span>
              </>
            )}
          </li>
        ))}
      </ul>
      <dl>
        {gross !== total && (
          <>
            <Row word="receipt.subtotal">{money(gross)}</Row>
            <Row word="receipt.discount">{`−${money(gross - total)}`}</Row>
          </>
        )}
        <Row word="receipt.total" class="receipt-total">
          {money(total)}
        </Row>
        {valueSpent > 0 && <Row word="receipt.stored">{`−${money(valueSpent)}`}</Row>}
        {!isPaid && <Row word="receipt.due">{money(due)}</Row>}
        {isPaid && due > 0 && order.payment !== undefined && (
          <div>
            <dt>{paymentInBoth(order.payment)}</dt>
            <dd>{money(due)}</dd>
          </div>
        )}
        {given !== undefined && given > due && (
          <>
            <Row word="receipt.given">{money(given)}</Row>
            <Row word="receipt.change">{money(given - due)}</Row>
          </>
        )}
      </dl>
      {member && (pointsEarned > 0 || pointsSpent > 0) && (
        <dl>
          {pointsEarned > 0 && <Row word="receipt.earned">{formatNumber(pointsEarned)}</Row>}
          {pointsSpent > 0 && <Row word="receipt.spent">{formatNumber(pointsSpent)}</Row>}
        </dl>
      )}
      <p>{both(zh['receipt.thanks'], en['receipt.thanks'])}</p>
    </>
  )
}

function Row(props: { word: keyof typeof en; class?: string; children: string }): JSX.Element {
  return (
    <div class={props.class}>
      <dt>{both(zh[props.word], en[props.word])}</dt>
      <dd>{props.children}</dd>
    </div>
  )
}

function both(chinese: string, english: string): string {
  return `${chinese} ${english}`
}

function paymentInBoth(payment: string): string {
  return isPaymentMethod(payment) ? both(zh[`payment.${payment}`], en[`payment.${payment}`]) : payment
}

/** The same in both languages, with the year. */
function timeOf(iso: string): string {
  const date = new Date(iso)
  const pad = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`
}

function setPaper(next: Paper): void {
  paper.value = next
  try {
    localStorage.setItem(STORED, next)
  } catch {
    // Until the page is loaded again.
  }
}

const MM_OF_PX = 25.4 / 96
const ROLL_MM = 80
const ROLL_MARGIN_MM = 4

/** CSS has no page that is as long as what stands on it: a roll is cut where the receipt ends. */
function setPageSize(size: Paper, sheet: HTMLElement | null): () => void {
  const rules = new CSSStyleSheet()
  const longMm = Math.ceil((sheet?.scrollHeight ?? 0) * MM_OF_PX) + 4 * ROLL_MARGIN_MM
  rules.replaceSync(
    size === 'a4'
      ? '@page { size: A4; margin: 18mm; }'
      : `@page { size: ${ROLL_MM}mm ${Math.max(longMm, ROLL_MM + 1)}mm; margin: ${ROLL_MARGIN_MM}mm; }`,
  )
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, rules]
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== rules)
  }
}
