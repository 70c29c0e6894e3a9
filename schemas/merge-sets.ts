/**
 * Observed-remove sets: an element is there while one of its additions has not been seen by a removal. What both sides
 * say alike is handed on as it is, unread further than it takes to know that it is well-formed: of two states of one
 * document nearly all is alike, and merging stands on the path of everything that is exchanged.
 */
import type { Hlc } from './brand.ts'
import { isStamp, stampWriter } from './hlc.ts'
import { isElementKey, spells } from './element-key.ts'
import { canonicalJson, isRecord, jsonEqual, own } from './json.ts'
import { dotsOf, type ElementDots } from './merge-spec.ts'

/** The dots of a set's elements by canonical JSON of the element, as a sidecar has them. */
export type Elements = Readonly<Record<string, ElementDots>>

export interface MergedSet {
  /** What stands, in the order of the canonical forms. */
  readonly elements: readonly unknown[]
  /** The dots of all elements, removed ones too; `undefined` for none. */
  readonly dots: Elements | undefined
}

/**
 * @param listA the array in the one document, whatever a stranger put there
 * @param dotsA what the sidecar of that document says of the elements, whatever a stranger put there
 */
export function mergeSet(listA: unknown, dotsA: unknown, listB: unknown, dotsB: unknown): MergedSet {
  if (isAlike(listA, dotsA, listB, dotsB)) return { elements: listA as unknown[], dots: dotsA as Elements }
  const joined = joinElements(isRecord(dotsA) ? dotsA : NONE, isRecord(dotsB) ? dotsB : NONE)
  const standing = standingElements(joined)
  const inA = takeElements(standing, joined, listA)
  const inB = takeElements(standing, joined, listB)
  const { keys, values } = standing
  for (let i = 0; i < keys.length; i++) {
    if (values[i] === undefined && isElementKey(keys[i]!)) values[i] = JSON.parse(keys[i]!) as unknown
  }
  const dots = dotsOfJoin(joined, standing)
  if (inA.length === 0 && inB.length === 0 && !values.includes(undefined)) return { elements: values, dots }
  const proven = keys.filter((_key, i) => values[i] !== undefined)
  return { elements: elementsOfKeys([...proven, ...inA, ...inB]), dots }
}

/** The elements of a set that stand, in the order of their canonical form. */
export function liveElements(elements: Elements): unknown[] {
  return elementsOfKeys(Object.keys(elements).filter((key) => isLive(elements[key]!)))
}

/** The keys of the elements in a document's array that its sidecar does not know: nobody stamped them. */
export function unstampedKeys(elements: unknown, known: Elements): string[] {
  if (!Array.isArray(elements)) return []
  return elements.map(canonicalJson).filter((key) => !Object.hasOwn(known, key))
}

export function isLive(dots: ElementDots): boolean {
  const removed = dotsOf(dots, 'x')
  return dotsOf(dots, 'a').some((dot) => !removed.some((seen) => stampWriter(seen) === stampWriter(dot) && seen >= dot))
}

/** A writer sees its own earlier dots, so its newest one stands for all of them. */
export function newestPerWriter(dots: readonly Hlc[]): Hlc[] {
  const newest = new Map<string, Hlc>()
  for (const dot of dots) {
    const writer = stampWriter(dot)
    const known = newest.get(writer)
    if (known === undefined || dot > known) newest.set(writer, dot)
  }
  return [...newest.values()].toSorted()
}

/**
 * Whether both sides say the same of a set, well-formed and in order, so that joining them would make it anew just as
 * it is; `false` also where that is not plain to see.
 */
function isAlike(listA: unknown, a: unknown, listB: unknown, b: unknown): boolean {
  if (!Array.isArray(listA) || !Array.isArray(listB) || listA.length !== listB.length) return false
  if (!isRecord(a) || !isRecord(b)) return false
  let count = 0
  let at = 0
  let before = ''
  for (const key in a) {
    count += 1
    const dots = a[key]
    if (!isSame(dots, b[key]) || !isWellFormed(dots)) return false
    if (!stands(dots)) {
      if (!isElementKey(key)) return false
      continue
    }
    if (at >= listA.length || before >= key) return false
    before = key
    const element: unknown = listA[at]
    if (!spells(key, element) || !jsonEqual(element, listB[at])) return false
    at += 1
  }
  if (at !== listA.length || count === 0) return false
  if (a !== b) for (const _key in b) count -= 1
  return a === b || count === 0
}

const NONE: Readonly<Record<string, unknown>> = {}

/** The elements of both sides, side by side; keys that are none are still among them. */
interface Join {
  readonly keys: string[]
  readonly dots: ElementDots[]
  /** The one side's dots, if they say all of it. */
  whole: Elements | undefined
}

function joinElements(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): Join {
  const keys: string[] = []
  const dots: ElementDots[] = []
  let isA = true
  for (const key in a) {
    const known = a[key]
    const joint = joinDots(known, own(b, key))
    if (joint !== known) isA = false
    if (joint === undefined) continue
    keys.push(key)
    dots.push(joint)
  }
  if (b !== a) {
    for (const key in b) {
      if (own(a, key) !== undefined) continue
      isA = false
      const joint = joinDots(undefined, b[key])
      if (joint === undefined) continue
      keys.push(key)
      dots.push(joint)
    }
  }
  return { keys, dots, whole: isA ? (a as Elements) : undefined }
}

/** The elements that stand, sorted by key, and their values as far as they have been found in the documents' arrays. */
interface Standing {
  readonly keys: string[]
  readonly values: unknown[]
}

function standingElements({ keys, dots }: Join): Standing {
  const out: string[] = []
  let isSorted = true
  for (let i = 0; i < keys.length; i++) {
    if (!stands(dots[i]!)) continue
    const key = keys[i]!
    if (out.length > 0 && out[out.length - 1]! > key) isSorted = false
    out.push(key)
  }
  if (!isSorted) out.sort()
  const values: unknown[] = []
  for (let i = 0; i < out.length; i++) values.push(undefined)
  return { keys: out, values }
}

function stands(dots: ElementDots): boolean {
  return dots.x === undefined ? dots.a.length > 0 : isLive(dots)
}

/** How many standing elements a list may skip before one of its own is looked up. */
const MAX_SKIP = 4

/** Finds the elements of a document's array among those that stand; returns the keys of those that nobody stamped. */
function takeElements({ keys, values }: Standing, joined: Join, list: unknown): readonly string[] {
  if (!Array.isArray(list)) return NO_KEYS
  let unstamped: string[] | undefined
  let known: Set<string> | undefined
  let next = 0
  for (let i = 0; i < list.length; i++) {
    const element: unknown = list[i]
    let at = next
    const end = Math.min(keys.length, next + MAX_SKIP)
    while (at < end && !isElement(keys[at]!, values[at], element)) at++
    if (at < end) {
      values[at] ??= element
      next = at + 1
      continue
    }
    known ??= new Set(joined.keys)
    const key = canonicalJson(element)
    if (!known.has(key)) (unstamped ??= []).push(key)
  }
  return unstamped ?? NO_KEYS
}

const NO_KEYS: readonly string[] = []

function isElement(key: string, found: unknown, element: unknown): boolean {
  return found === undefined ? spells(key, element) : jsonEqual(found, element)
}

function dotsOfJoin({ keys, dots, whole }: Join, { keys: standing, values }: Standing): Elements | undefined {
  if (keys.length === 0) return undefined
  const isProven = !values.includes(undefined)
  const isKey = (i: number) => {
    if (!stands(dots[i]!)) return isElementKey(keys[i]!)
    return isProven || values[standing.indexOf(keys[i]!)] !== undefined
  }
  let isWhole = whole !== undefined
  for (let i = 0; isWhole && i < keys.length; i++) isWhole = isKey(i)
  if (isWhole) return whole
  let out: Record<string, ElementDots> | undefined
  for (let i = 0; i < keys.length; i++) if (isKey(i)) (out ??= {})[keys[i]!] = dots[i]!
  return out
}

function joinDots(a: unknown, b: unknown): ElementDots | undefined {
  if (b === undefined || isSame(a, b)) {
    if (isWellFormed(a)) return a
  } else if (a === undefined && isWellFormed(b)) return b
  const added = newestPerWriter([...dotsOf(a, 'a'), ...dotsOf(b, 'a')])
  const removed = newestPerWriter([...dotsOf(a, 'x'), ...dotsOf(b, 'x')])
  if (added.length === 0 && removed.length === 0) return undefined
  return removed.length > 0 ? { a: added, x: removed } : { a: added }
}

/** Whether two elements have the same lists of dots, whatever else a stranger gave them. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  return isRecord(a) && isRecord(b) && isSameList(a['a'], b['a']) && isSameList(a['x'], b['x'])
}

function isSameList(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Whether joining an element with nothing would make it anew just as it is. */
function isWellFormed(element: unknown): element is ElementDots {
  if (!isRecord(element)) return false
  const { a, x } = element
  if (!isNormalList(a) || (x === undefined ? a.length === 0 : !isNormalList(x) || x.length === 0)) return false
  for (const key in element) if (key !== 'a' && key !== 'x') return false
  return true
}

/** Longer lists are sorted once more, which costs less than comparing all with all. */
const SHORT = 8

/** Whether a list holds stamps only, sorted, one of each writer. */
function isNormalList(list: unknown): list is readonly Hlc[] {
  if (!Array.isArray(list)) return false
  if (list.length === 1) return isStamp(list[0])
  if (list.length > SHORT) return false
  for (let i = 0; i < list.length; i++) {
    const dot: unknown = list[i]
    if (!isStamp(dot)) return false
    for (let j = 0; j < i; j++) {
      const earlier = list[j] as Hlc
      if (earlier >= dot || stampWriter(earlier) === stampWriter(dot)) return false
    }
  }
  return true
}

function elementsOfKeys(keys: readonly string[]): unknown[] {
  return [...new Set(keys)].toSorted().map((key) => JSON.parse(key) as unknown)
}
