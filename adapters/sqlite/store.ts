/**
 * A node's store: one SQLite file, one commit sequence across all collections, one transaction for everything that
 * belongs together. RxDB reads and writes through `rx-storage.ts`; replication works on the store directly. Long, since
 * everything here shares the one transaction and its sequence.
 */
import { randomBytes } from 'node:crypto'
import type Database from 'better-sqlite3'
import type { RxDocumentData, RxJsonSchema } from 'rxdb'
import { fillWithDefaultSettings } from 'rxdb'
import type { Epoch, Seq } from '../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { StatusError } from '../../schemas/protocol/status.ts'
import { AttachmentTable } from './attachment-table.ts'
import { refuseOtherLayout } from './check-layout.ts'
import { copyDatabase, type PaceCopy } from './copy-database.ts'
import { DigestLedger, type Digest } from './digest-ledger.ts'
import { DocumentCache } from './document-cache.ts'
import { documentColumns } from './document-columns.ts'
import { ROW_STATE, type DocumentRow, type RowState } from './document-row.ts'
import { DocumentTable, type Change, type WriteContext } from './document-table.ts'
import { REPLICATED_DATABASE } from './layout.ts'
import { readNewestSeq } from './newest-seq.ts'
import { openDatabase, storeError } from './open-database.ts'
import { StatementCache } from './statement-cache.ts'
import { StoreHealth } from './store-health.ts'
import { TableCatalog } from './table-catalog.ts'
import { outdatedTables, upgradeTable, type UpgradeProgress } from './upgrade-tables.ts'

export interface StoreOptions {
  readonly file: string
  /** The replicated collections; none where the store only serves RxDB. */
  readonly declarations?: readonly CollectionDeclaration[]
  /** Whether ordinary writes become pending: at branches, which have somebody to tell. A store stays what it was made as. */
  readonly tracksPending?: boolean
  /** How much JSON of documents stays parsed in memory, UTF-16 code units; 0 for none. */
  readonly cacheLength?: number
  readonly nowMs?: () => number
  readonly newEpoch?: () => string
  /** Hears how far the documents of an older program are brought to this one's schemas, which can take minutes. */
  readonly onUpgrade?: (progress: UpgradeProgress) => void
}

export interface StorePosition {
  readonly epoch: Epoch
  readonly seq: Seq
}

export interface Commit {
  readonly changes: readonly Change[]
  /** Who wrote, as RxDB's event context. */
  readonly context: string
}

/** Writes what follows from changes; called once in each transaction that changed something, in the order of registration. */
export type Derivation = (write: WriteContext, changes: readonly Change[]) => void

export class Store {
  readonly file: string
  readonly epoch: Epoch
  readonly declarations: readonly CollectionDeclaration[]
  readonly #db: Database.Database
  readonly #tracksPending: boolean
  #nowMs: () => number
  readonly #tables = new Map<string, DocumentTable>()
  readonly #replicated = new Map<string, DocumentTable>()
  readonly #declarationByName: ReadonlyMap<string, CollectionDeclaration>
  readonly #digests: DigestLedger
  readonly #epochs: readonly { readonly epoch: Epoch; readonly firstSeq: number }[]
  readonly #listeners = new Set<(commit: Commit) => void>()
  readonly #derivations: Derivation[] = []
  readonly #health: StoreHealth
  readonly #statements: StatementCache
  readonly #catalog: TableCatalog
  readonly #attachments: AttachmentTable
  readonly #cache: DocumentCache
  readonly #context: WriteContext
  /** The newest seq; `newest-seq.ts` says where it comes from when the store is opened. */
  #head: number
  #changes: Change[] | undefined
  readonly #untold: Commit[] = []

  constructor(options: StoreOptions) {
    this.file = options.file
    this.declarations = options.declarations ?? []
    this.#declarationByName = new Map(this.declarations.map((d) => [d.name, d]))
    this.#tracksPending = options.tracksPending ?? false
    this.#nowMs = options.nowMs ?? Date.now
    this.#db = openDatabase(options.file)
    this.#cache = new DocumentCache(options.cacheLength ?? CACHE_LENGTH)
    this.#health = new StoreHealth(this.file, () => this.#nowMs())
    this.#statements = new StatementCache(this.#db)
    this.#catalog = new TableCatalog(this.#db, this.#statements, this.#tracksPending)
    this.epoch = (options.newEpoch?.() ?? randomBytes(9).toString('base64url')) as Epoch
    this.#context = {
      nextSeq: () => ++this.#head as Seq,
      nowMs: () => this.#nowMs(),
      replaceHash: (key, id, from, to) => this.#digests.replace(key, id, from, to),
      noteChange: (change) => void this.#changes!.push(change),
    }
    try {
      this.#attachments = new AttachmentTable(this.#db)
      this.#digests = new DigestLedger(this.#db)
      this.#head = readNewestSeq(this.#db)
      this.#cache.committed(this.#head)
      this.#ensureKind()
      this.#upgrade(options.onUpgrade)
      for (const { name } of this.declarations) this.table(name)
      this.#epochs = this.#openEpoch()
    } catch (cause) {
      this.#db.close()
      throw storeError(cause, this.file)
    }
  }

  /** Runs `work` in the transaction that is open, or in one of its own: for what is written alone or with something else. */
  join<T>(context: string, work: () => T): T {
    return this.#changes ? work() : this.transaction(context, work)
  }

  /**
   * Runs `work` as one transaction; either all of it is committed, durably, or nothing. Listeners hear of it after the
   * commit. Synchronous: nothing else can come between.
   *
   * @param inspect sees everything that is about to be committed, what was derived too; what it throws takes all of it back
   * @throws OutpostError DISK_FULL; whatever `work` or `inspect` throws
   */
  transaction<T>(
    context: string,
    work: (write: WriteContext) => T,
    inspect?: (result: T, changes: readonly Change[]) => void,
  ): T {
    this.#health.ensureWritable()
    if (!this.#db.open) throw new Error(`${this.file} is closed`)
    if (this.#changes) throw new Error('a transaction is open already')
    const head = this.#head
    const changes: Change[] = (this.#changes = [])
    let result: T
    try {
      this.#begin.run()
      result = work(this.#context)
      // Each sees what those before it have written; its own writes are its own business.
      if (changes.length > 0) for (const derive of this.#derivations) derive(this.#context, changes.slice())
      inspect?.(result, changes)
      // The row of a change says itself how far the sequence has come.
      if (this.#head !== head && this.#head !== changes.at(-1)?.seq) this.#keepHead()
      this.#digests.flush()
      this.#commit.run()
    } catch (cause) {
      this.#rollBack(head)
      throw this.#health.note(cause)
    } finally {
      this.#changes = undefined
    }
    this.#digests.committed()
    this.#cache.committed(this.#head)
    this.#health.committed(this.#db)
    for (const { seq, doc, length } of changes) this.#cache.set(seq, doc, length)
    if (changes.length > 0) this.#tell({ changes, context })
    return result
  }

  /**
   * Runs a read outside of a transaction.
   *
   * @throws OutpostError DISK_FAILED, STORE_INVALID: no write is taken afterwards
   */
  read<T>(work: () => T): T {
    try {
      return work()
    } catch (cause) {
      throw this.#health.note(cause)
    }
  }

  /** From now on times are told by what the node knows of the time: the clock of a PC may be years off. */
  followClock(nowMs: () => number): void {
    this.#nowMs = nowMs
  }

  /** What is wrong with the disk or the file since the last write that succeeded. */
  get trouble(): StatusError | undefined {
    return this.#health.trouble
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
    const storageKey = { database, collection, version: schema.version }
    const key =
      this.#catalog.find(storageKey, columns) ??
      this.transaction('create', () => this.#catalog.add(storageKey, columns))
    const declaration = database === REPLICATED_DATABASE ? this.#declarationByName.get(collection) : undefined
    const current = declaration?.schema.version === schema.version ? declaration : undefined
    const parts = { db: this.#db, key, name: collection, columns, cache: this.#cache, attachments: this.#attachments }
    const table = new DocumentTable({ ...parts, declaration: current })
    this.#tables.set(name, table)
    return table
  }

  /** Drops a table with its attachments, unless that has been done; everybody who holds it can tell. */
  dropTable(table: DocumentTable): void {
    if (table.isDropped) return
    this.transaction('remove', () => {
      this.#keepHead()
      this.#catalog.drop(table.key)
    })
    table.isDropped = true
    for (const tables of [this.#tables, this.#replicated]) {
      for (const [name, open] of tables) if (open === table) tables.delete(name)
    }
    this.#digests.forget(table.key)
  }

  /**
   * Deletes up to `limit` tombstones of a table that were written at `lwt` or before; how many it was.
   *
   * @param lwt ms since 1970, as in `_meta.lwt`
   */
  purgeTombstones(table: DocumentTable, lwt: number, limit: number): number {
    return this.transaction('cleanup', () => {
      // The newest row may be among them.
      this.#keepHead()
      return table.purgeTombstones(lwt, limit)
    })
  }

  /**
   * Deletes tombstones of a replicated table up to a seq.
   *
   * @param keep notes what is to be remembered of one; false leaves it
   * @returns how many it was, `limit` at most
   */
  purge(table: DocumentTable, upTo: number, limit: number, keep: (row: DocumentRow) => boolean): number {
    return this.transaction('purge', () => {
      // The newest row may be among them.
      this.#keepHead()
      const gone = table.tombstonesUpTo(upTo, limit).filter(keep)
      for (const row of gone) table.drop(row)
      return gone.length
    })
  }

  /** The table of a replicated collection. */
  table(collection: string): DocumentTable {
    const open = this.#replicated.get(collection)
    if (open) return open
    const declaration = this.#declarationByName.get(collection)
    if (!declaration) throw new OutpostError('COLLECTION_UNKNOWN', `there is no collection "${collection}"`)
    const table = this.openTable(REPLICATED_DATABASE, collection, fillWithDefaultSettings(declaration.schema))
    this.#replicated.set(collection, table)
    return table
  }

  /** Documents of a collection that are neither deleted nor parked, without counting them. */
  countLive(collection: string): number {
    return this.#digests.documents(this.table(collection).key)
  }

  digest(collection: string, scope: string): Digest {
    return this.#digests.digest(this.table(collection).key, scope)
  }

  /** The parts of a digest: documents are spread over them by their ids, alike in every store. */
  digestBuckets(collection: string, scope: string): (Digest & { readonly number: number })[] {
    return this.#digests.buckets(this.table(collection).key, scope)
  }

  /** The node's plain tables live in the same file; their statements run inside `transaction` where they write. */
  prepare(sql: string): Database.Statement {
    return this.#statements.prepare(sql)
  }

  /** Lets something follow from every write, whoever made it, in the same transaction. */
  derive(derivation: Derivation): void {
    this.#derivations.push(derivation)
  }

  /**
   * Makes a plain table of the node unless it exists.
   *
   * @throws OutpostError STORE_VERSION where it exists and is another one
   */
  ensureTable(sql: string): void {
    refuseOtherLayout(this.#db, sql, 'made')
    this.#db.exec(sql)
  }

  readSetting(name: string): string | undefined {
    return this.#statements.preparePlucked('SELECT value FROM setting WHERE name = ?').get(name) as string | undefined
  }

  /** Call inside a transaction where it belongs to other writes. */
  writeSetting(name: string, value: string): void {
    this.prepare('INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(name, value)
  }

  onCommit(listener: (commit: Commit) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** SQLite's online backup; `backup.ts` makes a whole backup of it. End it before the store is closed. */
  copyTo(file: string, pace: PaceCopy): Promise<void> {
    return copyDatabase(this.#db, file, pace)
  }

  close(): void {
    if (!this.#db.open) return
    this.#listeners.clear()
    this.#db.close()
  }

  /**
   * What is committed is committed: a listener that fails is its own trouble, never the writer's. One that commits again
   * is heard of after everybody has heard of what it was told, so that all hear in the order of commits.
   */
  #tell(commit: Commit): void {
    this.#untold.push(commit)
    if (this.#untold.length > 1) return
    for (let next = this.#untold[0]; next; next = this.#untold[0]) {
      for (const listener of this.#listeners) {
        try {
          listener(next)
        } catch (error) {
          process.emitWarning(error instanceof Error ? error : String(error))
        }
      }
      this.#untold.shift()
    }
  }

  #rollBack(head: number): void {
    this.#head = head
    try {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
      this.#digests.rolledBack()
    } catch (failure) {
      this.#health.endWrites(failure)
    }
  }

  /** All collections in one transaction, so that a store is of the older program or of this one, whenever it is stopped. */
  #upgrade(onProgress: StoreOptions['onUpgrade']): void {
    const outdated = outdatedTables(this.#catalog, this.declarations)
    if (outdated.length === 0) return
    const parts = { db: this.#db, statements: this.#statements, catalog: this.#catalog, digests: this.#digests }
    this.transaction('upgrade', () => {
      this.#keepHead()
      for (const one of outdated) upgradeTable(one, { ...parts, onProgress })
    })
    for (const { number } of outdated) this.#digests.forget(number)
  }

  /** @returns all of them, this one last */
  #openEpoch(): readonly { readonly epoch: Epoch; readonly firstSeq: number }[] {
    this.prepare('INSERT INTO store_epoch VALUES (?, ?)').run(this.#head + 1, this.epoch)
    const sql = 'SELECT epoch, first_seq AS firstSeq FROM store_epoch ORDER BY rowid'
    return this.prepare(sql).all() as { epoch: Epoch; firstSeq: number }[]
  }

  #keepHead(): void {
    this.prepare('UPDATE store_head SET seq = ?').run(this.#head)
  }

  /** A branch's tables and headquarters' have different indexes, and one would make nothing of the other's documents. */
  #ensureKind(): void {
    const kind = this.#tracksPending ? 'branch' : 'headquarters'
    const made = this.readSetting('store kind')
    if (made === undefined) this.writeSetting('store kind', kind)
    else if (made !== kind) {
      throw new OutpostError('STORE_KIND', `${this.file} is the store of a ${made} node, this is a ${kind} node`)
    }
  }

  get #begin(): Database.Statement {
    return this.prepare('BEGIN IMMEDIATE')
  }

  get #commit(): Database.Statement {
    return this.prepare('COMMIT')
  }
}

/** About 40,000 orders of 0.8 kB of JSON, which take some 50 MB. */
const CACHE_LENGTH = 32 * 2 ** 20
