/**
 * What other programs changed, without the server's log: rows whose watermark is new are compared with their documents
 * while the mirror writes nothing. Deleted rows are not found so, nor what was changed and overwritten in between.
 */
import { changesByDifference, type CapturedDocument } from './capture-plan.ts'
import type { StoredRow } from './compare-rows.ts'
import type { Mirror } from './mirror.ts'
import type { MirroredCollection, MirroredTable } from './mirrored-collection.ts'
import type { MysqlSession } from './mysql-session.ts'
import type { RowChange } from './reverse-rows.ts'
import { selectRowsSql } from './row-statements.ts'
import type { DocumentDifference } from './settle-documents.ts'
import { quoteName } from './table-definition.ts'

const PAGE = 500
/** A transaction may become visible so long after it has noted the time. */
const OVERLAP_S = 30

export interface WatermarkPage {
  readonly documents: readonly CapturedDocument[]
  /** The newest change of the page, as the server's time in UTC. */
  readonly watermark: string
}

export function isWatched({ mapping }: MirroredCollection): boolean {
  return mapping.some(({ direction, watermark }) => direction === 'both' && watermark !== undefined)
}

export class WatermarkReader {
  readonly #session: MysqlSession
  readonly #mirror: Pick<Mirror, 'settle'>
  readonly #collections: readonly MirroredCollection[]

  constructor(session: MysqlSession, mirror: Pick<Mirror, 'settle'>, collections: readonly MirroredCollection[]) {
    this.#session = session
    this.#mirror = mirror
    this.#collections = collections
  }

  /** @param since as `watermark` of an earlier page; from now on without it */
  async *changesSince(since: string | undefined): AsyncGenerator<WatermarkPage, void> {
    const now = await this.#now()
    const from = since ?? now
    for (const collection of this.#collections) {
      for (const [index, table] of collection.tables.entries()) {
        const { watermark, direction } = collection.mapping[index]!
        if (watermark === undefined || direction !== 'both') continue
        for await (const ids of this.#touched(table, watermark, from)) {
          // The place moves once everything has been looked at; until then what was taken is only compared again.
          yield { documents: await this.#changed(collection, ids), watermark: from }
        }
      }
    }
    yield { documents: [], watermark: now }
  }

  async #now(): Promise<string> {
    const [row] = await this.#session.rows<{ now: string }>('SELECT CAST(CURRENT_TIMESTAMP(3) AS CHAR) AS now')
    return row!.now
  }

  async *#touched(table: MirroredTable, watermark: string, from: string): AsyncGenerator<readonly string[], void> {
    const id = quoteName(table.idColumn)
    const mark = quoteName(watermark)
    const name = quoteName(table.definition.name)
    const sql =
      `SELECT DISTINCT ${id} AS id FROM ${name} WHERE ${mark} >= ? - INTERVAL ${OVERLAP_S} SECOND AND ${id} > ?` +
      ` ORDER BY ${id} LIMIT ${PAGE}`
    for (let after = ''; ;) {
      const rows = await this.#session.rows<{ id: string }>(sql, [from, after])
      if (rows.length > 0) yield rows.map((row) => row.id)
      if (rows.length < PAGE) return
      after = rows.at(-1)!.id
    }
  }

  async #changed(collection: MirroredCollection, ids: readonly string[]): Promise<readonly CapturedDocument[]> {
    const { different } = await this.#mirror.settle(collection.name, ids, false)
    const documents: CapturedDocument[] = []
    for (const difference of different) {
      const changes = changesByDifference(collection, difference, await this.#inserted(collection, difference))
      if (changes.length > 0) documents.push({ collection, id: difference.id, changes })
    }
    return documents
  }

  /** Rows that others have inserted, as their version shows. */
  async #inserted({ tables, mapping }: MirroredCollection, { id, rows }: DocumentDifference): Promise<RowChange[]> {
    const found: RowChange[] = []
    for (const [index, table] of tables.entries()) {
      const { name } = table.definition
      const isNew = rows.some((row) => row.table === name && row.kind === 'unexpected' && row.writtenAt === 0)
      if (!isNew || mapping[index]!.direction !== 'both') continue
      const stored = await this.#session.rows<StoredRow>(selectRowsSql(table, 1), [id])
      for (const row of stored) if (row['ver'] === '0') found.push({ table: name, after: row })
    }
    return found
  }
}
