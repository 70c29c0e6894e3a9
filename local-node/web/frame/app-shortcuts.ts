/** The keys of the app as this page hears them: whether they are switched on at this device, and what is text. */
import { signal } from '@preact/signals'

const STORED = 'outpost.shortcuts'

export const shortcutsOn = signal(localStorage.getItem(STORED) !== 'off')

export function setShortcuts(on: boolean): void {
  shortcutsOn.value = on
  try {
    localStorage.setItem(STORED, on ? 'on' : 'off')
  } catch {
    // Until the page is loaded again.
  }
}

/** Whether keys are text where they are pressed. */
export function isTypedInto(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
