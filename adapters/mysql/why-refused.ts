/** Why MySQL refuses a document, and in which column, also where its answer to the upsert does not say so. */
import { failureKind, isForeignRow, refusedRow, takenKey, type RefusedRow } from './mysql-failure.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import type { MysqlSession } from './mysql-session.ts'
import type { PendingDocument } from './pending-document.ts'
import { placeholders } from './row-statements.ts'
import { insertDocument } from './write-documents.ts'

/**
 * May write: the caller goes back to its savepoint. Throws what MySQL throws when it is not well.
 *
 * @param error what it answered to the document's upsert
 */
export async function whyRefused(
  session: MysqlSession,
  term: number,
  document: PendingDocument,
  error: unknown,
): Promise<RefusedRow> {
  const { collection } = document
  const keys = collection.tables.map(({ idColumn }) => idColumn)
  const cause = isForeignRow(error, keys) ? ((await insertionError(session, term, document)) ?? error) : error
  const refused = refusedRow(cause)
  const taken = takenKey(cause)
  if (!taken || refused.column !== undefined) return refused
  return { ...refused, column: await columnsOf(session, collection, taken) }
}

async function insertionError(session: MysqlSession, term: number, document: PendingDocument): Promise<unknown> {
  try {
    await insertDocument(session, term, document)
    return undefined
  } catch (error) {
    if (failureKind(error) !== 'refused') throw error
    return error
  }
}

/** @returns `undefined` where several tables have such a key and MySQL does not say which it means */
async function columnsOf(
  session: MysqlSession,
  { tables }: MirroredCollection,
  { key, table }: { readonly key: string; readonly table: string | undefined },
): Promise<string | undefined> {
  const names = table === undefined ? tables.map(({ definition }) => definition.name) : [table]
  const rows = await session.rows<{ tableName: string; columnName: string | null }>(
    'SELECT TABLE_NAME AS tableName, COLUMN_NAME AS columnName FROM information_schema.STATISTICS' +
      ` WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME = ? AND TABLE_NAME IN (${placeholders(names.length)})` +
      ' ORDER BY TABLE_NAME, SEQ_IN_INDEX',
    [key, ...names],
  )
  if (new Set(rows.map(({ tableName }) => tableName)).size !== 1) return undefined
  return rows.map(({ columnName }) => columnName ?? 'an expression').join(', ')
}
