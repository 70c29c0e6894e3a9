/**
 * How a name begins, whatever its capitals, and where along an index of names the next such one can stand. The index holds
 * names as they are written, so each spelling of a beginning has a place of its own: it is leapt to, and a million other
 * names between cost nothing.
 */
import { compareText } from '../../schemas/compare-text.ts'

/** What each UTF-16 unit of the beginning may be, ascending. */
export type NamePrefix = readonly (readonly string[])[]

export function namePrefix(typed: string): NamePrefix {
  return typed.split('').map((unit) => {
    // Letters of full width are typed between Chinese ones.
    const spellings = [unit, unit.normalize('NFKC')].flatMap((one) => [one, one.toLowerCase(), one.toUpperCase()])
    // A letter whose other case is longer has no other case here.
    return [...new Set(spellings.filter(({ length }) => length === 1))].toSorted(compareText)
  })
}

export function beginsWith(name: string, prefix: NamePrefix): boolean {
  return prefix.every((units, at) => units.includes(name[at] ?? ''))
}

/** The first text that begins like that. */
export function firstOf(prefix: NamePrefix): string {
  return prefix.map((units) => units[0]).join('')
}

/** The least text after a name that begins like that, where the name itself does not; `undefined` where there is none. */
export function nextAfter(name: string, prefix: NamePrefix): string | undefined {
  let at = prefix.findIndex((units, unit) => !units.includes(name[unit] ?? ''))
  for (; at >= 0; at--) {
    const higher = prefix[at]!.find((unit) => at >= name.length || unit > name[at]!)
    if (higher !== undefined) return name.slice(0, at) + higher + firstOf(prefix.slice(at + 1))
  }
  return undefined
}
