/**
 * Sets that only grow, of facts that somebody noted: nothing takes an element out. Elements are told apart by their `id`, and
 * under one id stands what was noted first, so that a note can be neither taken back nor written anew: of two
 * contents the one with the earlier stamp, one with a stamp before one that nobody stamped, then the one whose canonical
 * form comes first. An order of all elements of an id, whose least one is taken: that is what makes it a semilattice.
 */
import type { Hlc } from './brand.ts'
import { isStamp } from './hlc.ts'
import { isElementKey, spells } from './element-key.ts'
import { canonicalJson, isRecord, jsonEqual, own } from './json.ts'
import { unstampedKeys, type Elements, type MergedSet } from './merge-sets.ts'
import { dotsOf } from './merge-spec.ts'

/** As `mergeSet` of sets whose elements can be removed; an element keeps one dot, that of its first addition. */
export function mergeGrowingSet(listA: unknown, dotsA: unknown, listB: unknown, dotsB: unknown): MergedSet {
  if (isAlike(listA, dotsA, listB, dotsB)) return { elements: listA as unknown[], dots: dotsA as Elements | undefined }
  const notes = new Map<string, Note>()
  for (const dots of [dotsA, dotsB]) {
    if (!isRecord(dots)) continue
    for (const key in dots) {
      const stamp = firstStamp(dotsOf(dots[key], 'a'))
      if (stamp !== undefined && isElementKey(key)) note(notes, { key, stamp, element: JSON.parse(key) as unknown })
    }
  }
  for (const list of [listA, listB]) {
    if (!Array.isArray(list)) continue
    for (const element of list as unknown[]) {
      const known = notes.get(identityOf(element))
      if (known && jsonEqual(known.element, element)) continue
      const key = canonicalJson(element)
      note(notes, { key, stamp: undefined, element: JSON.parse(key) as unknown })
    }
  }
  const standing = [...notes.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1))
  const stamped = standing.flatMap(({ key, stamp }) => (stamp === undefined ? [] : [[key, { a: [stamp] }] as const]))
  return {
    elements: standing.map(({ element }) => element),
    dots: stamped.length > 0 ? Object.fromEntries(stamped) : undefined,
  }
}

/**
 * What a write makes of such a set: what it leaves out stays, what it says anew under an id that is there is not heard.
 *
 * @param stored the elements as merging made them, `dots` what the sidecar says of them
 */
export function addToGrowingSet(stored: unknown, dots: Elements, given: unknown, now: () => Hlc): MergedSet {
  const known = stampAll(mergeGrowingSet(stored, dots, undefined, undefined), now)
  return stampAll(mergeGrowingSet(known.elements, known.dots, given, undefined), now)
}

function stampAll({ elements, dots = {} }: MergedSet, now: () => Hlc): MergedSet {
  const unstamped = unstampedKeys(elements, dots)
  if (unstamped.length === 0) return { elements, dots }
  return { elements, dots: { ...dots, ...Object.fromEntries(unstamped.map((key) => [key, { a: [now()] }])) } }
}

interface Note {
  readonly key: string
  readonly stamp: Hlc | undefined
  readonly element: unknown
}

function note(notes: Map<string, Note>, one: Note): void {
  const id = identityOf(one.element)
  const known = notes.get(id)
  if (!known || isBefore(one, known)) notes.set(id, one)
}

function isBefore(a: Note, b: Note): boolean {
  if (a.stamp === b.stamp) return a.key < b.key
  return b.stamp === undefined || (a.stamp !== undefined && a.stamp < b.stamp)
}

/** What tells an element from others; one without an id is told by all that it says. */
function identityOf(element: unknown): string {
  const id = isRecord(element) ? own(element, 'id') : undefined
  // No JSON begins with an `i`.
  return typeof id === 'string' ? `id:${id}` : canonicalJson(element)
}

function firstStamp(stamps: readonly Hlc[]): Hlc | undefined {
  let first = stamps[0]
  for (const stamp of stamps) if (stamp < first!) first = stamp
  return first
}

/** Whether both sides say the same of a set, in the form in which merging leaves it; `false` also where that is not plain to see. */
function isAlike(listA: unknown, a: unknown, listB: unknown, b: unknown): boolean {
  if (!Array.isArray(listA) || !Array.isArray(listB) || listA.length !== listB.length) return false
  if (a === undefined || b === undefined) return a === b && listA.length === 0
  if (!isRecord(a) || !isRecord(b) || listA.length === 0) return false
  const ids = new Set<string>()
  let at = 0
  let before = ''
  for (const key in a) {
    const element: unknown = listA[at]
    if (at === listA.length || before >= key || !spells(key, element) || !jsonEqual(element, listB[at])) return false
    if (!isOneStamp(a[key]) || !jsonEqual(a[key], b[key])) return false
    ids.add(identityOf(element))
    before = key
    at += 1
  }
  for (const _key in b) at -= 1
  return at === 0 && ids.size === listA.length
}

function isOneStamp(dots: unknown): boolean {
  if (!isRecord(dots)) return false
  const { a } = dots
  return Array.isArray(a) && a.length === 1 && isStamp(a[0]) && Object.keys(dots).length === 1
}
