/**
 * Merges two states of one document: a join semilattice over registers, observed-remove sets, the order status and
 * deletion. Laws, proven in `test/schemas/merge.test.ts`: commutative, associative and idempotent on everything but
 * the authority's fields; total, also on JSON that is no document, whose ill-formed pieces count as absent. `{}` is neutral.
 *
 * Registers: the newer stamp wins, equal stamps are decided by the canonical form of the value.
 * Sets: an element is there while one of its additions has not been seen by a removal (OR-set with dots; Bieniusa et
 * al., "An Optimized Conflict-free Replicated Set", 2012). Deletion is a register: it wins over older edits and loses
 * to newer ones. What nobody stamped, an element or a status too, stays until something stamped says otherwise.
 */
import type { Hlc } from './brand.ts'
import { isMoment, isStamp, justAfter, NO_STAMP, stampWriter } from './hlc.ts'
import { canonicalJson, isRecord, jsonEqual, own, type Doc } from './json.ts'
import {
  dotsOf,
  isRegisterField,
  newestEdit,
  registerOfField,
  replicatedState,
  sidecarOf,
  type ElementDots,
  type MergeSpec,
  type Sidecar,
} from './merge-spec.ts'
import { isOrderState, isRound, joinHistories, ORDER_STATES, statusOf, type OrderState } from './order-status.ts'

/**
 * @param ours the state of the side that asks
 * @param theirs the state of the side that has the say over the authority's fields
 */
export function merge(spec: MergeSpec, ours: Doc, theirs: Doc): Doc {
  const a = isRecord(ours) ? ours : {}
  const b = isRecord(theirs) ? theirs : {}
  const out: Record<string, unknown> = {}
  const clockA = sidecarOf(a)
  const clockB = sidecarOf(b)
  for (const field of [spec.key, ...spec.immutable]) assign(out, field, canonicallyLarger(a[field], b[field]))
  const r = mergeRegisters(spec, out, a, clockA, b, clockB)
  const s = mergeSets(spec, out, a, clockA, b, clockB)
  const h = spec.hasStatus ? mergeStatus(out, a, clockA, b, clockB) : undefined
  const d = later(deletionStamp(a, clockA), deletionStamp(b, clockB))
  for (const field of spec.authority) assign(out, field, b[field])
  const clock: Sidecar = { r, ...(s && { s }), ...(h && { h }), ...(d && { d }) }
  out['clock'] = clock
  out['_deleted'] = isDeleted(clock)
  return out
}

/** One write may edit and delete under one stamp; it deletes. */
export function isDeleted(clock: Sidecar): boolean {
  return clock.d !== undefined && clock.d >= newestEdit(clock)
}

/** Whether two states are the same to replication: everything but what only the local storage knows. */
export function sameState(a: Doc, b: Doc): boolean {
  return jsonEqual(withDeleted(a), withDeleted(b))
}

function withDeleted(doc: Doc): Doc {
  const state = replicatedState(doc)
  return state['_deleted'] ? state : { ...state, _deleted: undefined }
}

function mergeRegisters(
  spec: MergeSpec,
  out: Record<string, unknown>,
  a: Doc,
  clockA: Sidecar,
  b: Doc,
  clockB: Sidecar,
): Record<string, Hlc> {
  const groupOf = registerOfField(spec)
  const names = new Set<string>()
  for (const doc of [a, b]) {
    for (const field in doc) if (isRegisterField(spec, field)) names.add(groupOf.get(field) ?? field)
  }
  for (const clock of [clockA, clockB]) for (const name in clock.r) names.add(name)
  const r: Record<string, Hlc> = {}
  for (const name of names) {
    const group = Object.hasOwn(spec.registers, name) ? spec.registers[name] : undefined
    if (!group && (!isRegisterField(spec, name) || groupOf.has(name))) continue
    const fields = group ?? [name]
    const stampA = stampOf(clockA, name)
    const stampB = stampOf(clockB, name)
    const fromA = stampA === stampB ? canonicalFields(a, fields) > canonicalFields(b, fields) : stampA > stampB
    for (const field of fields) assign(out, field, own(fromA ? a : b, field))
    const stamp = stampA > stampB ? stampA : stampB
    if (stamp !== NO_STAMP) r[name] = stamp
  }
  for (const name of [...spec.sets, '_deleted']) {
    const stamp = later(stampOf(clockA, name), stampOf(clockB, name))
    if (stamp) r[name] = stamp
  }
  return r
}

function mergeSets(
  spec: MergeSpec,
  out: Record<string, unknown>,
  a: Doc,
  clockA: Sidecar,
  b: Doc,
  clockB: Sidecar,
): Sidecar['s'] | undefined {
  const s: Record<string, Record<string, ElementDots>> = {}
  for (const field of spec.sets) {
    const dotsA = elementsOf(clockA, field)
    const dotsB = elementsOf(clockB, field)
    const joined: Record<string, ElementDots> = {}
    for (const key of new Set([...Object.keys(dotsA), ...Object.keys(dotsB)])) {
      const dots = isElementKey(key) ? joinDots(own(dotsA, key), own(dotsB, key)) : undefined
      if (dots) joined[key] = dots
    }
    if (Object.keys(joined).length > 0) s[field] = joined
    out[field] = elementsOfKeys([
      ...liveKeys(joined),
      ...unstampedKeys(a[field], joined),
      ...unstampedKeys(b[field], joined),
    ])
  }
  return Object.keys(s).length > 0 ? s : undefined
}

/** The elements of a set that stand, in the order of their canonical form. */
export function liveElements(elements: Readonly<Record<string, ElementDots>>): unknown[] {
  return elementsOfKeys(liveKeys(elements))
}

/** The keys of the elements in a document's array that its sidecar does not know: nobody stamped them. */
export function unstampedKeys(elements: unknown, known: Readonly<Record<string, ElementDots>>): string[] {
  if (!Array.isArray(elements)) return []
  return elements.map(canonicalJson).filter((key) => !Object.hasOwn(known, key))
}

function liveKeys(elements: Readonly<Record<string, ElementDots>>): string[] {
  return Object.keys(elements).filter((key) => isLive(elements[key]!))
}

function elementsOfKeys(keys: readonly string[]): unknown[] {
  return [...new Set(keys)].toSorted().map((key) => JSON.parse(key) as unknown)
}

export function isLive(dots: ElementDots): boolean {
  const removed = dotsOf(dots, 'x')
  return dotsOf(dots, 'a').some((dot) => !removed.some((seen) => sameWriter(seen, dot) && seen >= dot))
}

function joinDots(a: unknown, b: unknown): ElementDots | undefined {
  const added = newestPerWriter([...dotsOf(a, 'a'), ...dotsOf(b, 'a')])
  const removed = newestPerWriter([...dotsOf(a, 'x'), ...dotsOf(b, 'x')])
  if (added.length === 0 && removed.length === 0) return undefined
  return removed.length > 0 ? { a: added, x: removed } : { a: added }
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

function mergeStatus(
  out: Record<string, unknown>,
  a: Doc,
  clockA: Sidecar,
  b: Doc,
  clockB: Sidecar,
): Sidecar['h'] | undefined {
  const h = joinHistories(clockA.h ?? {}, clockB.h ?? {})
  const derived = statusOf(h)
  const { status, round } = derived ?? laterStatus(unstampedStatus(a), unstampedStatus(b))
  out['status'] = status
  out['round'] = round
  return derived ? h : undefined
}

/** The status that a document without a history claims; whatever has a history overrules it. */
function unstampedStatus(doc: Doc): { status: OrderState; round: number } {
  const { status, round } = doc
  return isOrderState(status) && isRound(round) ? { status, round } : { status: 'created', round: 1 }
}

function laterStatus<T extends { status: OrderState; round: number }>(a: T, b: T): T {
  if (a.round !== b.round) return a.round > b.round ? a : b
  return ORDER_STATES.indexOf(a.status) > ORDER_STATES.indexOf(b.status) ? a : b
}

/** A document that says it is deleted without saying when was deleted just after its newest edit. */
function deletionStamp(doc: Doc, clock: Sidecar): Hlc | undefined {
  if (isMoment(clock.d)) return clock.d
  return doc['_deleted'] === true ? justAfter(newestEdit(clock)) : undefined
}

function later(a: Hlc | undefined, b: Hlc | undefined): Hlc | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a > b ? a : b
}

function stampOf(clock: Sidecar, name: string): Hlc {
  const stamp = own(clock.r, name)
  return isStamp(stamp) ? stamp : NO_STAMP
}

function elementsOf(clock: Sidecar, field: string): Readonly<Record<string, unknown>> {
  const elements: unknown = isRecord(clock.s) ? clock.s[field] : undefined
  return isRecord(elements) ? elements : {}
}

/** Whether a key is the canonical form of some value; others would name one element twice. */
function isElementKey(key: string): boolean {
  try {
    return canonicalJson(JSON.parse(key)) === key
  } catch {
    return false
  }
}

function canonicalFields(doc: Doc, fields: readonly string[]): string {
  return fields.length === 1
    ? canonicalOrNothing(own(doc, fields[0]!))
    : fields.map((field) => canonicalOrNothing(own(doc, field))).join('\n')
}

function canonicallyLarger(a: unknown, b: unknown): unknown {
  return canonicalOrNothing(a) > canonicalOrNothing(b) ? a : b
}

function canonicalOrNothing(value: unknown): string {
  return value === undefined ? '' : canonicalJson(value)
}

function sameWriter(a: Hlc, b: Hlc): boolean {
  return stampWriter(a) === stampWriter(b)
}

/** Leaves missing fields missing. */
function assign(out: Record<string, unknown>, field: string, value: unknown): void {
  if (value !== undefined) out[field] = value
}
