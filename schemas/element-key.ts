/**
 * The key of a set's element: its canonical JSON. Making or reading such a text costs more than anything else in a
 * merge, so it is compared with the element itself where that is at hand, and remembered where it is not.
 */
import { canonicalJson, isRecord } from './json.ts'

/** Whether a key is the canonical form of some value; others would name one element twice. */
export function isElementKey(key: string): boolean {
  const known = knownKeys.get(key)
  if (known !== undefined) return known
  const isKey = isCanonical(key)
  if (knownKeys.size >= MAX_KNOWN_KEYS) knownKeys.clear()
  knownKeys.set(key, isKey)
  return isKey
}

/** Whether a text is just the canonical form of a value; `false` also where that is not plain to see. */
export function spells(text: string, value: unknown): boolean {
  return endOf(text, 0, value) === text.length
}

/** Removed elements stay in sidecars, where no array proves their keys; the same come again and again. */
const knownKeys = new Map<string, boolean>()
const MAX_KNOWN_KEYS = 10_000

function isCanonical(key: string): boolean {
  try {
    return canonicalJson(JSON.parse(key)) === key
  } catch {
    return false
  }
}

const NOT_PLAIN = -1
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN = 0x7b
const CLOSE = 0x7d

/** Where the canonical form of a value ends that begins at `at`. */
function endOf(text: string, at: number, value: unknown): number {
  if (typeof value === 'string') return endOfString(text, at, value)
  if (isRecord(value)) return endOfRecord(text, at, value)
  if (!isPlain(value)) return NOT_PLAIN
  const literal = JSON.stringify(value)
  return text.startsWith(literal, at) ? at + literal.length : NOT_PLAIN
}

/** A number that JSON has, or a word; not the other zero, which the canonical form writes as the one. */
function isPlain(value: unknown): boolean {
  return typeof value === 'number'
    ? Number.isFinite(value) && !Object.is(value, -0)
    : typeof value === 'boolean' || value === null
}

function endOfString(text: string, at: number, value: string): number {
  const end = at + value.length + 1
  if (end >= text.length || text.charCodeAt(at) !== QUOTE || text.charCodeAt(end) !== QUOTE) return NOT_PLAIN
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (text.charCodeAt(at + 1 + i) !== unit) return NOT_PLAIN
    // Canonical JSON may write these in another way than the value has them.
    if (unit < 0x20 || unit === QUOTE || unit === BACKSLASH || unit >= 0xd800) return NOT_PLAIN
  }
  return end + 1
}

function endOfRecord(text: string, at: number, record: Readonly<Record<string, unknown>>): number {
  let end = at
  let before = ''
  for (const key in record) {
    const isFirst = end === at
    if (text.charCodeAt(end) !== (isFirst ? OPEN : COMMA) || (!isFirst && before >= key)) return NOT_PLAIN
    before = key
    end = endOfString(text, end + 1, key)
    if (end === NOT_PLAIN || text.charCodeAt(end) !== COLON) return NOT_PLAIN
    end = endOf(text, end + 1, record[key])
    if (end === NOT_PLAIN) return NOT_PLAIN
  }
  return end > at && text.charCodeAt(end) === CLOSE ? end + 1 : NOT_PLAIN
}
