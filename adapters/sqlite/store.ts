/**
 * A node's store: one SQLite file, one commit sequence across all collections, one transaction for everything that
 * belongs together. RxDB reads and writes through `rx-storage.ts`; replication works on the store directly.
 */
import { randomBytes } from 'node:crypto'
import type Database from 'better-sqlite3'
import type { RxDocumentData, RxJsonSchema } from 'rxdb'
import { fillWithDefaultSettings } from 'rxdb'
import type { Epoch, Seq } from '../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { DigestLedger, type Digest } from './digest-ledger.ts'
import { documentColumns, type DocumentColumns } from './document-columns.ts'
import { DocumentTable, ROW_STATE, type RowState, type WriteContext } from './document-table.ts'
import { documentTable, documentTableName } from './layout.ts'
import { isIoError, openDatabase, storeError } from './open-database.ts'

/** The RxDB database whose collections are replicated. */
export const REPLICATED_DATABASE = 'outpost'

export interface StoreOptions {
  readonly file: string
  readonly declarations: readonly CollectionDeclaration[]
  /** Whether ordinary writes become pending: at branches, which have somebody to tell. */
  readonly tracksPending: boolean
  readonly nowMs?: () => number
  readonly newEpoch?: () => string
}

export interface StorePosition {
  readonly epoch: Epoch
  readonly seq: Seq
}

export interface Change {
  readonly table: DocumentTable
  readonly previous: Doc | undefined
  readonly doc: Doc
  readonly seq: Seq
}

export interface Commit {
  readonly changes: readonly Change[]
  /** Who wrote, as RxDB's event context. */
  readonly context: string
}

/** Writes what follows from changes; called once in each transaction that changed something. */
export type Derivation = (write: WriteContext, changes: readonly Change[]) => void

export class Store {
  readonly file: string
  readonly epoch: Epoch
  readonly declarations: readonly CollectionDeclaration[]
  readonly #db: Database.Database
  readonly #tracksPending: boolean
  readonly #nowMs: () => number
  readonly #tables = new Map<string, DocumentTable>()
  readonly #declarationByName: ReadonlyMap<string, CollectionDeclaration>
  readonly #digests: DigestLedger
  readonly #epochs: readonly { readonly epoch: Epoch; readonly firstSeq: number }[]
  readonly #listeners = new Set<(commit: Commit) => void>()
  readonly #derivations: Derivation[] = []
  readonly #statements = new Map<string, Database.Statement>()
  readonly #context: WriteContext
  #head: number
  #changes: Change[] | undefined
  #failure: unknown

  constructor(options: StoreOptions) {
    this.file = options.file
    this.declarations = options.declarations
    this.#declarationByName = new Map(options.declarations.map((d) => [d.name, d]))
    this.#tracksPending = options.tracksPending
    this.#nowMs = options.nowMs ?? Date.now
    this.#db = openDatabase(options.file)
    this.#head = this.#db.prepare('SELECT seq FROM store_head').pluck().get() as number
    this.epoch = (options.newEpoch?.() ?? randomBytes(9).toString('base64url')) as Epoch
    this.#db.prepare('INSERT INTO store_epoch VALUES (?, ?)').run(this.#head + 1, this.epoch)
    const epochs = 'SELECT epoch, first_seq AS firstSeq FROM store_epoch ORDER BY rowid'
    this.#epochs = this.#db.prepare(epochs).all() as { epoch: Epoch; firstSeq: number }[]
    this.#digests = new DigestLedger(this.#db)
    this.#context = {
      nextSeq: () => ++this.#head as Seq,
      nowMs: this.#nowMs,
      replaceHash: (key, id, from, scope, hash) => this.#digests.replace(key, id, from, scope, hash),
      noteChange: (table, previous, doc, seq) => this.#changes!.push({ table, previous, doc, seq }),
    }
    for (const declaration of options.declarations) {
      this.openTable(REPLICATED_DATABASE, declaration.name, fillWithDefaultSettings(declaration.schema))
    }
  }

  /**
   * Runs `work` as one transaction; either all of it is committed, durably, or nothing. Listeners hear of it after the
   * commit. Synchronous: nothing else can come between.
   *
   * @throws OutpostError DISK_FULL; whatever `work` throws
   */
  transaction<T>(context: string, work: (write: WriteContext) => T): T {
    if (this.#failure) throw this.#failure
    if (this.#changes) throw new Error('a transaction is open already')
    const head = this.#head
    const changes: Change[] = (this.#changes = [])
    let result: T
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      result = work(this.#context)
      const written = changes.slice()
      if (written.length > 0) for (const derive of this.#derivations) derive(this.#context, written)
      if (this.#head !== head) this.#writeHead.run(this.#head)
      this.#digests.flush()
      this.#db.exec('COMMIT')
    } catch (cause) {
      this.#rollBack(head)
      const error = storeError(cause, this.file)
      // After an input or output error nobody knows what the disk has kept: nothing more is promised.
      if (isIoError(cause)) this.#failure = error
      throw error
    } finally {
      this.#changes = undefined
    }
    if (changes.length > 0) this.#tell({ changes, context })
    return result
  }

  /** The state that an ordinary write leaves its row in. */
  get pendingState(): RowState {
    return this.#tracksPending ? ROW_STATE.dirty : ROW_STATE.clean
  }

  head(): StorePosition {
    return { epoch: this.epoch, seq: this.#head as Seq }
  }

  /** Every opening of this store with the first seq that it could write, oldest first. */
  epochs(): readonly { readonly epoch: Epoch; readonly firstSeq: number }[] {
    return this.#epochs
  }

  /** Whether a position was handed out by this store's own past. */
  knowsPosition(position: { epoch: string; seq: number }): boolean {
    const epochs = this.#epochs
    const at = epochs.findIndex(({ epoch }) => epoch === position.epoch)
    if (at < 0) return false
    const end = epochs[at + 1] ? epochs[at + 1]!.firstSeq - 1 : this.#head
    return position.seq <= end
  }

  /** Opens, and where needed makes, the table of a storage key. */
  openTable(database: string, collection: string, schema: Readonly<RxJsonSchema<RxDocumentData<Doc>>>): DocumentTable {
    const name = JSON.stringify([database, collection, schema.version])
    const open = this.#tables.get(name)
    if (open) return open
    const columns = documentColumns(schema)
    const key =
      this.#keyNumber(database, collection, schema.version) ?? this.#addTable(database, collection, schema, columns)
    const declaration = database === REPLICATED_DATABASE ? this.#declarationByName.get(collection) : undefined
    const current = declaration?.schema.version === schema.version ? declaration : undefined
    const table = new DocumentTable(this.#db, key, collection, columns, current)
    this.#tables.set(name, table)
    return table
  }

  /** Drops the table of a storage key with its attachments. */
  dropTable(database: string, collection: string, version: number): void {
    const key = this.#keyNumber(database, collection, version)
    if (key === undefined) return
    this.#tables.delete(JSON.stringify([database, collection, version]))
    this.transaction('remove', () => {
      this.#db.exec(`DROP TABLE ${documentTableName(key)}`)
      for (const table of ['attachment', 'digest'])
        this.#db.prepare(`DELETE FROM ${table} WHERE key_number = ?`).run(key)
      this.#db.prepare('DELETE FROM storage_key WHERE number = ?').run(key)
    })
    this.#digests.reload()
  }

  /** The table of a replicated collection. */
  table(collection: string): DocumentTable {
    const declaration = this.#declarationByName.get(collection)
    if (!declaration) throw new OutpostError('COLLECTION_UNKNOWN', `there is no collection "${collection}"`)
    return this.openTable(REPLICATED_DATABASE, collection, declaration.schema)
  }

  /** Documents of a collection that are neither deleted nor parked, without counting them. */
  countLive(collection: string): number {
    return this.#digests.documents(this.table(collection).key)
  }

  digest(collection: string, scope: string): Digest {
    return this.#digests.digest(this.table(collection).key, scope as never)
  }

  /** The node's plain tables live in the same file; their statements run inside `transaction` where they write. */
  prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql)
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)))
    return statement
  }

  /** Lets something follow from every write, whoever made it, in the same transaction. */
  derive(derivation: Derivation): void {
    this.#derivations.push(derivation)
  }

  /** Makes a plain table of the node unless it exists. */
  ensureTable(sql: string): void {
    this.#db.exec(sql)
  }

  readSetting(name: string): string | undefined {
    return this.#db.prepare('SELECT value FROM setting WHERE name = ?').pluck().get(name) as string | undefined
  }

  /** Call inside a transaction where it belongs to other writes. */
  writeSetting(name: string, value: string): void {
    this.#db
      .prepare('INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
      .run(name, value)
  }

  onCommit(listener: (commit: Commit) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    if (!this.#db.open) return
    this.#listeners.clear()
    this.#db.close()
  }

  /** What is committed is committed: a listener that fails is its own trouble, never the writer's. */
  #tell(commit: Commit): void {
    for (const listener of this.#listeners) {
      try {
        listener(commit)
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error))
      }
    }
  }

  #rollBack(head: number): void {
    this.#head = head
    try {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
      this.#digests.reload()
    } catch (failure) {
      // What is on disk is safe; what this process believes no longer is.
      this.#failure = storeError(failure, this.file)
    }
  }

  #keyNumber(database: string, collection: string, version: number): number | undefined {
    const sql = 'SELECT number FROM storage_key WHERE database = ? AND collection = ? AND version = ?'
    return this.#db.prepare(sql).pluck().get(database, collection, version) as number | undefined
  }

  #addTable(
    database: string,
    collection: string,
    schema: Readonly<RxJsonSchema<RxDocumentData<Doc>>>,
    columns: DocumentColumns,
  ): number {
    return this.transaction('create', () => {
      const sql = 'INSERT INTO storage_key (database, collection, version, columns) VALUES (?, ?, ?, ?)'
      const fields = JSON.stringify(columns.indexed.map(({ field }) => field))
      const number = Number(this.#db.prepare(sql).run(database, collection, schema.version, fields).lastInsertRowid)
      this.#db.exec(documentTable(number, columns.indexes, columns.indexed.length))
      return number
    })
  }

  get #writeHead(): Database.Statement {
    return (this.#writeHeadStatement ??= this.#db.prepare('UPDATE store_head SET seq = ?'))
  }
  #writeHeadStatement: Database.Statement | undefined
}
