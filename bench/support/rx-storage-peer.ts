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
import { REPLICATED_DATABASE, Store } from '../../adapters/sqlite/store.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { STORED_ORDERS, type OpenStorage, type StoragePeer } from './storage-peer.ts'

const CONTEXT = 'bench'
const schema = fillWithDefaultSettings<Doc>(STORED_ORDERS.schema)

export const memoryPeer: StoragePeer = {
  name: 'memory',
  open: () => openRxStorage(getRxStorageMemory(), () => undefined),
}

export const dexiePeer: StoragePeer = {
  name: 'dexie',
  open: () => openRxStorage(getRxStorageDexie({ indexedDB: new IDBFactory(), IDBKeyRange }), () => undefined),
}

/** As a branch uses it: what is written becomes pending, scopes and digests are kept. */
export const outpostPeer: StoragePeer = {
  name: 'outpost-full',
  open: (folder) => openOutpost(folder, [STORED_ORDERS]),
}

/** As any RxDB project would use it: nothing is replicated, so nothing is kept for replication. */
export const outpostAlonePeer: StoragePeer = {
  name: 'outpost-alone-full',
  open: (folder) => openOutpost(folder, []),
}

export function outpostFile(folder: string): string {
  return join(folder, 'store.sqlite')
}

async function openOutpost(folder: string, declarations: readonly CollectionDeclaration[]): Promise<OpenStorage> {
  mkdirSync(folder, { recursive: true })
  const store = new Store({ file: outpostFile(folder), declarations, tracksPending: true })
  const open = await openRxStorage(getRxStorageSqlite(store), () => {
    return store.prepare('PRAGMA synchronous').pluck().get() as number
  })
  const close = async () => {
    await open.close()
    store.close()
  }
  return { ...open, close }
}

// oxlint-disable-next-line typescript/no-explicit-any -- what storages keep inside them is their own
type AnyStorage = RxStorage<any, any>

async function openRxStorage(storage: AnyStorage, synchronous: () => number | undefined): Promise<OpenStorage> {
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
    close: () => (synchronous() === undefined ? instance.remove() : instance.close()), // memory would outlive its instance
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
