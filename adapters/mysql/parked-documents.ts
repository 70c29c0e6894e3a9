/** Documents that MySQL refused: parked with a reason in the transaction that passes them, cleared when they fit. */
import type { ParkedView } from '../../schemas/protocol/mirrors.ts'
import { chunkRows } from './chunk-rows.ts'
import { TEXT_LENGTH } from './column-value.ts'
import { keyName } from './exact-key.ts'
import type { MysqlSession } from './mysql-session.ts'
import { PARKED_TABLE } from './own-tables.ts'
import { placeholders } from './row-statements.ts'

/** `documentId`: one that could be taken for another's in quotes, see `exact-key.ts`. */
export type ParkedDocument = ParkedView

const TABLE = PARKED_TABLE.name
const ID_BYTES = 512

export async function parkDocument(session: MysqlSession, name: string, parked: ParkedDocument): Promise<void> {
  await session.change(
    `INSERT INTO ${TABLE} (name, collection, document_id, seq, column_name, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?)` +
      ' ON DUPLICATE KEY UPDATE seq = VALUES(seq), column_name = VALUES(column_name), reason = VALUES(reason),' +
      ' at = VALUES(at)',
    [
      name,
      parked.collection,
      keyName(parked.documentId),
      parked.seq,
      parked.column?.slice(0, TEXT_LENGTH) ?? null,
      parked.reason.slice(0, 4000),
      parked.at.replace('T', ' ').replace('Z', ''),
    ],
  )
}

export async function clearParked(
  session: MysqlSession,
  name: string,
  collection: string,
  ids: readonly string[],
): Promise<void> {
  for (const chunk of chunkRows(ids, 1, () => ID_BYTES)) {
    await session.change(
      `DELETE FROM ${TABLE} WHERE name = ? AND collection = ? AND document_id IN (${placeholders(chunk.length)})`,
      [name, collection, ...chunk.map(keyName)],
    )
  }
}

export async function countParked(session: MysqlSession, name: string): Promise<number> {
  const [row] = await session.rows<{ n: number | string }>(`SELECT COUNT(*) AS n FROM ${TABLE} WHERE name = ?`, [name])
  return Number(row?.n ?? 0)
}

/** Which of these documents are parked. */
export async function parkedAmong(
  session: MysqlSession,
  name: string,
  collection: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const parked = new Set<string>()
  for (const chunk of chunkRows(ids, 1, () => ID_BYTES)) {
    const rows = await session.rows<{ document_id: string }>(
      `SELECT document_id FROM ${TABLE} WHERE name = ? AND collection = ? AND document_id IN (${placeholders(chunk.length)})`,
      [name, collection, ...chunk.map(keyName)],
    )
    for (const { document_id } of rows) parked.add(document_id)
  }
  return new Set(ids.filter((id) => parked.has(keyName(id))))
}

/** A page in key order, after the given document. */
export async function listParked(
  session: MysqlSession,
  name: string,
  limit: number,
  after: Pick<ParkedDocument, 'collection' | 'documentId'> = { collection: '', documentId: '' },
): Promise<ParkedDocument[]> {
  const rows = await session.rows<{
    collection: string
    document_id: string
    seq: number | string
    column_name: string | null
    reason: string
    at: string
  }>(
    `SELECT collection, document_id, seq, column_name, reason, CAST(at AS CHAR) AS at FROM ${TABLE}` +
      ' WHERE name = ? AND (collection > ? OR (collection = ? AND document_id > ?))' +
      ` ORDER BY collection, document_id LIMIT ${Math.trunc(limit)}`,
    [name, after.collection, after.collection, after.documentId],
  )
  return rows.map((row) => ({
    collection: row.collection,
    documentId: row.document_id,
    seq: Number(row.seq),
    column: row.column_name ?? undefined,
    reason: row.reason,
    at: `${row.at.replace(' ', 'T')}Z`,
  }))
}
