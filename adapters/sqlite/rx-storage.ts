/** RxDB's storage interface on a store: `getRxStorageSqlite(store)` goes where `getRxStorageMemory()` would. */
import {
  addRxStorageMultiInstanceSupport,
  ensureRxStorageInstanceParamsAreCorrect,
  RXDB_VERSION,
  type RxStorage,
  type RxStorageInstanceCreationParams,
} from 'rxdb'
import type { Doc } from '../../schemas/json.ts'
import { GroupCommit } from './group-commit.ts'
import { RxStorageInstanceSqlite } from './rx-storage-instance.ts'
import type { Store } from './store.ts'

export type RxStorageSqlite = RxStorage<Store, Record<string, never>>

export function getRxStorageSqlite(store: Store): RxStorageSqlite {
  const commits = new GroupCommit(store)
  return {
    name: 'sqlite-outpost',
    rxdbVersion: RXDB_VERSION,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, Record<string, never>>) {
      ensureRxStorageInstanceParamsAreCorrect(params)
      const instance = new RxStorageInstanceSqlite(store, commits, params as never)
      addRxStorageMultiInstanceSupport(
        'sqlite-outpost',
        params as RxStorageInstanceCreationParams<Doc, never>,
        instance,
      )
      return instance as never
    },
  }
}
