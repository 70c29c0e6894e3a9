/** What somebody has typed into this page and not saved: nothing of it outlives a reload. */

const TEXT_TYPES: ReadonlySet<string> = new Set(['text', 'search', 'tel', 'email', 'url', 'number', 'textarea'])
const MOST_SHOWN = 60

/** A form that is open with what was saved before is not typed. */
const typedInto = new WeakSet<EventTarget>()

export function watchTyping(): void {
  addEventListener('input', ({ target }) => target && typedInto.add(target), true)
}

/** Enough of it to be known again; `undefined` where nothing is typed. */
export function typedText(): string | undefined {
  const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')]
  const texts = fields
    .filter((field) => TEXT_TYPES.has(field.type) && typedInto.has(field))
    .map(({ value }) => value.trim())
    .filter((text) => text !== '')
  if (texts.length === 0) return undefined
  const text = texts.join(' … ')
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}
