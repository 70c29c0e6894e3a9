/** Which documents of a collection a run is about: those of a branch, or of a day. */
import type { MirroredCollection } from '../mysql/mirrored-collection.ts'
import type { MysqlSession } from '../mysql/mysql-session.ts'
import { chunkRows } from '../mysql/chunk-rows.ts'
import { renderRows } from '../mysql/render-rows.ts'
import { placeholders } from '../mysql/row-statements.ts'
import { quoteName } from '../mysql/table-definition.ts'
import { scopeOf, type CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import type { ReconcileScope } from '../../schemas/protocol/reconciliation.ts'

export interface DocumentFilter {
  matches(doc: Doc): boolean
  /** Which of these ids, of rows without a document, have a row in the first table that matches. */
  matchingRows(session: MysqlSession, ids: readonly string[]): Promise<readonly string[]>
}

const ID_BYTES = 512

/** @returns 'all' without a limit; 'none' where no document can match */
export function documentFilter(
  collection: MirroredCollection,
  declaration: CollectionDeclaration,
  { branch, date }: ReconcileScope,
): DocumentFilter | 'all' | 'none' {
  if (branch === undefined && date === undefined) return 'all'
  const [own] = collection.mapping
  const field = typeof declaration.scope === 'string' ? undefined : declaration.scope.field
  if (branch !== undefined && field === undefined) return 'none'
  const days = Object.keys(own.columns).filter((name) => DAY_KINDS.has(own.columns[name]!.type))
  if (date !== undefined && days.length === 0) return 'none'
  const places = days.map((name) => collection.tables[0].columns.indexOf(name))
  const scopeColumn = Object.keys(own.columns).find((name) => own.columns[name]!.from === field)

  const isOfDay = (doc: Doc): boolean => {
    // A deleted document is of the day that it was of: rows of it may have stayed.
    const rendering = renderRows(collection.mapping, { ...doc, _deleted: false })
    const row = rendering.ok ? rendering.rows[0]?.[0] : undefined
    return row !== undefined && places.some((place) => String(row[place]).startsWith(date!))
  }
  const conditions = [
    ...(branch === undefined ? [] : [scopeColumn === undefined ? 'FALSE' : `${quoteName(scopeColumn)} = ?`]),
    ...(date === undefined ? [] : [`(${days.map((name) => `DATE(${quoteName(name)}) = ?`).join(' OR ')})`]),
  ]
  const parameters = [
    ...(branch === undefined || scopeColumn === undefined ? [] : [branch]),
    ...(date === undefined ? [] : days.map(() => date)),
  ]
  return {
    matches: (doc) =>
      (branch === undefined || scopeOf(declaration, doc) === branch) && (date === undefined || isOfDay(doc)),
    matchingRows: async (session, ids) => {
      const { idColumn, definition } = collection.tables[0]
      const found: string[] = []
      for (const some of chunkRows(ids, 1, () => ID_BYTES)) {
        const id = quoteName(idColumn)
        const sql = `SELECT ${id} AS id FROM ${quoteName(definition.name)} WHERE ${id} IN (${placeholders(some.length)}) AND ${conditions.join(' AND ')}`
        const rows = await session.rows<{ id: string }>(sql, [...some, ...parameters])
        found.push(...rows.map((row) => row.id))
      }
      return found
    },
  }
}

/** Column types that name a day. */
const DAY_KINDS: ReadonlySet<string> = new Set(['datetime', 'date'])
