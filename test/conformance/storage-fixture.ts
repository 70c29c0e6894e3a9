/** A store in a folder of its own and instances of RxDB's storage on it, for tests on the level of RxStorageInstance. */
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  fillWithDefaultSettings,
  type EventBulk,
  type RxDocumentData,
  type RxJsonSchema,
  type RxStorage,
  type RxStorageChangeEvent,
  type RxStorageInstance,
  type RxStorageInstanceCreationParams,
} from 'rxdb'
import { afterAll, beforeAll } from 'vitest'
import { getRxStorageSqlite } from '../../adapters/sqlite/rx-storage.ts'
import { Store } from '../../adapters/sqlite/store.ts'

export interface TestDoc {
  id: string
  [field: string]: unknown
}

export type Stored = RxDocumentData<TestDoc>
export type Schema = RxJsonSchema<RxDocumentData<TestDoc>>
export type Instance = RxStorageInstance<TestDoc, unknown, unknown, unknown>
export type Storage = RxStorage<unknown, unknown>
export type Bulk = EventBulk<RxStorageChangeEvent<TestDoc>, unknown>

export interface InstanceOptions {
  readonly database?: string
  readonly collection?: string
  readonly version?: number
  readonly multiInstance?: boolean
  /** Of the RxDatabase that would own the instance: another one is another tab, so to say. */
  readonly token?: string
  readonly schema?: Schema
}

export interface StorageFixture {
  readonly store: () => Store
  readonly storage: () => Storage
  /** Closes the store, if that has not happened, and opens its file again. */
  readonly reopen: () => void
  readonly close: () => void
}

export function openStorageFixture(): StorageFixture {
  const folder = mkdtempSync(join(temporaryFiles(), 'outpost-conformance-'))
  const options = { file: join(folder, 'store.sqlite'), declarations: [], tracksPending: false }
  let store = new Store(options)
  let storage: Storage = getRxStorageSqlite(store)
  return {
    store: () => store,
    storage: () => storage,
    reopen() {
      store.close()
      store = new Store(options)
      storage = getRxStorageSqlite(store)
    },
    close() {
      store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** For a test file: a store for all of its tests, on which each instance has a collection of its own. */
export function useStorageFixture(): {
  readonly fixture: () => StorageFixture
  readonly open: (options?: InstanceOptions) => Promise<Instance>
} {
  let fixture: StorageFixture
  let collections = 0
  beforeAll(() => {
    fixture = openStorageFixture()
  })
  afterAll(() => fixture.close())
  return {
    fixture: () => fixture,
    open(options = {}) {
      collections += 1
      return createInstance(fixture.storage(), { collection: `items${collections}`, ...options })
    },
  }
}

export async function createInstance(storage: Storage, options: InstanceOptions = {}): Promise<Instance> {
  const { database = 'database', collection = 'items', version = 0, multiInstance = false } = options
  const params: RxStorageInstanceCreationParams<TestDoc, unknown> = {
    databaseInstanceToken: options.token ?? 'token',
    databaseName: database,
    collectionName: collection,
    schema: { ...(options.schema ?? ITEM_SCHEMA), version },
    options: {},
    multiInstance,
    devMode: false,
  }
  return (await storage.createStorageInstance(params)) as Instance
}

/** @param properties beyond `id` */
export function schemaOf(
  properties: Readonly<Record<string, unknown>>,
  indexes: readonly (string | readonly string[])[],
  attachments = false,
): Schema {
  const schema = {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: { id: { type: 'string', maxLength: 40 }, ...properties },
    required: ['id'],
    indexes,
    ...(attachments && { attachments: {} }),
  }
  return fillWithDefaultSettings(schema as unknown as RxJsonSchema<TestDoc>)
}

/** In memory where the system has such a place: every commit is synced, and what survives is not asked here. */
function temporaryFiles(): string {
  try {
    accessSync('/dev/shm', constants.W_OK)
    return '/dev/shm'
  } catch {
    return tmpdir()
  }
}

const ITEM_PROPERTIES = {
  name: { type: 'string', maxLength: 20 },
  size: { type: 'number', minimum: -100, maximum: 100, multipleOf: 0.5 },
}

export const ITEM_SCHEMA = schemaOf(ITEM_PROPERTIES, ['name', ['size', 'name']])
export const ATTACHMENT_SCHEMA = schemaOf(ITEM_PROPERTIES, ['name'], true)
