/** What somebody has typed into this page and not saved: nothing of it outlives a reload. */

const TEXT_TYPES: ReadonlySet<string> = new Set([
  'text',
  'search',
  'tel',
  'email',
  'url',
  'number',
  'password',
  'textarea',
])
const MOST_SHOWN = 60

/** A form that is open with what was saved before is not typed. */
const typedInto = new WeakSet<EventTarget>()

export function watchTyping(): void {
  addEventListener('input', ({ target }) => target && typedInto.add(target), true)
}

/** @param pin what stands for one @returns enough of it to be known again; `undefined` where nothing is typed */
export function typedText(pin: string): string | undefined {
  const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')]
  const texts = fields
    .filter((field) => TEXT_TYPES.has(field.type) && typedInto.has(field))
    .filter(({ value }) => value.trim() !== '')
    .map((field) => (isMasked(field) ? pin : field.value.trim()))
  if (texts.length === 0) return undefined
  const text = [...new Set(texts)].join(' … ')
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}

/** `Field`'s and the pad's PINs are texts that the style sheet hides, so that no browser offers to keep them. */
function isMasked({ type, classList }: Element & { readonly type: string }): boolean {
  return type === 'password' || classList.contains('masked')
}
