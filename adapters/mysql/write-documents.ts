/**
 * Writes documents into their tables, inside a transaction of the caller. Nothing here reads back: each statement is
 * guarded by `ver`, so documents in any order and any number of times leave the newest state of each.
 */
import { chunkRows } from './chunk-rows.ts'
import type { SqlValue } from './column-value.ts'
import { hasLoneSurrogate, keyRefusal } from './exact-key.ts'
import type { MirroredCollection, MirroredTable } from './mirrored-collection.ts'
import { LONG_STATEMENT_TIMEOUT_MS, type MysqlSession } from './mysql-session.ts'
import type { PendingDocument } from './pending-document.ts'
import { clearRangeSql, clearRowsSql, deleteRowsSql, deleteStaleSql, insertSql, upsertSql } from './row-statements.ts'
import { rowVersion } from './row-version.ts'

const ID_BYTES = 512
const NUMBER_BYTES = 8

export async function writeDocuments(
  session: MysqlSession,
  term: number,
  documents: readonly PendingDocument[],
): Promise<void> {
  for (const [collection, group] of groupByCollection(documents)) {
    const live = group.filter(({ rows }) => rows !== undefined)
    if (live.length > 0) await upsertDocuments(session, term, collection, live)
    const gone = group.filter(({ rows }) => rows === undefined)
    if (gone.length > 0) await deleteDocuments(session, term, collection, gone)
  }
}

/** Writes a document in place of what is there of it, by statements that MySQL answers with the very key that is taken. */
export async function insertDocument(session: MysqlSession, term: number, document: PendingDocument): Promise<void> {
  const { collection, id } = document
  await clearDocuments(session, collection, [id])
  for (const [index, table] of collection.tables.entries()) {
    for (const chunk of chunkRows(versionedRows([document], index, term), table.columns.length + 1, rowBytes)) {
      await session.change(insertSql(table, chunk.length), flatten(chunk))
    }
  }
}

/** Takes away whatever is there of these documents. */
export async function clearDocuments(
  session: MysqlSession,
  { tables }: MirroredCollection,
  ids: readonly string[],
): Promise<void> {
  // Half a surrogate pair arrives as another character, which another document's id may have.
  const whole = ids.filter((id) => !hasLoneSurrogate(id))
  for (const chunk of chunkRows(whole, 2, () => 2 * ID_BYTES)) {
    for (const table of tables) await session.change(clearRowsSql(table, chunk.length), [...chunk, ...chunk])
  }
}

/**
 * Takes away whatever is there behind `after`, '' for all, up to `to` or to the end. MySQL and the store must agree on what that is:
 * see `is-range-end.ts`. Rows that are kept for deleted documents stay, as their documents may be gone for good; but not
 * those of `ids`, which are about to be written.
 */
export async function clearRange(
  session: MysqlSession,
  collection: MirroredCollection,
  after: string,
  to: string | undefined,
  ids: readonly string[],
): Promise<void> {
  const [own, ...others] = collection.tables
  const kept = collection.keptFlag === undefined ? undefined : { own, flag: collection.keptFlag }
  for (const table of [own, ...others]) {
    const parameters = to === undefined ? [after] : [after, to]
    const sql = clearRangeSql(table, after === '', to !== undefined, kept)
    await session.change(sql, parameters, LONG_STATEMENT_TIMEOUT_MS)
  }
  if (kept) await clearDocuments(session, collection, ids)
}

async function upsertDocuments(
  session: MysqlSession,
  term: number,
  { tables }: MirroredCollection,
  documents: readonly PendingDocument[],
): Promise<void> {
  const [own, ...others] = tables
  // First the documents' own rows: from then on their locks are held until the transaction ends.
  const allNew = await upsertRows(session, own, versionedRows(documents, 0, term))
  for (const [index, child] of others.entries()) {
    await upsertRows(session, child, versionedRows(documents, index + 1, term))
    // Lines that the document no longer has, and lines that an older state has just brought back.
    if (!allNew) await deleteStale(session, child, own, documents)
  }
}

/** @returns whether every row was new, so that its document cannot have left anything behind */
async function upsertRows(session: MysqlSession, table: MirroredTable, rows: readonly SqlValue[][]): Promise<boolean> {
  let allNew = true
  const width = table.columns.length + 1
  const sorted = rows.toSorted((a, b) => compareKeys(a, b, table.keyPlaces))
  for (const chunk of chunkRows(sorted, width, rowBytes)) {
    const { affectedRows, info } = await session.change(upsertSql(table, chunk.length), flatten(chunk))
    // 1 for a new row, 2 for a changed one, 0 for one left as it is; a single-row insert has no counts in words.
    allNew &&= affectedRows === chunk.length && (chunk.length === 1 || /Duplicates: 0\b/.test(info))
  }
  return allNew
}

async function deleteStale(
  session: MysqlSession,
  child: MirroredTable,
  own: MirroredTable,
  documents: readonly PendingDocument[],
): Promise<void> {
  for (const ids of chunkRows(sortedIds(documents), 1, () => ID_BYTES)) {
    await session.change(deleteStaleSql(child, own, ids.length), [...ids])
  }
}

/**
 * The guard lets a newer state stay. An older state that came after the deletion would be inserted again, since nothing
 * remembers the deletion; that cannot happen, because the fence lets every seq pass once and in order.
 */
async function deleteDocuments(
  session: MysqlSession,
  term: number,
  { tables }: MirroredCollection,
  documents: readonly PendingDocument[],
): Promise<void> {
  const newest = rowVersion(term, Math.max(...documents.map(({ seq }) => seq)))
  // Ids that cannot be keys have no rows, and MySQL would take another document's for theirs.
  const exact = sortedIds(documents).filter((id) => keyRefusal(id) === undefined)
  for (const ids of chunkRows(exact, 1, () => ID_BYTES)) {
    for (const table of tables) await session.change(deleteRowsSql(table, ids.length), [...ids, newest])
  }
}

function groupByCollection(documents: readonly PendingDocument[]): Map<MirroredCollection, PendingDocument[]> {
  const groups = new Map<MirroredCollection, PendingDocument[]>()
  for (const document of documents) {
    const group = groups.get(document.collection)
    if (group) group.push(document)
    else groups.set(document.collection, [document])
  }
  return groups
}

function versionedRows(documents: readonly PendingDocument[], table: number, term: number): SqlValue[][] {
  return documents.flatMap(({ rows, seq }) => {
    const version = rowVersion(term, seq)
    return (rows?.[table] ?? []).map((row) => [...row, version])
  })
}

/** Neighbours in the primary key are written together, and two writers lock in one order. */
function compareKeys(a: readonly SqlValue[], b: readonly SqlValue[], places: readonly number[]): number {
  for (const place of places) {
    const left = a[place]!
    const right = b[place]!
    if (left < right) return -1
    if (left > right) return 1
  }
  return 0
}

function sortedIds(documents: readonly PendingDocument[]): string[] {
  return documents.map(({ id }) => id).toSorted()
}

/** As `flat()`, which takes several times as long. */
function flatten(rows: readonly (readonly SqlValue[])[]): SqlValue[] {
  const values: SqlValue[] = []
  for (const row of rows) for (const value of row) values.push(value)
  return values
}

/** UTF-8 needs at most three bytes for a UTF-16 code unit. */
function rowBytes(row: readonly SqlValue[]): number {
  return row.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length * 3 : NUMBER_BYTES), 0)
}
