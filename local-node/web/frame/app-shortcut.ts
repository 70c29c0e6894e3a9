/**
 * Which key leads where. Alt with a digit of the upper row (by its place, since with Alt a Mac types signs) for the screens
 * in the order of the navigation, and `?` for help; both can be switched off on a device.
 */
export interface Key {
  readonly key: string
  readonly code: string
  readonly altKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  /** Whether it would be typed into a field. */
  readonly isTyped: boolean
}

export type Shortcut = { readonly kind: 'screen'; readonly at: number } | { readonly kind: 'help' }

export function shortcutOf({ key, code, altKey, ctrlKey, metaKey, isTyped }: Key): Shortcut | undefined {
  if (ctrlKey || metaKey) return undefined
  const digit = /^Digit([1-9])$/.exec(code)?.[1]
  if (altKey) return digit === undefined ? undefined : { kind: 'screen', at: Number(digit) - 1 }
  return key === '?' && !isTyped ? { kind: 'help' } : undefined
}
