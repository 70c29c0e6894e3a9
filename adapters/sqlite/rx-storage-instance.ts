/** One collection of RxDB on the store. */
import {
  categorizeBulkWriteRows,
  getQueryMatcher,
  getSortComparator,
  type BulkWriteRow,
  type EventBulk,
  type PreparedQuery,
  type RxDocumentData,
  type RxJsonSchema,
  type RxStorageBulkWriteResponse,
  type RxStorageChangeEvent,
  type RxStorageCountResult,
  type RxStorageInstance,
  type RxStorageInstanceCreationParams,
  type RxStorageQueryResult,
} from 'rxdb'
import { now } from 'rxdb/plugins/utils'
import { Subject, type Observable } from 'rxjs'
import type { Doc } from '../../schemas/json.ts'
import type { DocumentRow, DocumentTable, WriteContext } from './document-table.ts'
import { toEventBulk, type SeqCheckpoint } from './event-bulk.ts'
import type { GroupCommit } from './group-commit.ts'
import { selectorToSql, sortToSql } from './mango-to-sql.ts'
import type { Store } from './store.ts'

type Params = RxStorageInstanceCreationParams<Doc, Record<string, never>>
type DocData = RxDocumentData<Doc>

export class RxStorageInstanceSqlite implements RxStorageInstance<Doc, Store, Record<string, never>, SeqCheckpoint> {
  readonly databaseName: string
  readonly collectionName: string
  readonly schema: Readonly<RxJsonSchema<DocData>>
  readonly internals: Store
  readonly options: Readonly<Record<string, never>>
  readonly #commits: GroupCommit
  readonly #table: DocumentTable
  readonly #changes = new Subject<EventBulk<RxStorageChangeEvent<DocData>, SeqCheckpoint>>()
  readonly #unsubscribe: () => void
  #closed: Promise<void> | undefined

  constructor(store: Store, commits: GroupCommit, params: Params) {
    this.databaseName = params.databaseName
    this.collectionName = params.collectionName
    this.schema = params.schema
    this.internals = store
    this.options = params.options
    this.#commits = commits
    this.#table = store.openTable(params.databaseName, params.collectionName, params.schema)
    this.#unsubscribe = store.onCommit(({ changes, context }) => {
      const bulk = toEventBulk(
        changes.filter(({ table }) => table === this.#table),
        context,
      )
      if (bulk) this.#changes.next(bulk)
    })
  }

  async bulkWrite(rows: BulkWriteRow<Doc>[], context: string): Promise<RxStorageBulkWriteResponse<Doc>> {
    this.#ensureOpen()
    return { error: await this.#commits.run(context, (write) => this.#write(write, rows, context)) }
  }

  findDocumentsById(ids: string[], withDeleted: boolean): Promise<DocData[]> {
    this.#ensureOpen()
    const found: DocData[] = []
    for (const id of ids) {
      const doc = this.#table.get(id) as DocData | undefined
      if (doc && (withDeleted || !doc._deleted)) found.push(doc)
    }
    return Promise.resolve(found)
  }

  query(prepared: PreparedQuery<Doc>): Promise<RxStorageQueryResult<Doc>> {
    this.#ensureOpen()
    const { query } = prepared
    const { where, parameters, exact } = selectorToSql(query.selector, this.#table.columns)
    const orderBy = sortToSql(query.sort, this.#table.columns)
    const skip = query.skip ?? 0
    const limit = query.limit
    if (exact && orderBy !== undefined) {
      const tail = `ORDER BY ${orderBy} LIMIT ? OFFSET ?`
      const documents = this.#table.select(where, tail, [...parameters, limit ?? -1, skip])
      return Promise.resolve({ documents: documents as DocData[] })
    }
    const matches = getQueryMatcher(this.schema, query as never)
    const documents: DocData[] = []
    for (const doc of this.#table.iterate(where, parameters)) if (matches(doc as never)) documents.push(doc as DocData)
    documents.sort(getSortComparator(this.schema, query as never) as never)
    return Promise.resolve({ documents: documents.slice(skip, limit === undefined ? undefined : skip + limit) })
  }

  async count(prepared: PreparedQuery<Doc>): Promise<RxStorageCountResult> {
    this.#ensureOpen()
    const { query } = prepared
    const { where, parameters, exact } = selectorToSql(query.selector, this.#table.columns)
    const bounded = query.limit !== undefined || (query.skip ?? 0) > 0
    if (exact && !bounded) return { count: this.#table.count(where, parameters), mode: 'fast' }
    return { count: (await this.query(prepared)).documents.length, mode: 'slow' }
  }

  /** By commit sequence, never by time: a clock that jumps back hides no write. */
  getChangedDocumentsSince(
    limit: number,
    checkpoint?: SeqCheckpoint,
  ): Promise<{ documents: DocData[]; checkpoint: SeqCheckpoint }> {
    this.#ensureOpen()
    const rows = this.#table.rowsAfter(checkpoint?.seq ?? 0, limit)
    const last = rows.at(-1)
    return Promise.resolve({
      documents: rows.map(({ doc }) => doc as DocData),
      checkpoint: last ? { seq: last.seq } : (checkpoint ?? { seq: 0 }),
    })
  }

  /** The storage refuses schemas with attachments, so there are none. */
  getAttachmentData(documentId: string, attachmentId: string): Promise<Blob> {
    return Promise.reject(new Error(`document ${documentId} has no attachment ${attachmentId}`))
  }

  changeStream(): Observable<EventBulk<RxStorageChangeEvent<DocData>, SeqCheckpoint>> {
    return this.#changes.asObservable()
  }

  cleanup(minimumDeletedTime: number): Promise<boolean> {
    this.#ensureOpen()
    // Tombstones of replicated collections go by the sequence floor that all branches have confirmed, never by time.
    if (this.#table.declaration) return Promise.resolve(true)
    const purged = this.#table.purgeTombstones(now() - minimumDeletedTime, CLEANUP_BATCH)
    return Promise.resolve(purged < CLEANUP_BATCH)
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#commits.idle().then(() => {
      this.#unsubscribe()
      this.#changes.complete()
    }))
  }

  async remove(): Promise<void> {
    this.#ensureOpen()
    await this.#commits.idle()
    this.internals.dropTable(this.databaseName, this.collectionName, this.schema.version)
    await this.close()
  }

  #write(write: WriteContext, rows: BulkWriteRow<Doc>[], context: string): RxStorageBulkWriteResponse<Doc>['error'] {
    const { primaryPath } = this.#table.columns
    const stored = new Map<string, DocumentRow>()
    for (const { document } of rows) {
      const row = this.#table.row((document as Doc)[primaryPath] as string)
      if (row) stored.set((document as Doc)[primaryPath] as string, row)
    }
    const docs = new Map([...stored].map(([id, row]) => [id, row.doc as DocData]))
    const sorted = categorizeBulkWriteRows<Doc>(this as never, primaryPath, docs, rows, context)
    const options = { state: this.#table.declaration ? this.internals.pendingState : 0, origin: '' } as const
    for (const { document } of [...sorted.bulkInsertDocs, ...sorted.bulkUpdateDocs]) {
      const doc = document as unknown as Doc
      const previous = stored.get(doc[primaryPath] as string)
      this.#table.write(write, previous, doc, options)
    }
    return sorted.errors
  }

  #ensureOpen(): void {
    if (this.#closed) throw new Error(`the storage of "${this.collectionName}" is closed`)
  }
}

const CLEANUP_BATCH = 1000
