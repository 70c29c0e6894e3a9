/**
 * Strings as SQLite must hold them to compare as JavaScript does. SQLite compares UTF-8 bytes, JavaScript UTF-16 code
 * units; the two differ from U+D7FF on, and UTF-8 cannot hold a lone surrogate. Each such unit becomes U+D7FF and a
 * character that keeps the order; all other text, so nearly all text, stays as it is.
 */

const ESCAPE = 0xd7ff

export function toSortKey(text: string): string {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= ESCAPE) return escapeFrom(text, i)
  return text
}

function escapeFrom(text: string, start: number): string {
  let out = text.slice(0, start)
  for (let i = start; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    out += unit < ESCAPE ? text[i] : String.fromCharCode(ESCAPE, unit - ESCAPE)
  }
  return out
}

/** The text that a sort key stands for. */
export function fromSortKey(key: string): string {
  if (!key.includes(ESCAPE_UNIT)) return key
  let out = ''
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i)
    if (unit === ESCAPE) i += 1
    out += unit === ESCAPE ? String.fromCharCode(ESCAPE + key.charCodeAt(i)) : key[i]
  }
  return out
}

const ESCAPE_UNIT = String.fromCharCode(ESCAPE)
