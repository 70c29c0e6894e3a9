/**
 * What a query must answer: membership by RxDB's matcher, order by its comparator. Its memory storage is no judge here,
 * since it goes by its index strings, which cut foreign types, null and long values to whatever sorts somewhere.
 */
import { getQueryMatcher, getSortComparator, type FilledMangoQuery } from 'rxdb'
import type { Schema, Stored, TestDoc } from './storage-fixture.ts'

type Query = FilledMangoQuery<TestDoc>
type Compare = (a: Stored, b: Stored) => number

export function matching(schema: Schema, query: Query, documents: readonly Stored[]): Stored[] {
  const matches = getQueryMatcher(schema, query)
  return documents.filter((document) => matches(document))
}

/** @returns what is wrong with an answer, nothing when it is right */
export function faultOf(schema: Schema, query: Query, matched: readonly Stored[], answer: readonly Stored[]) {
  const skip = query.skip ?? 0
  const expected = Math.max(0, Math.min(query.limit ?? Number.POSITIVE_INFINITY, matched.length - skip))
  if (answer.length !== expected) return `${answer.length} documents instead of ${expected}`
  const byId = new Map(matched.map((document) => [document.id, document]))
  for (const document of answer) {
    if (!byId.delete(document.id)) return `${JSON.stringify(document.id)} does not match, or comes twice`
  }
  const compare: Compare = getSortComparator<TestDoc>(schema, query)
  // Two objects of one content tie, unless they are one object, as the documents of a history may share and those that
  // were read from the disk never do.
  const apart = matched.map((document) => structuredClone(document))
  // The comparator puts missing before null; an index cannot tell them apart, and RxDB holds them for equal.
  const orders = [compare, (a: Stored, b: Stored) => compare(withoutNull(a), withoutNull(b))]
  return orders.some((order) => isInOrder(apart, answer, skip, order)) ? undefined : 'wrong order'
}

/** Whether an answer is a window of the matched documents in an order: ties may stand either way. */
function isInOrder(matched: readonly Stored[], answer: readonly Stored[], skip: number, compare: Compare): boolean {
  const before = new Map<string, number>()
  const after = new Map<string, number>()
  for (const one of matched) {
    before.set(one.id, matched.filter((other) => other !== one && compare(other, one) < 0).length)
    after.set(one.id, matched.filter((other) => other !== one && compare(other, one) > 0).length)
  }
  const ranked = matched.toSorted((a, b) => before.get(a.id)! - before.get(b.id)!)
  // The comparator holds a list with null in it for equal to null, but goes on to the next field between two nulls: such
  // documents have no order that holds together, and a sort may leave them in any.
  const isTorn = (one: Stored, other: Stored) => {
    const order = compare(one, other)
    return order > 0 || (order === 0 && before.get(one.id) !== before.get(other.id))
  }
  if (ranked.some((one, i) => ranked.slice(i + 1).some((other) => isTorn(one, other)))) return true
  return answer.every(({ id }, i) => before.get(id)! <= skip + i && skip + i < matched.length - after.get(id)!)
}

function withoutNull<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const parts = Object.entries(value).filter(([, part]) => part !== null)
  return Object.fromEntries(parts.map(([key, part]) => [key, withoutNull(part as unknown)])) as T
}
