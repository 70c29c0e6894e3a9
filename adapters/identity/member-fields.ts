/** What a merge by hand takes from a member's fields, and what taking one back leaves. Pure. */
import { compareText } from '../../schemas/compare-text.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { merge } from '../../schemas/merge.ts'
import { canonicalJson, jsonEqual, type Doc } from '../../schemas/json.ts'
import { dotsOf, isRegisterField, sidecarOf } from '../../schemas/merge-spec.ts'

/** What people wrote into a document: no key, clock, scope or published field. */
export function plainFields({ merge: spec }: CollectionDeclaration, doc: Doc): Record<string, unknown> {
  const fields = Object.keys(doc).filter(
    (field) => isRegisterField(spec, field) || spec.sets.includes(field) || field === 'phone',
  )
  return Object.fromEntries(fields.map((field) => [field, doc[field]]))
}

/** Adds what a document lacks: elements of its sets, and fields that it does not have. */
export function withMissing({ merge: spec }: CollectionDeclaration, stored: Doc, other: Doc): Doc {
  const out: Record<string, unknown> = { ...stored }
  for (const field of Object.keys(other)) {
    if (spec.sets.includes(field)) out[field] = [...asList(stored[field]), ...asList(other[field])]
    else if (isRegisterField(spec, field)) out[field] ??= other[field]
  }
  return out
}

/** Adds the elements of another document's sets that a document lacks. */
export function withElements({ merge: spec }: CollectionDeclaration, stored: Doc, other: Doc): Doc {
  const out: Record<string, unknown> = { ...stored }
  for (const field of spec.sets) {
    const own = asList(stored[field])
    const more = asList(other[field]).filter((one) => !own.some((two) => jsonEqual(one, two)))
    if (more.length > 0) out[field] = [...own, ...more]
  }
  return out
}

/** What a document would change of what is stored: registers that are newer there, and the elements of its sets. */
export function whatWins({ merge: spec }: CollectionDeclaration, came: Doc, stored: Doc | undefined): Doc {
  const merged = merge(spec, came, stored ?? {})
  const fields = Object.keys(merged).filter(
    (field) =>
      spec.sets.includes(field) || (isRegisterField(spec, field) && !jsonEqual(merged[field], stored?.[field])),
  )
  return { [spec.key]: came[spec.key], ...Object.fromEntries(fields.map((field) => [field, merged[field]])) }
}

/** A document with what another one would change of it. */
export function withChanges({ merge: spec }: CollectionDeclaration, stored: Doc, changes: Doc): Doc {
  const out: Record<string, unknown> = { ...stored }
  for (const field of Object.keys(changes)) {
    if (spec.sets.includes(field)) out[field] = [...asList(stored[field]), ...asList(changes[field])]
    else if (isRegisterField(spec, field)) out[field] = changes[field]
  }
  return out
}

/** A document of a member with these registrations and no others. */
export function withRegistrations(doc: Doc, ids: readonly string[]): Doc {
  return {
    ...doc,
    registrations: asList(doc['registrations']).filter((one) => ids.includes((one as { id: string }).id)),
  }
}

/**
 * What a document says with some of its registrations: what was said while another one was the newest is another person's.
 * Keeps the facts of creation, and blanks what a document cannot do without.
 */
export function saidWith(
  { merge: spec }: CollectionDeclaration,
  doc: Doc,
  isTheirs: (registrationId: string) => boolean,
): Doc {
  const clock = sidecarOf(doc)
  const made = Object.entries(clock.s?.['registrations'] ?? {})
    .flatMap(([one, dots]) => dotsOf(dots, 'a').map((stamp) => ({ stamp, id: (JSON.parse(one) as { id: string }).id })))
    .toSorted((a, b) => compareText(a.stamp, b.stamp))
  if (made.every(({ id }) => isTheirs(id))) return doc
  const isWith = (stamp: string) => isTheirs((made.findLast((one) => one.stamp <= stamp) ?? made[0]!).id)
  const out: Record<string, unknown> = {}
  for (const field of [spec.key, ...spec.immutable, '_deleted']) if (field in doc) out[field] = doc[field]
  const r = Object.fromEntries(Object.entries(clock.r).filter(([, stamp]) => isWith(stamp)))
  for (const field of Object.keys(doc)) if (isRegisterField(spec, field) && field in r) out[field] = doc[field]
  const s = Object.fromEntries(
    Object.entries(clock.s ?? {}).map(([field, elements]) => [
      field,
      Object.fromEntries(Object.entries(elements).filter(([, dots]) => dotsOf(dots, 'a').some(isWith))),
    ]),
  )
  for (const field of spec.sets) {
    out[field] = asList(doc[field]).filter((one) => s[field]?.[canonicalJson(one)] !== undefined)
  }
  return { ...spec.erasure?.blank, ...out, clock: { ...clock, r, s } }
}

/** Takes off what one side of a merge brought: elements that only it had, and fields that still say what it said. */
export function withoutSide({ merge: spec }: CollectionDeclaration, stored: Doc, taken: Doc, left: Doc): Doc {
  const out: Record<string, unknown> = { ...stored }
  for (const field of Object.keys(stored)) {
    if (spec.sets.includes(field)) {
      const stays = asList(left[field])
      const goes = asList(taken[field]).filter((one) => !stays.some((other) => jsonEqual(one, other)))
      out[field] = asList(stored[field]).filter((one) => !goes.some((other) => jsonEqual(one, other)))
    } else if (isRegisterField(spec, field) && jsonEqual(stored[field], taken[field])) {
      // The other side may have been forgotten since; what a document cannot do without is blank then.
      out[field] = left[field] ?? spec.erasure?.blank[field]
    }
  }
  return out
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
