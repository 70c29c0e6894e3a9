/** Documents of an earlier program in a browser's storage, brought to today's schema, with all that can go wrong on the way. */
import 'fake-indexeddb/auto'
import type { BulkWriteRow, RxCollection, RxStorage, RxStorageInstanceCreationParams } from 'rxdb'
import { replicateRxCollection } from 'rxdb/plugins/replication'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  DocumentRefused,
  keptVersions,
  migrateCollections,
  needMigration,
  type MigrationProgress,
} from '../../../adapters/rxdb/migrate-collections.ts'
import { MIGRATION } from '../../../adapters/rxdb/monotonic-write-time.ts'
import { openCollections, type ChainDatabase } from '../../../adapters/rxdb/open-collections.ts'
import { unsentKept } from '../../../adapters/rxdb/unsent-kept.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { members } from '../../../schemas/collections/members.ts'
import type { Doc } from '../../../schemas/json.ts'
import { MEMBERS_0 } from '../../schemas/earlier-members.ts'

const FULL = Object.assign(new Error('no room'), { name: 'QuotaExceededError' })
const SENT = 12
const ALL = 25
const BATCH = 10

let name: string
let database: ChainDatabase | undefined
/** How often a migration writes before the browser fails. */
let writesLeft: number
let isForgottenElsewhere: boolean
let progress: MigrationProgress[]

beforeEach(async () => {
  name = `till-${crypto.randomUUID()}`
  writesLeft = Infinity
  isForgottenElsewhere = false
  progress = []
  await leaveDocuments()
})

afterEach(() => database?.close())

/** The earlier program has sent the first half of its members. */
async function leaveDocuments(): Promise<void> {
  const older = await open([MEMBERS_0])
  const collection = older['members']!
  await collection.bulkInsert(numbers(1, SENT).map(member))
  const replication = replicateRxCollection<Doc, unknown>({
    collection,
    replicationIdentifier: 'node',
    waitForLeadership: false,
    push: { batchSize: 500, handler: () => Promise.resolve([]) },
  })
  await replication.awaitInSync()
  await replication.cancel()
  await collection.bulkInsert(numbers(SENT + 1, ALL).map(member))
  await older.close()
}

/** One start of today's program. @returns why it failed */
async function start(declaration: CollectionDeclaration = members): Promise<unknown> {
  let failure: unknown
  await database?.close()
  database = await open([declaration], async (collections) => {
    try {
      await migrateCollections(collections, {
        declarations: [declaration],
        onProgress: (one) => progress.push(one),
        batch: BATCH,
      })
    } catch (error) {
      failure = error
    }
  })
  return failure
}

const here = () => database!['members'] as RxCollection<Doc>
const unsent = (declaration: CollectionDeclaration = members) => unsentKept(database!, [declaration])

/** All documents, and what is sent by a replication that goes on where the earlier program's stopped. */
async function outcome(): Promise<{ ids: string[]; sent: string[] }> {
  const sent: string[] = []
  const replication = replicateRxCollection<Doc, unknown>({
    collection: here(),
    replicationIdentifier: 'node',
    waitForLeadership: false,
    push: {
      batchSize: 500,
      handler: (rows) => {
        sent.push(...rows.map(({ newDocumentState }) => newDocumentState['id'] as string))
        return Promise.resolve([])
      },
    },
  })
  await replication.awaitInSync()
  await replication.cancel()
  const documents = await here().find().exec()
  expect(documents.every((document) => Array.isArray(document.get('followUps')))).toBe(true)
  return { ids: documents.map(({ primary }) => primary).toSorted(), sent: sent.toSorted() }
}

/** Of the document with this number, and no other. */
function refusing(n: number, refuse: (doc: Doc) => Doc): CollectionDeclaration {
  const step = (doc: Doc) => {
    const migrated = members.migrations![1]!(doc)
    return doc['id'] === idOf(n) ? refuse(migrated) : migrated
  }
  return { ...members, migrations: { 1: step } }
}

const ALL_IDS = numbers(1, ALL).map(idOf)
const UNSENT_IDS = numbers(SENT + 1, ALL).map(idOf)

describe('a migration in the browser', () => {
  it('brings every document along, once, and only what was unsent is sent then', async () => {
    expect(await start()).toBeUndefined()
    expect(await outcome()).toEqual({ ids: ALL_IDS, sent: UNSENT_IDS })
    expect((await keptVersions(database!)).map(({ data }) => data.version)).toEqual([1])
    expect(await needMigration([here()])).toBe(false)
    // Notes are a document each, and the position up to which it was sent.
    expect(progress.at(-1)).toEqual({ done: ALL + SENT + 1, of: ALL + SENT + 1 })
  })

  it.each([0, 1, 2, 3, 4])(
    'loses nothing where the browser fails after %i pages, and goes on at the next start',
    async (pages) => {
      writesLeft = pages
      expect(await start()).toBe(FULL)
      expect(Object.values(await unsent()).flat()).toHaveLength(UNSENT_IDS.length)
      writesLeft = Infinity
      expect(await start()).toBeUndefined()
      expect(await outcome()).toEqual({ ids: ALL_IDS, sent: UNSENT_IDS })
    },
  )

  it('names a document that the new schema refuses, at every start, and keeps it', async () => {
    const later = refusing(20, (doc) => ({ ...doc, name: 7 }))
    for (let tried = 0; tried < 2; tried++) {
      const failure = await start(later)
      expect(failure).toBeInstanceOf(DocumentRefused)
      expect(failure).toMatchObject({
        collection: 'members',
        id: idOf(20),
        message: expect.stringContaining('name') as string,
      })
    }
    expect(await start()).toBeUndefined()
    expect(await outcome()).toEqual({ ids: ALL_IDS, sent: UNSENT_IDS })
  })

  it('takes it for done where another tab has just forgotten the older version', async () => {
    isForgottenElsewhere = true
    expect(await start()).toBeUndefined()
    expect(await outcome()).toEqual({ ids: ALL_IDS, sent: UNSENT_IDS })
  })

  it('takes a step that throws for a refusal', async () => {
    const failure = await start(
      refusing(3, () => {
        throw new Error('no such shelf')
      }),
    )
    expect(failure).toMatchObject({
      name: 'DocumentRefused',
      id: idOf(3),
      message: expect.stringContaining('no such shelf') as string,
    })
  })
})

describe('what was not sent of documents that cannot be migrated', () => {
  it('is told as the earlier program wrote it, with changes to what was sent and without what storage adds', async () => {
    const older = await open([MEMBERS_0])
    const changed = await older['members']!.findOne(idOf(2)).exec()
    await changed!.incrementalPatch({ name: 'Li Na' })
    await older.close()
    await start(refusing(3, (doc) => ({ ...doc, name: 7 })))
    const { members: found, ...rest } = await unsent()
    expect(rest).toEqual({})
    expect(idsOf(found)).toEqual([idOf(2), ...UNSENT_IDS])
    const { clock: _clock, ...doc } = found!.find(({ id }) => id === idOf(2))!
    expect(doc).toEqual({ ...member(2), name: 'Li Na', _deleted: false })
  })

  it('is told by an app that knows less than the one before it: of newer documents, and of collections of its own', async () => {
    const shelves = { ...members, name: 'shelves' }
    await database?.close()
    database = await open([members, shelves], async (collections) =>
      migrateCollections(collections, { declarations: [members, shelves], onProgress: () => undefined }),
    )
    await database['shelves']!.insert({ ...member(1), followUps: [] })
    await database.close()
    database = await open([])
    const { members: found, shelves: others, ...rest } = await unsentKept(database, [MEMBERS_0])
    expect(idsOf(found)).toEqual(UNSENT_IDS)
    expect(idsOf(others)).toEqual([idOf(1)])
    expect(rest).toEqual({})
  })

  it('is told of documents that need no migration, which are emptied with the rest', async () => {
    await start()
    await here().insert({ ...member(ALL + 1), followUps: [] })
    const { members: found } = await unsent()
    expect(idsOf(found)).toEqual([...UNSENT_IDS, idOf(ALL + 1)])
  })
})

async function open(
  declarations: readonly CollectionDeclaration[],
  migrate?: (collections: readonly RxCollection[]) => Promise<void>,
): Promise<ChainDatabase> {
  const clock = new WriterClock({ writer: 'till' as WriterId })
  return openCollections({
    name,
    storage: failing(getRxStorageDexie()),
    declarations: declarations.map((one) => ({ ...one, schema: { ...one.schema, indexes: [] } })),
    stamp: (exceeds) => clock.stamp(exceeds),
    multiInstance: false,
    ...(migrate && { migrate }),
  })
}

function failing(storage: RxStorage<unknown, unknown>): RxStorage<unknown, unknown> {
  return {
    ...storage,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, unknown>) {
      const instance = await storage.createStorageInstance(params)
      const bulkWrite = instance.bulkWrite.bind(instance)
      instance.bulkWrite = async (rows: BulkWriteRow<T>[], context) => {
        const isForgotten = isForgottenElsewhere && context === MIGRATION && rows[0]?.previous?._deleted === false
        if (isForgotten && rows[0]!.document._deleted) {
          // Another tab writes the same first; this one is told of a conflict.
          await bulkWrite(rows, context)
        }
        if (context === MIGRATION && rows.length > 1 && writesLeft-- <= 0) throw FULL
        return bulkWrite(rows, context)
      }
      return instance
    },
  }
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

function idOf(n: number): string {
  return `m${String(n).padStart(5, '0')}`
}

function idsOf(documents: readonly Doc[] = []): string[] {
  return documents.map(({ id }) => id as string).toSorted()
}

function member(n: number): Doc {
  const id = idOf(n)
  return { id, scope: 'shared', generation: 0, name: `Member ${n}`, tags: [], registrations: [], aliases: [] }
}
