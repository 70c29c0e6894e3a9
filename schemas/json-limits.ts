/** What JSON from elsewhere may be at most before anything walks through it. */

export interface JsonLimits {
  /** Code that walks a value may recurse. */
  readonly levels: number
  /** Of everything in it: objects, arrays, and what they hold. */
  readonly values: number
  /** Of a string or a name, characters. */
  readonly length: number
}

/** `names`: it has a name that means something else than a field to JavaScript. */
export type JsonExcess = keyof JsonLimits | 'names'

/** The first that is found; recurses no deeper than the limit itself. */
export function excessOf(value: unknown, limits: JsonLimits): JsonExcess | undefined {
  return walk(value, limits, limits.levels, { left: limits.values })
}

function walk(value: unknown, limits: JsonLimits, levels: number, count: { left: number }): JsonExcess | undefined {
  if (--count.left < 0) return 'values'
  if (typeof value === 'string') return value.length > limits.length ? 'length' : undefined
  if (typeof value !== 'object' || value === null) return undefined
  if (levels === 0) return 'levels'
  if (Array.isArray(value)) {
    for (const one of value) {
      const excess = walk(one, limits, levels - 1, count)
      if (excess !== undefined) return excess
    }
    return undefined
  }
  const members = value as Readonly<Record<string, unknown>>
  for (const key in members) {
    if (key.length > limits.length) return 'length'
    if (key === '__proto__' || (key === 'constructor' && hasPrototype(members[key]))) return 'names'
    const excess = walk(members[key], limits, levels - 1, count)
    if (excess !== undefined) return excess
  }
  return undefined
}

function hasPrototype(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
}
