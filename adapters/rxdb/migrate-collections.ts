/**
 * Brings the documents that a browser has kept since an older program to today's schemas: copies them, and the notes of
 * what the node has confirmed, with their write times, so that what was unsent is sent and nothing else. A node needs none
 * of this: its store is upgraded in place.
 *
 * RxDB's own migration is not used: it goes on behind a page that could not be written, and the start after that one takes
 * the page for copied and deletes the originals. Here the first failure ends it, and nothing is deleted before everything
 * has been copied; what was copied is passed over by the next start.
 */
import {
  addConnectedStorageToCollection,
  getAllCollectionDocuments,
  getChangedDocumentsSince,
  getRxReplicationMetaInstanceSchema,
  getSingleDocument,
  META_INSTANCE_SCHEMA_TITLE,
  normalizeMangoQuery,
  prepareQuery,
  type InternalStoreCollectionDocType,
  type RxCollection,
  type RxDatabase,
  type RxDocumentData,
  type RxJsonSchema,
  type RxStorageInstance,
  type RxStorageWriteError,
} from 'rxdb'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { migrateDocument } from '../../schemas/migrations.ts'
import { MIGRATION } from './monotonic-write-time.ts'

export interface MigrationProgress {
  /** Documents of one collection, and the notes that are kept of them. */
  readonly done: number
  readonly of: number
}

/** A document that today's schema does not take: the same start fails again until it is gone. */
export class DocumentRefused extends Error {
  readonly collection: string
  readonly id: string

  constructor(collection: string, id: string, problem: string) {
    super(`${collection} ${id}: ${problem}`)
    this.name = 'DocumentRefused'
    this.collection = collection
    this.id = id
  }
}

/** What RxDB has noted of a collection of one version. */
export type KeptVersion = RxDocumentData<InternalStoreCollectionDocType>

// oxlint-disable-next-line typescript/no-explicit-any -- any storage, any document
export type AnyInstance = RxStorageInstance<any, any, any>
type KeptDoc = RxDocumentData<Record<string, unknown>>

export interface MigrationOptions {
  readonly declarations: readonly CollectionDeclaration[]
  readonly onProgress: (progress: MigrationProgress) => void
  /** Documents of one transaction of the browser. */
  readonly batch?: number
}

const BATCH = 500

export async function needMigration(collections: readonly RxCollection[]): Promise<boolean> {
  const older = await Promise.all(collections.map(olderVersions))
  return older.some((versions) => versions.length > 0)
}

/**
 * Call it where no other tab has the documents open: what an older program writes meanwhile is lost. It can be broken off
 * at any time and goes on when it is called again.
 *
 * @throws DocumentRefused, and whatever the storage throws
 */
export async function migrateCollections(
  collections: readonly RxCollection[],
  options: MigrationOptions,
): Promise<void> {
  for (const collection of collections) {
    const declaration = options.declarations.find(({ name }) => name === collection.name)!
    for (const kept of await olderVersions(collection)) await migrateVersion(collection, declaration, kept, options)
  }
}

/** Of all collections and all their versions that are on the device, the oldest first. */
export async function keptVersions({ internalStore }: RxDatabase): Promise<KeptVersion[]> {
  return (await getAllCollectionDocuments(internalStore)).toSorted((a, b) => a.data.version - b.data.version)
}

/** To be closed by the caller. */
export function openKept(
  database: RxDatabase,
  collectionName: string,
  schema: RxJsonSchema<RxDocumentData<unknown>>,
): Promise<AnyInstance> {
  return database.storage.createStorageInstance({
    databaseName: database.name,
    collectionName,
    schema,
    databaseInstanceToken: database.token,
    // Nobody else has it open.
    multiInstance: false,
    options: {},
    devMode: false,
  })
}

async function olderVersions(collection: RxCollection): Promise<KeptVersion[]> {
  const kept = await keptVersions(collection.database)
  return kept.filter(({ data }) => data.name === collection.name && data.version < collection.schema.version)
}

async function migrateVersion(
  collection: RxCollection,
  declaration: CollectionDeclaration,
  kept: KeptVersion,
  { onProgress, batch = BATCH }: MigrationOptions,
): Promise<void> {
  const { schema, version, connectedStorages } = kept.data
  const migrate = (doc: Doc) => {
    try {
      return migrateDocument(declaration, doc, version)
    } catch (error) {
      throw new DocumentRefused(collection.name, String(doc[declaration.merge.key]), String(error))
    }
  }
  const opened: AnyInstance[] = []
  const open = async (name: string, of: RxJsonSchema<RxDocumentData<unknown>>) => {
    const instance = await openKept(collection.database, name, of)
    opened.push(instance)
    return instance
  }
  try {
    const documents = await open(collection.name, schema)
    const notes: AnyInstance[] = []
    const copies: Copy[] = []
    for (const connected of connectedStorages) {
      if (connected.schema.title !== META_INSTANCE_SCHEMA_TITLE) throw new Error(`unknown: ${connected.collectionName}`)
      const { collectionName } = connected
      const noteSchema = getRxReplicationMetaInstanceSchema(collection.schema.jsonSchema as never, false)
      await addConnectedStorageToCollection(collection, collectionName, noteSchema)
      const from = await open(collectionName, connected.schema)
      notes.push(from)
      const to = await open(collectionName, noteSchema as never)
      copies.push({ collection: collection.name, from, to, step: (note: Doc) => migrateNote(note, migrate) })
    }
    // RxDB's wrapper would give the documents other write times.
    const to = collection.storageInstance.originalStorageInstance
    copies.push({ collection: collection.name, from: documents, to, step: migrate })
    const total = (await Promise.all([documents, ...notes].map(countOf))).reduce((sum, count) => sum + count, 0)
    let done = 0
    onProgress({ done, of: total })
    for (const copy of copies) {
      await copyDocuments(copy, batch, (count) => onProgress({ done: (done += count), of: total }))
    }
    // Documents before notes: what is still here is never without the notes of what was sent.
    for (const instance of [documents, ...notes]) await instance.remove()
  } finally {
    await Promise.all(opened.map((instance) => instance.close().catch(() => undefined)))
  }
  await forget(collection, kept)
}

interface Copy {
  readonly collection: string
  readonly from: AnyInstance
  readonly to: AnyInstance
  readonly step: (doc: Doc) => Doc
}

async function copyDocuments(
  { collection, from, to, step }: Copy,
  batch: number,
  onCopied: (count: number) => void,
): Promise<void> {
  let checkpoint: unknown
  for (;;) {
    const page = await getChangedDocumentsSince(from, batch, checkpoint)
    if (page.documents.length === 0) return
    const rows = (page.documents as KeptDoc[]).map((document) => ({ document: step(document as Doc) as KeptDoc }))
    const { error } = await to.bulkWrite(rows, MIGRATION)
    // A conflict is a document that was copied before.
    const refused = error.find(({ status }) => status !== 409)
    if (refused) throw new DocumentRefused(collection, refused.documentId.replace(/\|0$/, ''), problemOf(refused))
    onCopied(page.documents.length)
    checkpoint = page.checkpoint
  }
}

/** A note holds the state that the node has confirmed, or a position. */
function migrateNote(note: Doc, migrate: (doc: Doc) => Doc): Doc {
  return note['isCheckpoint'] === '1' ? note : { ...note, docData: migrate(note['docData'] as Doc) }
}

function problemOf(error: RxStorageWriteError<unknown>): string {
  if (error.status !== 422) return `status ${error.status}`
  // As AJV says it.
  const [first] = error.validationErrors as { readonly instancePath?: string; readonly message?: string }[]
  return `${first?.instancePath ?? ''} ${first?.message ?? 'does not pass the schema'}`.trim()
}

async function countOf(instance: AnyInstance): Promise<number> {
  const query = prepareQuery(instance.schema, normalizeMangoQuery(instance.schema, { selector: {} }))
  return (await instance.count(query)).count
}

/** From now on the older version is not known to have been here. */
async function forget({ database }: RxCollection, { id }: KeptVersion): Promise<void> {
  const previous = await getSingleDocument(database.internalStore, id)
  if (!previous) return
  const row = { previous, document: { ...previous, _deleted: true } }
  const { error } = await database.internalStore.bulkWrite([row], MIGRATION)
  // Another tab has done it: without Web Locks two may migrate at once.
  const failed = error.find(({ status }) => status !== 409)
  if (failed) throw new Error(`the browser's store answered ${failed.status}`)
}
