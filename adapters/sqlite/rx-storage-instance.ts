/** One collection of RxDB on the store. */
import type {
  BulkWriteRow,
  PreparedQuery,
  RxDocumentData,
  RxJsonSchema,
  RxStorageBulkWriteResponse,
  RxStorageCountResult,
  RxStorageInstance,
  RxStorageInstanceCreationParams,
  RxStorageQueryResult,
} from 'rxdb'
import { now } from 'rxdb/plugins/utils'
import { Subject, type Observable } from 'rxjs'
import type { Doc } from '../../schemas/json.ts'
import { ROW_STATE } from './document-row.ts'
import type { Change, DocumentTable } from './document-table.ts'
import { toEventBulk, type SeqCheckpoint, type SqliteEventBulk } from './event-bulk.ts'
import type { GroupCommit } from './group-commit.ts'
import { readAttachments, writeRows } from './rx-bulk-write.ts'
import { countDocuments, queryDocuments } from './rx-query.ts'
import type { Commit, Store } from './store.ts'

type Params = RxStorageInstanceCreationParams<Doc, Record<string, never>>
type DocData = RxDocumentData<Doc>

/** How many tombstones one call of `cleanup` deletes at most. */
const CLEANUP_BATCH = 1000

export class RxStorageInstanceSqlite implements RxStorageInstance<Doc, Store, Record<string, never>, SeqCheckpoint> {
  readonly databaseName: string
  readonly collectionName: string
  readonly schema: Readonly<RxJsonSchema<DocData>>
  readonly internals: Store
  readonly options: Readonly<Record<string, never>>
  readonly #commits: GroupCommit
  readonly #table: DocumentTable
  readonly #changes = new Subject<SqliteEventBulk>()
  readonly #unsubscribe: () => void
  readonly #running = new Set<Promise<unknown>>()
  #closed: Promise<void> | undefined

  constructor(store: Store, commits: GroupCommit, params: Params) {
    this.databaseName = params.databaseName
    this.collectionName = params.collectionName
    this.schema = params.schema
    this.internals = store
    this.options = params.options
    this.#commits = commits
    this.#table = store.openTable(params.databaseName, params.collectionName, params.schema)
    this.#unsubscribe = store.onCommit((commit) => this.#tell(commit))
  }

  async bulkWrite(rows: BulkWriteRow<Doc>[], context: string): Promise<RxStorageBulkWriteResponse<Doc>> {
    this.#ensureOpen()
    const attachments = this.#table.columns.hasAttachments ? readAttachments(rows) : undefined
    const state = this.#table.declaration ? this.internals.pendingState : ROW_STATE.clean
    const options = { state, origin: '', writer: this }
    const write = async () => {
      const data = await attachments
      return this.#commits.run(context, (transaction) => {
        this.#ensureThere()
        return writeRows({ instance: this, table: this.#table, transaction, rows, context, data, options })
      })
    }
    return { error: await this.#track(write()) }
  }

  async findDocumentsById(ids: string[], withDeleted: boolean): Promise<DocData[]> {
    this.#ensureOpen()
    return this.internals.read(() => {
      const docs = ids.map((id) => this.#table.get(id) as DocData | undefined)
      return docs.filter((doc) => doc !== undefined && (withDeleted || !doc._deleted)) as DocData[]
    })
  }

  async query(prepared: PreparedQuery<Doc>): Promise<RxStorageQueryResult<Doc>> {
    this.#ensureOpen()
    return { documents: this.internals.read(() => queryDocuments(this.#table, this.schema, prepared.query)) }
  }

  async count(prepared: PreparedQuery<Doc>): Promise<RxStorageCountResult> {
    this.#ensureOpen()
    return this.internals.read(() => countDocuments(this.#table, this.schema, prepared.query))
  }

  /** By commit sequence, never by time: a clock that jumps back hides no write. */
  async getChangedDocumentsSince(
    limit: number,
    checkpoint?: SeqCheckpoint,
  ): Promise<{ documents: DocData[]; checkpoint: SeqCheckpoint }> {
    this.#ensureOpen()
    const { docs, lastSeq } = this.internals.read(() => this.#table.changesAfter(checkpoint?.seq ?? 0, limit))
    return {
      documents: docs as DocData[],
      checkpoint: lastSeq === undefined ? (checkpoint ?? { seq: 0 }) : { seq: lastSeq },
    }
  }

  async getAttachmentData(documentId: string, attachmentId: string, digest: string): Promise<Blob> {
    this.#ensureOpen()
    const data = this.internals.read(() => this.#table.attachment(documentId, attachmentId, digest))
    if (!data) throw new Error(`document "${documentId}" has no attachment "${attachmentId}" of this digest`)
    const stub = (this.#table.get(documentId) as DocData | undefined)?._attachments[attachmentId]
    return new Blob([data], { type: stub?.type ?? '' })
  }

  changeStream(): Observable<SqliteEventBulk> {
    return this.#changes.asObservable()
  }

  /**
   * Tombstones of replicated collections stay: they go by the position that all branches have confirmed, never by time.
   *
   * @param minimumDeletedTime ms
   * @returns whether nothing is left to do
   */
  async cleanup(minimumDeletedTime: number): Promise<boolean> {
    this.#ensureOpen()
    if (this.#table.declaration) return true
    const purged = this.internals.purgeTombstones(this.#table, now() - minimumDeletedTime, CLEANUP_BATCH)
    return purged < CLEANUP_BATCH
  }

  close(): Promise<void> {
    return (this.#closed ??= Promise.allSettled(this.#running).then(() => {
      this.#unsubscribe()
      this.#changes.complete()
    }))
  }

  async remove(): Promise<void> {
    this.#ensureOpen()
    const closed = this.close()
    await closed
    this.internals.dropTable(this.#table)
  }

  /** What this instance wrote, and what replication wrote beside RxDB; other instances tell of their own writes. */
  #tell({ changes, context }: Commit): void {
    const isOurs = ({ table, writer }: Change) => table === this.#table && (writer === undefined || writer === this)
    const ours = changes.every(isOurs) ? changes : changes.filter(isOurs)
    const bulk = toEventBulk(ours, context, this.internals.epoch)
    if (bulk) this.#changes.next(bulk)
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work)
    try {
      return await work
    } finally {
      this.#running.delete(work)
    }
  }

  #ensureOpen(): void {
    if (this.#closed) throw new Error(`the storage of "${this.collectionName}" is closed`)
    this.#ensureThere()
  }

  /** Another instance may have removed the collection. */
  #ensureThere(): void {
    if (this.#table.isDropped) throw new Error(`the collection "${this.collectionName}" has been removed`)
  }
}
