/** RxDB's queries on a table: what SQL decides exactly is left to it, the rest to RxDB's own matcher and comparator. */
import {
  getQueryMatcher,
  getSortComparator,
  type FilledMangoQuery,
  type RxDocumentData,
  type RxJsonSchema,
  type RxStorageCountResult,
} from 'rxdb'
import type { Doc } from '../../schemas/json.ts'
import type { DocumentTable } from './document-table.ts'
import { selectorToSql, sortToSql } from './mango-to-sql.ts'

type DocData = RxDocumentData<Doc>
type Schema = Readonly<RxJsonSchema<DocData>>
type Query = FilledMangoQuery<Doc>

/** Of this, by id: the plus keeps SQLite from collecting and sorting all of it, so that it walks along the ids instead. */
const EVERYTHING_THERE = 'deleted = ?'

export function queryDocuments(table: DocumentTable, schema: Schema, query: Query): DocData[] {
  const { where: condition, parameters, exact } = selectorToSql(query.selector, table.columns)
  const orderBy = sortToSql(query.sort, table.columns)
  const where = condition === EVERYTHING_THERE && orderBy?.startsWith('id') ? `+${condition}` : condition
  const skip = query.skip ?? 0
  const limit = query.limit ?? Number.POSITIVE_INFINITY
  const isLimited = Number.isSafeInteger(limit)
  if (exact && orderBy !== undefined) {
    const isBounded = skip > 0 || isLimited
    const tail = isBounded ? `ORDER BY ${orderBy} LIMIT ? OFFSET ?` : `ORDER BY ${orderBy}`
    const bounds = isBounded ? [isLimited ? limit : -1, skip] : []
    return table.select(where, tail, [...parameters, ...bounds]) as DocData[]
  }
  const matches = exact ? () => true : getQueryMatcher(schema, query as never)
  const found: DocData[] = []
  if (orderBy !== undefined) {
    // In the order that is asked for, so the search may stop as soon as there is enough.
    let left = skip
    if (limit === 0) return found
    for (const doc of table.iterate(where, `ORDER BY ${orderBy}`, parameters)) {
      if (!matches(doc as never) || left-- > 0) continue
      found.push(doc as DocData)
      if (found.length >= limit) break
    }
    return found
  }
  for (const doc of table.iterate(where, '', parameters)) if (matches(doc as never)) found.push(doc as DocData)
  found.sort(getSortComparator(schema, query as never) as never)
  return skip === 0 && limit >= found.length ? found : found.slice(skip, skip + limit)
}

/** `slow` where the matcher has to look at documents: RxDB asks people to allow that. */
export function countDocuments(table: DocumentTable, schema: Schema, query: Query): RxStorageCountResult {
  const { where, parameters, exact } = selectorToSql(query.selector, table.columns)
  if (exact) {
    const all = table.count(where, parameters)
    const count = Math.min(Math.max(0, all - (query.skip ?? 0)), query.limit ?? Number.POSITIVE_INFINITY)
    return { count, mode: 'fast' }
  }
  return { count: queryDocuments(table, schema, query).length, mode: 'slow' }
}
