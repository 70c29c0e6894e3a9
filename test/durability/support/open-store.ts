/** The store of these tests, and instances of RxDB's storage on it. */
import { fillWithDefaultSettings, type RxJsonSchema } from 'rxdb'
import { getRxStorageSqlite } from '../../../adapters/sqlite/rx-storage.ts'
import { REPLICATED_DATABASE } from '../../../adapters/sqlite/layout.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { branches } from '../../../schemas/collections/branches.ts'
import { products } from '../../../schemas/collections/products.ts'
import type { Doc } from '../../../schemas/json.ts'
import {
  createInstance,
  schemaOf,
  type Instance,
  type Schema,
  type TestDoc,
} from '../../conformance/storage-fixture.ts'
import type { CollectionName, Operation } from './operation.ts'

export const DECLARATIONS = [products, branches]
export const NOTE_TABLE = 'CREATE TABLE IF NOT EXISTS note (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT'
export const ADD_NOTE = 'INSERT INTO note (text) VALUES (?)'

/** How the instances are made; the writer's process makes the same. */
export const INSTANCES = {
  products: { database: REPLICATED_DATABASE, collection: 'products', schema: filled(products.schema) },
  branches: { database: REPLICATED_DATABASE, collection: 'branches', schema: filled(branches.schema) },
  photos: {
    database: 'album',
    collection: 'photos',
    schema: schemaOf({ name: { type: 'string', maxLength: 200 } }, ['name'], true),
  },
} as const

export interface OpenStore {
  readonly store: Store
  readonly instances: Readonly<Record<CollectionName, Instance>>
}

export async function openStore(file: string): Promise<OpenStore> {
  const store = new Store({ file, declarations: DECLARATIONS, tracksPending: true })
  store.ensureTable(NOTE_TABLE)
  const storage = getRxStorageSqlite(store)
  const [inProducts, inBranches, inPhotos] = await Promise.all(
    [INSTANCES.products, INSTANCES.branches, INSTANCES.photos].map((options) =>
      createInstance(storage as never, options),
    ),
  )
  return { store, instances: { products: inProducts!, branches: inBranches!, photos: inPhotos! } }
}

/** Resolves when the operation is acknowledged. */
export async function perform({ store, instances }: OpenStore, operation: Operation): Promise<void> {
  const { collection } = operation
  if (operation.do === 'group') {
    store.transaction('test', (write) => {
      const options = { state: store.pendingState, origin: '' }
      for (const document of operation.documents) store.table(collection).put(write, document, options)
      store.prepare(ADD_NOTE).run(operation.note)
    })
    return
  }
  if (operation.do === 'cleanup') {
    await instances[collection].cleanup(0)
    return
  }
  const rows = operation.rows.map(({ previous, document, texts = {} }) => {
    const attachments: Record<string, unknown> = { ...(document['_attachments'] as Doc) }
    for (const [name, text] of Object.entries(texts)) {
      attachments[name] = { ...(attachments[name] as Doc), data: new Blob([text]) }
    }
    return { ...(previous && { previous }), document: { ...document, _attachments: attachments } }
  })
  const { error } = await instances[collection].bulkWrite(rows as never, 'test')
  if (error.length > 0) throw new Error(`refused: ${JSON.stringify(error)}`)
}

function filled(schema: object): Schema {
  return fillWithDefaultSettings(schema as RxJsonSchema<TestDoc>)
}
