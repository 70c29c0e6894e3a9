/**
 * Merges two states of one document: a join semilattice over registers, observed-remove sets, the order status and
 * deletion. Laws, proven in `test/schemas/merge.test.ts`: commutative, associative and idempotent on everything but
 * the authority's fields; total, also on JSON that is no document.
 *
 * Registers: the newer stamp wins, equal stamps are decided by the canonical form of the value.
 * Sets: an element is there while one of its additions has not been seen by a removal (OR-set with dots; Bieniusa et
 * al., "An Optimized Conflict-free Replicated Set", 2012). Deletion is a register: it wins over older edits and loses
 * to newer ones.
 */
import type { Hlc } from './brand.ts'
import { stampWriter } from './hlc.ts'
import { canonicalJson, isRecord, jsonEqual, type Doc } from './json.ts'
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
import { joinHistories, statusOf } from './order-status.ts'

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
  const s = mergeSets(spec, out, clockA, clockB)
  const h = spec.hasStatus ? mergeStatus(out, clockA, clockB) : undefined
  const d = later(deletionStamp(a, clockA), deletionStamp(b, clockB))
  for (const field of spec.authority) assign(out, field, b[field])
  const clock: Sidecar = { r, ...(s && { s }), ...(h && { h }), ...(d && { d }) }
  out['clock'] = clock
  out['_deleted'] = d !== undefined && d > newestEdit(clock)
  return out
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
    for (const field of fields) assign(out, field, fromA ? a[field] : b[field])
    const stamp = stampA > stampB ? stampA : stampB
    if (stamp !== '') r[name] = stamp
  }
  return r
}

function mergeSets(
  spec: MergeSpec,
  out: Record<string, unknown>,
  clockA: Sidecar,
  clockB: Sidecar,
): Sidecar['s'] | undefined {
  const s: Record<string, Record<string, ElementDots>> = {}
  for (const field of spec.sets) {
    const dotsA = elementsOf(clockA, field)
    const dotsB = elementsOf(clockB, field)
    const joined: Record<string, ElementDots> = {}
    for (const key of new Set([...Object.keys(dotsA), ...Object.keys(dotsB)])) {
      const dots = joinDots(dotsA[key], dotsB[key])
      if (dots && parseElement(key) !== undefined) joined[key] = dots
    }
    if (Object.keys(joined).length > 0) s[field] = joined
    out[field] = liveElements(joined)
  }
  return Object.keys(s).length > 0 ? s : undefined
}

/** The elements of a set that stand, in the order of their canonical form. */
export function liveElements(elements: Readonly<Record<string, ElementDots>>): unknown[] {
  return Object.keys(elements)
    .filter((key) => isLive(elements[key]!))
    .toSorted()
    .map((key) => parseElement(key)!.value)
}

export function isLive(dots: ElementDots): boolean {
  return dots.a.some((dot) => !dots.x?.some((removed) => sameWriter(removed, dot) && removed >= dot))
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

function mergeStatus(out: Record<string, unknown>, clockA: Sidecar, clockB: Sidecar): Sidecar['h'] {
  const h = joinHistories(clockA.h ?? {}, clockB.h ?? {})
  const derived = statusOf(h)
  assign(out, 'status', derived?.status ?? 'created')
  assign(out, 'round', derived?.round ?? 1)
  return derived ? h : undefined
}

/** A document that says it is deleted without saying when was deleted just after its newest edit. */
function deletionStamp(doc: Doc, clock: Sidecar): Hlc | undefined {
  if (typeof clock.d === 'string' && clock.d !== '') return clock.d
  return doc['_deleted'] === true ? (`${newestEdit(clock)}~` as Hlc) : undefined
}

function later(a: Hlc | undefined, b: Hlc | undefined): Hlc | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a > b ? a : b
}

function stampOf(clock: Sidecar, name: string): Hlc {
  const stamp: unknown = Object.hasOwn(clock.r, name) ? clock.r[name] : undefined
  return (typeof stamp === 'string' ? stamp : '') as Hlc
}

function elementsOf(clock: Sidecar, field: string): Readonly<Record<string, unknown>> {
  const elements: unknown = isRecord(clock.s) ? clock.s[field] : undefined
  return isRecord(elements) ? elements : {}
}

function parseElement(key: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(key) as unknown }
  } catch {
    return undefined
  }
}

function canonicalFields(doc: Doc, fields: readonly string[]): string {
  return fields.length === 1
    ? canonicalOrNothing(doc[fields[0]!])
    : fields.map((field) => canonicalOrNothing(doc[field])).join('\n')
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
