/** The JSON that documents are made of, its canonical form, and equality that ignores the order of keys. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** A document as it is merged and replicated: plain fields, the `clock` sidecar, `_deleted`. */
export type Doc = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * One string for one value: keys sorted by UTF-16 code units, `undefined` members left out.
 * Follows RFC 8785 for everything that JSON.parse can produce; what JSON cannot say becomes `null`,
 * so that it never throws on data that came off the wire.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    let out = '['
    for (let i = 0; i < value.length; i++) out += (i === 0 ? '' : ',') + canonicalJson(value[i])
    return `${out}]`
  }
  if (isRecord(value)) {
    let out = '{'
    for (const key of Object.keys(value).toSorted()) {
      if (value[key] === undefined) continue
      out += `${out === '{' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(value[key])}`
    }
    return `${out}}`
  }
  return JSON.stringify(value) ?? 'null'
}

/** Deep equality of JSON values; a missing key and an `undefined` one are the same. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => jsonEqual(item, b[i]))
  }
  if (!isRecord(a) || !isRecord(b)) return false
  for (const key in a) if (!jsonEqual(own(a, key), own(b, key))) return false
  for (const key in b) if (own(b, key) !== undefined && own(a, key) === undefined) return false
  return true
}

/** Whether a value has more levels than so many; recurses no deeper than that itself. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  if (Array.isArray(value)) return value.some((one) => isDeeper(one, levels - 1))
  const members = value as Readonly<Record<string, unknown>>
  for (const key in members) if (isDeeper(members[key], levels - 1)) return true
  return false
}

/** A document's own field: `constructor` and `toString` are names like any other. */
export function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  const value = record[key]
  // What an object inherits are functions and this accessor; asking every time would cost as much as the reading.
  if (typeof value !== 'function' && key !== '__proto__') return value
  return Object.hasOwn(record, key) ? value : undefined
}

/** Of two values the one with the larger canonical form; nothing is smaller than everything. */
export function canonicallyLarger(a: unknown, b: unknown): unknown {
  return isCanonicallyLarger(a, b) ? a : b
}

export function isCanonicallyLarger(a: unknown, b: unknown): boolean {
  return !jsonEqual(a, b) && canonicalOrNothing(a) > canonicalOrNothing(b)
}

export function canonicalOrNothing(value: unknown): string {
  return value === undefined ? '' : canonicalJson(value)
}

export function copyOfJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}
