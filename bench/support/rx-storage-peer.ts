/** RxDB storages as peers, all through the same calls of RxStorageInstance. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import {
  fillWithDefaultSettings,
  getChangedDocumentsSince,
  normalizeMangoQuery,
  prepareQuery,
  type MangoQuery,
  type RxStorage,
  type RxStorageInstance,
} from 'rxdb'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { getRxStorageSqlite } from '../../adapters/sqlite/rx-storage.ts'
import { REPLICATED_DATABASE } from '../../adapters/sqlite/layout.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { STORED_ORDERS, type DocData, type OpenStorage, type StoragePeer } from './storage-peer.ts'

const CONTEXT = 'bench'
const schema = fillWithDefaultSettings<Doc>(STORED_ORDERS.schema)

// oxlint-disable-next-line typescript/no-explicit-any -- what storages keep inside them is their own
type AnyStorage = RxStorage<any, any>

interface OpenRxStorage {
  readonly storage: AnyStorage
  /** `PRAGMA synchronous`, for what is SQLite. */
  readonly synchronous: () => number | undefined
  readonly close: () => void
}

export interface OpenRxInstance extends OpenStorage {
  query(mango: MangoQuery<Doc>): Promise<readonly DocData[]>
}

export interface RxStoragePeer extends StoragePeer {
  open(folder: string): Promise<OpenRxInstance>
  /** The storage without a collection, for whoever brings an RxDatabase. */
  openRxStorage(folder: string): OpenRxStorage
}

export const memoryPeer = rxStoragePeer('memory', () => inMemory(getRxStorageMemory()))

export const dexiePeer = rxStoragePeer('dexie', () =>
  inMemory(getRxStorageDexie({ indexedDB: new IDBFactory(), IDBKeyRange })),
)

/** As a branch uses it: what is written becomes pending, scopes and digests are kept. */
export const outpostPeer = rxStoragePeer('outpost-full', (folder) => openOutpost(folder, [STORED_ORDERS]))

/** The same with no document cache: each read parses its JSON. */
export const outpostUncachedPeer = outpostPeerWithCache('outpost-uncached-full', 0)

/** As any RxDB project would use it: nothing is replicated, so nothing is kept for replication. */
export const outpostAlonePeer = rxStoragePeer('outpost-alone-full', (folder) => openOutpost(folder, []))

/** @param cacheLength as in `StoreOptions` */
export function outpostPeerWithCache(name: string, cacheLength: number): RxStoragePeer {
  return rxStoragePeer(name, (folder) => openOutpost(folder, [STORED_ORDERS], cacheLength))
}

/** What RxDB's own performance test compares. */
export const RX_STORAGE_PEERS: readonly RxStoragePeer[] = [memoryPeer, dexiePeer, outpostPeer]

function rxStoragePeer(name: string, openRxStorage: (folder: string) => OpenRxStorage): RxStoragePeer {
  return { name, openRxStorage, open: (folder) => openInstance(openRxStorage(folder)) }
}

function inMemory(storage: AnyStorage): OpenRxStorage {
  return { storage, synchronous: () => undefined, close: () => undefined }
}

function openOutpost(
  folder: string,
  declarations: readonly CollectionDeclaration[],
  cacheLength?: number,
): OpenRxStorage {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'store.sqlite')
  const store = new Store({
    file,
    declarations,
    tracksPending: true,
    ...(cacheLength !== undefined && { cacheLength }),
  })
  return {
    storage: getRxStorageSqlite(store),
    synchronous: () => store.prepare('PRAGMA synchronous').pluck().get() as number,
    close: () => store.close(),
  }
}

async function openInstance({ storage, synchronous, close }: OpenRxStorage): Promise<OpenRxInstance> {
  const instance: RxStorageInstance<Doc, unknown, unknown> = await storage.createStorageInstance<Doc>({
    databaseInstanceToken: CONTEXT,
    databaseName: REPLICATED_DATABASE,
    collectionName: STORED_ORDERS.name,
    schema,
    options: {},
    multiInstance: false,
    devMode: false,
  })
  const query = async (mango: MangoQuery<Doc>) =>
    (await instance.query(prepareQuery(schema, normalizeMangoQuery(schema, mango)))).documents
  return {
    synchronous,
    query,
    async close() {
      // What is in memory would outlive its instance.
      await (synchronous() === undefined ? instance.remove() : instance.close())
      close()
    },
    async insert(documents) {
      const { error } = await instance.bulkWrite(
        documents.map((document) => ({ document })),
        CONTEXT,
      )
      if (error.length > 0) throw new Error(`${storage.name} refused ${error.length} documents`)
    },
    findById: async (id) => (await instance.findDocumentsById([id], false))[0],
    ofMember: (memberId) => query({ selector: { memberId: { $eq: memberId }, _deleted: { $eq: false } } }),
    placedFrom: (from, limit) =>
      query({ selector: { placedAt: { $gte: from }, _deleted: { $eq: false } }, sort: [{ placedAt: 'asc' }], limit }),
    async changesSince(checkpoint, limit) {
      const { documents, checkpoint: next } = await getChangedDocumentsSince(instance, limit, checkpoint)
      return { documents, checkpoint: next }
    },
  }
}
