/**
 * Merges two states of one document: a join semilattice over registers, observed-remove sets, the order status and
 * deletion. Laws, proven in `test/schemas/merge.test.ts`: commutative, associative and idempotent on everything but
 * the authority's fields; total, also on JSON that is no document, whose ill-formed pieces count as absent. `{}` is neutral.
 *
 * Registers: the newer stamp wins, equal stamps are decided by the canonical form of the value.
 * Sets: an element is there while one of its additions has not been seen by a removal (OR-set with dots; Bieniusa et
 * al., "An Optimized Conflict-free Replicated Set", 2012); of those that only grow, for ever. Deletion is a register: it wins over older edits and loses
 * to newer ones. What nobody stamped, an element or a status too, stays until something stamped says otherwise.
 */
import type { Hlc } from './brand.ts'
import { mergeErased } from './erasure.ts'
import { isMoment, isStamp, justAfter, NO_STAMP } from './hlc.ts'
import { canonicallyLarger, canonicalOrNothing, isRecord, jsonEqual, own, type Doc } from './json.ts'
import { mergeGrowingSet } from './growing-set.ts'
import { mergeSet, type Elements } from './merge-sets.ts'
import { isReplicatedField, newestEdit, notAlone, sidecarOf, type MergeSpec, type Sidecar } from './merge-spec.ts'
import { isOrderState, isRound, joinHistories, ORDER_STATES, statusOf, type OrderState } from './order-status.ts'

/**
 * @param ours the state of the side that asks
 * @param theirs the state of the side that has the say over the authority's fields
 */
export function merge(spec: MergeSpec, ours: Doc, theirs: Doc): Doc {
  const a = isRecord(ours) ? ours : {}
  const b = isRecord(theirs) ? theirs : {}
  const clockA = sidecarOf(a)
  const clockB = sidecarOf(b)
  const erased = mergeErased(spec, a, clockA, b, clockB)
  if (erased) return erased
  const out: Record<string, unknown> = {}
  assign(out, spec.key, canonicallyLarger(a[spec.key], b[spec.key]))
  for (const field of spec.immutable) assign(out, field, canonicallyLarger(a[field], b[field]))
  const s = mergeSets(spec, out, a, clockA, b, clockB)
  const h = spec.hasStatus ? mergeStatus(out, a, clockA, b, clockB) : undefined
  const d = later(deletionStamp(a, clockA), deletionStamp(b, clockB))
  for (const field of spec.authority) assign(out, field, b[field])
  const r = mergeRegisters(spec, out, a, clockA, b, clockB)
  const clock: { -readonly [K in keyof Sidecar]: Sidecar[K] } = { r }
  if (s) clock.s = s
  if (h) clock.h = h
  if (d) clock.d = d
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
  let more = 0
  for (const field in a) {
    if (!isSaid(a, field)) continue
    if (!jsonEqual(a[field], own(b, field))) return false
    more += 1
  }
  for (const field in b) if (isSaid(b, field)) more -= 1
  return more === 0
}

/** Not to be deleted goes without saying. */
function isSaid(doc: Doc, field: string): boolean {
  const value = doc[field]
  if (value === undefined || field === '__proto__') return false
  return field === '_deleted' ? Boolean(value) : isReplicatedField(field)
}

/**
 * Looks nothing up twice: reading a name that an object does not have costs as much as all the rest of a register.
 */
function mergeRegisters(
  spec: MergeSpec,
  out: Record<string, unknown>,
  a: Doc,
  clockA: Sidecar,
  b: Doc,
  clockB: Sidecar,
): Record<string, Hlc> {
  const r: Record<string, Hlc> = {}
  const others = notAlone(spec)
  const stampsA: Stamps = clockA.r
  const stampsB: Stamps = clockB.r
  const merged = (name: string) => mergeField(out, r, name, a, stampsA, b, stampsB)
  for (const name in stampsA) {
    if (others.has(name)) continue
    const stamp = stampsA[name]
    const value = b[name]
    // The common case of `mergeField`, on the spot: both sides say the same, and nothing that every object inherits.
    if (stamp === stampsB[name] && value === a[name] && typeof value !== 'function' && isStamp(stamp)) {
      r[name] = stamp
      if (value !== undefined) out[name] = value
    } else merged(name)
  }
  if (stampsB !== stampsA) for (const name in stampsB) if (!others.has(name) && own(r, name) === undefined) merged(name)
  for (const name in a) if (!others.has(name) && own(out, name) === undefined) merged(name)
  if (b !== a) for (const name in b) if (!others.has(name) && own(out, name) === undefined) merged(name)
  for (const name in spec.registers) mergeGroup(out, r, name, spec.registers[name]!, a, stampsA, b, stampsB)
  for (const name of spec.sets) newerStamp(r, name, stampsA, stampsB)
  newerStamp(r, '_deleted', stampsA, stampsB)
  return r
}

type Stamps = Readonly<Record<string, unknown>>

function mergeField(
  out: Record<string, unknown>,
  r: Record<string, Hlc>,
  field: string,
  a: Doc,
  stampsA: Stamps,
  b: Doc,
  stampsB: Stamps,
): void {
  const winner = newerStamp(r, field, stampsA, stampsB)
  const ours = own(a, field)
  const theirs = own(b, field)
  const value = winner === 0 ? canonicallyLarger(ours, theirs) : winner < 0 ? ours : theirs
  if (value !== undefined) out[field] = value
}

function mergeGroup(
  out: Record<string, unknown>,
  r: Record<string, Hlc>,
  name: string,
  fields: readonly string[],
  a: Doc,
  stampsA: Stamps,
  b: Doc,
  stampsB: Stamps,
): void {
  const winner = newerStamp(r, name, stampsA, stampsB)
  const fromA = winner < 0 || (winner === 0 && a !== b && canonicalFields(a, fields) > canonicalFields(b, fields))
  for (const field of fields) assign(out, field, own(fromA ? a : b, field))
}

/** Notes the newer of two stamps of a register; tells whose it is: below 0 the first one's, above 0 the second one's. */
function newerStamp(r: Record<string, Hlc>, name: string, stampsA: Stamps, stampsB: Stamps): number {
  const a = stampsA[name]
  const b = stampsB[name]
  if (a === b) {
    if (isStamp(a)) r[name] = a
    return 0
  }
  const stampA = isStamp(a) ? a : NO_STAMP
  const stampB = isStamp(b) ? b : NO_STAMP
  if (stampA === stampB) return 0
  r[name] = stampA > stampB ? stampA : stampB
  return stampA > stampB ? -1 : 1
}

function mergeSets(
  spec: MergeSpec,
  out: Record<string, unknown>,
  a: Doc,
  clockA: Sidecar,
  b: Doc,
  clockB: Sidecar,
): Sidecar['s'] | undefined {
  let s: Record<string, Elements> | undefined
  const dotsA: Readonly<Record<string, unknown>> = isRecord(clockA.s) ? clockA.s : {}
  const dotsB: Readonly<Record<string, unknown>> = isRecord(clockB.s) ? clockB.s : {}
  for (const field of spec.sets) {
    const join = spec.growing?.includes(field) ? mergeGrowingSet : mergeSet
    const { elements, dots } = join(a[field], dotsA[field], b[field], dotsB[field])
    out[field] = elements
    if (dots) (s ??= {})[field] = dots
  }
  return s
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

/** Fields of one register as one text, so that the sides compare as wholes. */
function canonicalFields(doc: Doc, fields: readonly string[]): string {
  return fields.map((field) => canonicalOrNothing(own(doc, field))).join('\n')
}

/** Leaves missing fields missing. */
function assign(out: Record<string, unknown>, field: string, value: unknown): void {
  if (value !== undefined) out[field] = value
}
