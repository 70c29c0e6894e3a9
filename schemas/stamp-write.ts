/**
 * Stamps an ordinary write: compares the document before and after, and gives every changed register, added or removed
 * element, reached status and deletion one new stamp, so that people write plain RxDB code and never touch a clock.
 */
import type { Hlc } from './brand.ts'
import { isErased } from './erasure.ts'
import { addToGrowingSet } from './growing-set.ts'
import { NO_STAMP } from './hlc.ts'
import { canonicalJson, jsonEqual, own, type Doc } from './json.ts'
import { isDeleted, merge } from './merge.ts'
import { isLive, newestPerWriter, unstampedKeys } from './merge-sets.ts'
import {
  dotsOf,
  isRegisterField,
  isReplicatedField,
  newestStamp,
  registerOfField,
  sidecarOf,
  type ElementDots,
  type MergeSpec,
  type Sidecar,
} from './merge-spec.ts'
import {
  canMoveOrder,
  historyKey,
  isOrderState,
  isPaidOn,
  isRound,
  statusOf,
  type OrderStatus,
} from './order-status.ts'

export type StampedWrite =
  | { readonly ok: true; readonly doc: Doc; readonly changed: boolean }
  | {
      readonly ok: false
      readonly code: 'ERASED' | 'FIELD_IMMUTABLE' | 'ORDER_TRANSITION'
      readonly field: string
      readonly reason: string
    }

/**
 * @param before the stored state, a tombstone too; absent for a first insert
 * @param after the state that the application wrote; its own `clock` is ignored
 * @param nextStamp makes the stamp, which must exceed the given one; called only if something changed
 */
export function stampWrite(
  spec: MergeSpec,
  before: Doc | undefined,
  after: Doc,
  nextStamp: (exceeds: Hlc) => Hlc,
): StampedWrite {
  // What merging makes of the stored state is what other replicas see of it, whatever a stranger put into its sidecar.
  const stored = before && merge(spec, before, before)
  if (stored && isErased(stored)) return writeToErased(spec, stored, after)
  const wasDeleted = stored?.['_deleted'] === true
  const revives = wasDeleted && after['_deleted'] !== true
  const deletes = after['_deleted'] === true && !wasDeleted
  // An insert over a tombstone joins with it and a bare tombstone deletes only: what they do not say stays as it was.
  const wanted: Record<string, unknown> = revives || deletes ? { ...stored, ...after } : { ...after }
  delete wanted['__proto__']
  let stamp: Hlc | undefined
  const now = () => (stamp ??= nextStamp(stored ? newestStamp(stored) : NO_STAMP))

  const fixed = keepFixedFields(spec, stored, wanted)
  if (fixed) return fixed
  const clock = stored ? sidecarOf(stored) : { r: {} }
  const r = stampRegisters(spec, stored, wanted, clock, now)
  const s = stampSets(spec, stored, wanted, clock, r, now)
  const status = spec.hasStatus ? stampStatus(stored, wanted, clock, now) : { h: undefined }
  if ('refusal' in status) return status.refusal
  // A revived document must be newer than its deletion even where it says what it said before.
  if (revives && stamp === undefined) r['_deleted'] = now()
  // A change of a tombstone that leaves it one deletes anew, or the change would revive it.
  const d = after['_deleted'] === true && (deletes || stamp !== undefined) ? now() : clock.d
  const next: Sidecar = { r, ...(s && { s }), ...(status.h && { h: status.h }), ...(d !== undefined && { d }) }
  wanted['clock'] = next
  wanted['_deleted'] = isDeleted(next)
  return { ok: true, doc: wanted, changed: before === undefined || stamp !== undefined }
}

/** Nothing can be written to what was erased; a write that says nothing else than what is left passes as none. */
function writeToErased(spec: MergeSpec, stored: Doc, after: Doc): StampedWrite {
  for (const field in after) {
    const isOwnSay = field !== 'clock' && isReplicatedField(field) && !spec.authority.includes(field)
    if (isOwnSay && after[field] !== undefined && !jsonEqual(own(after, field), own(stored, field))) {
      return { ok: false, code: 'ERASED', field, reason: 'the document was erased for good and takes no write' }
    }
  }
  if (after['_deleted'] !== true) {
    const reason = 'the document was erased for good and cannot be revived'
    return { ok: false, code: 'ERASED', field: '_deleted', reason }
  }
  const doc: Record<string, unknown> = { ...after, ...stored }
  delete doc['__proto__']
  for (const field of spec.authority) restore(doc, field, stored[field])
  return { ok: true, doc, changed: false }
}

/** Facts of creation and the authority's fields stay as stored; an edit of the former is refused. */
function keepFixedFields(
  spec: MergeSpec,
  before: Doc | undefined,
  wanted: Record<string, unknown>,
): Extract<StampedWrite, { ok: false }> | undefined {
  for (const field of before ? spec.immutable : []) {
    if (wanted[field] === undefined || wanted[field] === before?.[field]) restore(wanted, field, before?.[field])
    else if (!jsonEqual(wanted[field], before?.[field])) {
      return { ok: false, code: 'FIELD_IMMUTABLE', field, reason: `${field} is a fact of creation and cannot change` }
    }
  }
  for (const field of before ? fieldsHeldOncePaid(spec, before) : []) {
    if (wanted[field] === undefined) restore(wanted, field, before![field])
    else if (!jsonEqual(wanted[field], before![field])) {
      return { ok: false, code: 'FIELD_IMMUTABLE', field, reason: `${field} of an order cannot change once it is paid` }
    }
  }
  for (const field of spec.authority) restore(wanted, field, before?.[field])
  return undefined
}

/** The fields that no write changes any more, since the order is paid. Where none of a group was told, they still may be. */
export function fieldsHeldOncePaid(spec: MergeSpec, stored: Doc): readonly string[] {
  if (!spec.hasStatus || !isPaidOn(stored['status'])) return []
  return (spec.heldOncePaid ?? []).filter((group) => group.some((field) => stored[field] !== undefined)).flat()
}

function restore(doc: Record<string, unknown>, field: string, value: unknown): void {
  if (value === undefined) delete doc[field]
  else doc[field] = value
}

function stampRegisters(
  spec: MergeSpec,
  before: Doc | undefined,
  wanted: Doc,
  clock: Sidecar,
  now: () => Hlc,
): Record<string, Hlc> {
  const groupOf = registerOfField(spec)
  const r: Record<string, Hlc> = { ...clock.r }
  const names = new Set<string>()
  for (const doc of before ? [before, wanted] : [wanted]) {
    for (const field in doc) if (isRegisterField(spec, field)) names.add(groupOf.get(field) ?? field)
  }
  for (const name of names) {
    const fields = Object.hasOwn(spec.registers, name) ? spec.registers[name]! : [name]
    const said = fields.some((field) => own(wanted, field) !== undefined)
    const changed = fields.some((field) => !jsonEqual(before && own(before, field), own(wanted, field)))
    if (changed || (!Object.hasOwn(r, name) && said)) r[name] = now()
  }
  return r
}

function stampSets(
  spec: MergeSpec,
  before: Doc | undefined,
  wanted: Record<string, unknown>,
  clock: Sidecar,
  r: Record<string, Hlc>,
  now: () => Hlc,
): Sidecar['s'] | undefined {
  const s: Record<string, Readonly<Record<string, ElementDots>>> = {}
  for (const field of spec.sets) {
    const old: Readonly<Record<string, ElementDots>> = clock.s?.[field] ?? {}
    const given = wanted[field] ?? before?.[field]
    if (before && isUntouched(before[field], old, given)) {
      if (clock.s?.[field]) s[field] = old
      wanted[field] = before[field]
      continue
    }
    if (spec.growing?.includes(field)) {
      const { elements, dots = {} } = addToGrowingSet(before?.[field], old, given, now)
      if (Object.keys(dots).length > 0) s[field] = dots
      wanted[field] = elements
      continue
    }
    const elements = Array.isArray(given) ? (given as unknown[]) : []
    const keys = new Set(elements.map(canonicalJson))
    const next: Record<string, ElementDots> = { ...old }
    for (const key of keys) if (!old[key] || !isLive(old[key])) next[key] = added(old[key], now())
    const gone = [
      ...Object.keys(old).filter((key) => isLive(old[key]!)),
      ...unstampedKeys(before?.[field], old), // what nobody added is removed as if it had been added now
    ].filter((key) => !keys.has(key))
    for (const key of gone) next[key] = removed(old[key] ?? added(undefined, now()))
    // The dots of a removal are those that it has seen, none of its own: a deletion has to exceed this stamp.
    if (gone.length > 0) r[field] = now()
    if (Object.keys(next).length > 0) s[field] = next
    wanted[field] = [...keys].toSorted().map((key) => JSON.parse(key) as unknown)
  }
  return Object.keys(s).length > 0 ? s : undefined
}

/**
 * Whether a write leaves a set as it is, and nothing in it is without a stamp, which any write would give it.
 * @param stored the elements as merging made them: those that stand, and those that nobody stamped
 */
function isUntouched(stored: unknown, known: Readonly<Record<string, ElementDots>>, given: unknown): boolean {
  if (!Array.isArray(stored) || !jsonEqual(stored, given)) return false
  let standing = 0
  for (const key in known) if (isLive(known[key]!)) standing += 1
  return standing === stored.length
}

function added(dots: ElementDots | undefined, stamp: Hlc): ElementDots {
  return { ...dots, a: newestPerWriter([...dotsOf(dots, 'a'), stamp]) }
}

/** A removal takes the additions that it has seen. */
function removed(dots: ElementDots): ElementDots {
  return { a: dots.a, x: newestPerWriter([...dotsOf(dots, 'x'), ...dots.a]) }
}

function stampStatus(
  before: Doc | undefined,
  wanted: Record<string, unknown>,
  clock: Sidecar,
  now: () => Hlc,
): { h: Sidecar['h'] } | { refusal: Extract<StampedWrite, { ok: false }> } {
  const h: Record<string, Hlc> = { ...clock.h }
  const from = before && { status: before['status'] as OrderStatus, round: before['round'] as number }
  const status = (wanted['status'] ?? from?.status ?? 'created') as OrderStatus
  const round = (wanted['round'] ?? from?.round ?? 1) as number
  const stays = from?.status === status && from.round === round
  if (stays && statusOf(h)) {
    wanted['status'] = status
    wanted['round'] = round
    return { h }
  }
  if (!isOrderState(status) || !isRound(round) || (from && !stays && !canMoveOrder(from, { status, round }))) {
    const was = from ? `${from.status} (round ${from.round})` : 'new'
    // What is no status, or no round, may be anything: it is not repeated.
    const to = `${isOrderState(status) ? status : 'no known status'} (${isRound(round) ? `round ${round}` : 'no round'})`
    const reason = `an order cannot go from ${was} to ${to}`
    return { refusal: { ok: false, code: 'ORDER_TRANSITION', field: 'status', reason } }
  }
  h[historyKey(round, status)] = now()
  wanted['status'] = status
  wanted['round'] = round
  return { h }
}
