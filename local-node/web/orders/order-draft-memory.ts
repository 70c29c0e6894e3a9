/**
 * The draft outlives a reload and a dead battery. It is the device's, in localStorage: all tabs show one and the same draft,
 * with one and the same id, so that paying in two of them makes one order. (In sessionStorage each tab would have its own,
 * and a closed browser none.) It names the member by id; no phone is in it.
 */
import { signal, type Signal } from '@preact/signals'
import { newDraft, parseDraft, type OrderDraft } from './order-draft.ts'
import { randomId } from '../../../adapters/ui/random.ts'

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
