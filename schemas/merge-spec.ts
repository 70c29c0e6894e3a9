/** How the fields of a collection merge, as data. Every field that is not named here is a register of its own. */
import { isRecord, type Doc } from './json.ts'
import type { Hlc } from './brand.ts'
import { isMoment, isStamp, NO_STAMP, withoutMark } from './hlc.ts'

export interface MergeSpec {
  /** The primary key; never merged. */
  readonly key: string
  /** Facts of creation: an edit of them is refused, and of two different ones the canonically larger stays. */
  readonly immutable: readonly string[]
  /** Fields that only make sense together, by register name. */
  readonly registers: Readonly<Record<string, readonly string[]>>
  /** Arrays that are sets of JSON values: observed-remove sets where they are not `growing`. */
  readonly sets: readonly string[]
  /** Those of the sets that only grow, whose elements are told apart by their `id`: see `growing-set.ts`. */
  readonly growing?: readonly string[]
  /** `true` for documents with `status` and `round` as in `order-status.ts`. */
  readonly hasStatus: boolean
  /**
   * Groups of fields that no write changes from `paid` on, once one of the group says something. Only writes are held: an
   * edit that was made before its writer heard of the payment still merges, whichever of the two arrives first.
   */
  readonly heldOncePaid?: readonly (readonly string[])[]
  /** Fields that only headquarters writes: replaced by the authority's, never merged, ignored on push. */
  readonly authority: readonly string[]
  /** What is left of a document that was erased; without it, its documents cannot be erased. */
  readonly erasure?: ErasureSpec
}

/** What is left of an erased document besides its key and the authority's fields. */
export interface ErasureSpec {
  /** Fields that stay: facts of creation that tell nothing about a person. */
  readonly keep: readonly string[]
  /** What the fields become that every document must have. */
  readonly blank: Readonly<Record<string, unknown>>
}

/** Dots of one set element: `a` the stamps of its additions, `x` the removed ones; one per writer in each. */
export interface ElementDots {
  readonly a: readonly Hlc[]
  readonly x?: readonly Hlc[]
}

/** What makes merging exact; travels in the document as `clock`. */
export interface Sidecar {
  /**
   * The stamp of each register; under a set's name that of the newest removal from it, under `_deleted` that of a revival
   * that changed nothing else: edits that leave no other stamp, which a deletion must exceed all the same.
   */
  readonly r: Readonly<Record<string, Hlc>>
  /** The dots of each element of each set, by canonical JSON of the element. */
  readonly s?: Readonly<Record<string, Readonly<Record<string, ElementDots>>>>
  /** When each `round:state` of the status was reached. */
  readonly h?: Readonly<Record<string, Hlc>>
  /** The newest deletion: a stamp, or the moment just after one. */
  readonly d?: Hlc
  /** When the document was erased: absorbing, no newer edit brings anything back. */
  readonly e?: Hlc
}

/** Fields of RxDB and of the storage, which are no part of the replicated document. */
const LOCAL_FIELDS: ReadonlySet<string> = new Set(['_rev', '_meta', '_attachments'])

export function isReplicatedField(field: string): boolean {
  return !LOCAL_FIELDS.has(field)
}

/** The document as it is replicated, hashed and merged: without what only the local storage knows. */
export function replicatedState(doc: Doc): Doc {
  const out: Record<string, unknown> = {}
  for (const key in doc) {
    if (!LOCAL_FIELDS.has(key) && key !== '__proto__' && doc[key] !== undefined) out[key] = doc[key]
  }
  return out
}

/** The document's sidecar; an empty one for what a stranger sent. */
export function sidecarOf(doc: Doc): Sidecar {
  const clock = doc['clock']
  return isRecord(clock) && isRecord(clock['r']) ? (clock as unknown as Sidecar) : EMPTY_SIDECAR
}

const EMPTY_SIDECAR: Sidecar = { r: {} }

/** Register name by field, computed once a specification. */
export function registerOfField(spec: MergeSpec): ReadonlyMap<string, string> {
  let map = registerMaps.get(spec)
  if (!map) {
    map = new Map(Object.entries(spec.registers).flatMap(([name, fields]) => fields.map((f) => [f, name] as const)))
    registerMaps.set(spec, map)
  }
  return map
}
const registerMaps = new WeakMap<MergeSpec, ReadonlyMap<string, string>>()

/** Whether a field takes part as a register, alone or in a group. */
export function isRegisterField(spec: MergeSpec, field: string): boolean {
  return !nonRegisters(spec).has(field)
}

/** The names that are no register of one field: fields of other roles and of groups, the groups themselves. */
export function notAlone(spec: MergeSpec): ReadonlySet<string> {
  let set = notAloneSets.get(spec)
  if (!set) {
    set = new Set([...nonRegisters(spec), ...registerOfField(spec).keys(), ...Object.keys(spec.registers)])
    notAloneSets.set(spec, set)
  }
  return set
}
const notAloneSets = new WeakMap<MergeSpec, ReadonlySet<string>>()

function nonRegisters(spec: MergeSpec): ReadonlySet<string> {
  let set = nonRegisterSets.get(spec)
  if (!set) {
    set = new Set([
      spec.key,
      'clock',
      '_deleted',
      '__proto__', // never a field: assigning it would be more than assigning
      ...LOCAL_FIELDS,
      ...spec.immutable,
      ...spec.sets,
      ...spec.authority,
      ...(spec.hasStatus ? ['status', 'round'] : []),
    ])
    nonRegisterSets.set(spec, set)
  }
  return set
}
const nonRegisterSets = new WeakMap<MergeSpec, ReadonlySet<string>>()

/** The newest stamp anywhere in the document; what a new stamp for it must exceed. */
export function newestStamp(doc: Doc): Hlc {
  const clock = sidecarOf(doc)
  const { d, e } = clock
  let newest = newestEdit(clock)
  if (isMoment(d) && withoutMark(d) > newest) newest = withoutMark(d)
  if (isStamp(e) && e > newest) newest = e
  return newest
}

/** The newest stamp of an edit: a deletion stands that is not older. */
export function newestEdit(clock: Sidecar): Hlc {
  let newest = NO_STAMP
  const see = (stamp: unknown) => {
    if (isStamp(stamp) && stamp > newest) newest = stamp
  }
  for (const name in clock.r) see(clock.r[name])
  if (isRecord(clock.h)) for (const state in clock.h) see(clock.h[state])
  if (isRecord(clock.s)) {
    for (const field in clock.s) {
      const elements = clock.s[field]
      if (!isRecord(elements)) continue
      for (const key in elements) {
        for (const dot of dotsOf(elements[key], 'a')) see(dot)
        for (const dot of dotsOf(elements[key], 'x')) see(dot)
      }
    }
  }
  return newest
}

/** The dots of an element, whatever a stranger put there. */
export function dotsOf(element: unknown, kind: 'a' | 'x'): readonly Hlc[] {
  if (!isRecord(element)) return []
  const dots = element[kind]
  return Array.isArray(dots) ? dots.filter(isStamp) : []
}
