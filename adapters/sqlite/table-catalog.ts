/** Which tables of documents a store has: one for each storage key (database, collection, schema version). */
import type Database from 'better-sqlite3'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { refuseOtherLayout } from './check-layout.ts'
import type { DocumentColumns } from './document-columns.ts'
import { documentTable, documentTableName, STORE_TABLES } from './layout.ts'
import type { StatementCache } from './statement-cache.ts'

export interface StorageKey {
  readonly database: string
  readonly collection: string
  readonly version: number
}

export class TableCatalog {
  readonly #db: Database.Database
  readonly #statements: StatementCache
  readonly #tracksPending: boolean

  constructor(db: Database.Database, statements: StatementCache, tracksPending: boolean) {
    this.#db = db
    this.#statements = statements
    this.#tracksPending = tracksPending
  }

  /**
   * The number of a key's table.
   *
   * @throws OutpostError STORE_VERSION when the table has other columns than the schema asks for
   */
  find({ database, collection, version }: StorageKey, columns: DocumentColumns): number | undefined {
    const sql = 'SELECT number, columns FROM storage_key WHERE database = ? AND collection = ? AND version = ?'
    const found = this.#statements.prepare(sql).get(database, collection, version) as
      | { number: number; columns: string }
      | undefined
    if (found && found.columns !== columnsInWords(columns)) {
      const message = `the indexes of "${collection}" have changed, but its schema's version is ${version} as before`
      throw new OutpostError('STORE_VERSION', message)
    }
    if (found) {
      const made = documentTable(found.number, columns, this.#tracksPending)
      refuseOtherLayout(this.#db, `${STORE_TABLES}${made}`, 'refused')
    }
    return found?.number
  }

  /** Makes a table; its number. Call inside a transaction. */
  add({ database, collection, version }: StorageKey, columns: DocumentColumns): number {
    const sql = 'INSERT INTO storage_key (database, collection, version, columns) VALUES (?, ?, ?, ?)'
    const { lastInsertRowid } = this.#statements
      .prepare(sql)
      .run(database, collection, version, columnsInWords(columns))
    const number = Number(lastInsertRowid)
    this.#db.exec(documentTable(number, columns, this.#tracksPending))
    return number
  }

  /** Drops a table with its attachments and digests. Call inside a transaction. */
  drop(number: number): void {
    this.#db.exec(`DROP TABLE ${documentTableName(number)}`)
    for (const table of ['attachment', 'digest']) {
      this.#statements.prepare(`DELETE FROM ${table} WHERE key_number = ?`).run(number)
    }
    this.#statements.prepare('DELETE FROM storage_key WHERE number = ?').run(number)
  }

  /**
   * An older program would see none of the documents that a newer one wrote, and trade on as if there were none.
   *
   * @throws OutpostError STORE_VERSION
   */
  refuseNewerThan(database: string, { name, schema }: CollectionDeclaration): void {
    const newest = this.newest(database, name)
    if (!newest || newest.version <= schema.version) return
    const message = `the store has version ${newest.version} of "${name}", this program knows version ${schema.version}`
    throw new OutpostError('STORE_VERSION', message)
  }

  /** The table of the newest version of a collection. */
  newest(database: string, collection: string): { readonly number: number; readonly version: number } | undefined {
    const sql = `SELECT number, version FROM storage_key WHERE database = ? AND collection = ?
      ORDER BY version DESC LIMIT 1`
    return this.#statements.prepare(sql).get(database, collection) as { number: number; version: number } | undefined
  }
}

/** What a table was made for. */
function columnsInWords(columns: DocumentColumns): string {
  return JSON.stringify({ fields: columns.indexed.map(({ field, type }) => [field, type]), indexes: columns.indexes })
}
