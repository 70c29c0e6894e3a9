/** What a merge by hand takes from a member's fields, and what taking one back leaves. Pure. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { jsonEqual, type Doc } from '../../schemas/json.ts'
import { isRegisterField } from '../../schemas/merge-spec.ts'

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

/** A document of a member with these registrations and no others. */
export function withRegistrations(doc: Doc, ids: readonly string[]): Doc {
  return {
    ...doc,
    registrations: asList(doc['registrations']).filter((one) => ids.includes((one as { id: string }).id)),
  }
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
      out[field] = left[field]
    }
  }
  return out
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
