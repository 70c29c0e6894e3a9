/**
 * The draft outlives a reload and a dead battery. It is the device's, in localStorage: all tabs show one and the same draft,
 * with one and the same id, so that paying in two of them makes one order. (In sessionStorage each tab would have its own,
 * and a closed browser none.) It names the member by id; no phone is in it.
 */
import { signal, type Signal } from '@preact/signals'
import { isRecord } from '../../schemas/json.ts'
import { newDraft, type DraftLine, type OrderDraft } from './order-draft.ts'
import type { TypedDiscount } from './order-price.ts'
import { isPaymentMethod } from './payment-method.ts'
import { randomId } from './random.ts'

export function openOrderDraft(branchId: string): Signal<OrderDraft> {
  const key = `outpost.draft.${branchId}`
  let stored = localStorage.getItem(key)
  const draft = signal(parseDraft(stored) ?? newDraft(randomId()))
  addEventListener('storage', (event) => {
    if (event.key !== key || event.newValue === null) return
    stored = event.newValue
    draft.value = parseDraft(stored) ?? draft.value
  })
  draft.subscribe((value) => {
    const text = JSON.stringify(value)
    if (text === stored) return
    stored = text
    try {
      localStorage.setItem(key, text)
    } catch {
      // The draft lasts as long as the page.
    }
  })
  return draft
}

/** `undefined` for what is none: another version of the app may have kept it. */
export function parseDraft(text: string | null): OrderDraft | undefined {
  let kept: unknown
  try {
    kept = JSON.parse(text ?? 'null')
  } catch {
    return undefined
  }
  if (!isRecord(kept) || typeof kept['id'] !== 'string' || !Array.isArray(kept['lines'])) return undefined
  if (!kept['lines'].every(isLine) || !isPaymentMethod(kept['payment'])) return undefined
  if (kept['discount'] !== undefined && !isDiscount(kept['discount'])) return undefined
  const texts = ['memberId', 'spendPoints', 'spendValue', 'cashGiven', 'note']
  return texts.every((name) => kept[name] === undefined || typeof kept[name] === 'string')
    ? (kept as unknown as OrderDraft)
    : undefined
}

function isLine(line: unknown): line is DraftLine {
  return (
    isRecord(line) &&
    typeof line['productId'] === 'string' &&
    typeof line['name'] === 'string' &&
    Number.isSafeInteger(line['price']) &&
    Number.isFinite(line['quantity']) &&
    (line['discount'] === undefined || isDiscount(line['discount']))
  )
}

function isDiscount(discount: unknown): discount is TypedDiscount {
  return (
    isRecord(discount) &&
    (discount['unit'] === 'money' || discount['unit'] === 'percent') &&
    typeof discount['text'] === 'string'
  )
}
