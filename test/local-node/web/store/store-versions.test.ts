import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import {
  forgetStoreVersions,
  noteStoreVersions,
  refuseNewerStore,
  StoreIsNewer,
} from '../../../../local-node/web/store/store-versions.ts'
import type { CollectionDeclaration } from '../../../../schemas/collection.ts'
import { members } from '../../../../schemas/collections/members.ts'
import { orders } from '../../../../schemas/collections/orders.ts'

const STORE = 'outpost-b1'

beforeEach(() => {
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  })
})

afterEach(() => {
  vi.unstubAllGlobals()
})

const at = (declaration: CollectionDeclaration, version: number): CollectionDeclaration => ({
  ...declaration,
  schema: { ...declaration.schema, version },
})

it('lets the same app and newer ones open the store, and no older one', () => {
  noteStoreVersions(STORE, [at(members, 1), at(orders, 0)])
  refuseNewerStore(STORE, [at(members, 1), at(orders, 0)])
  refuseNewerStore(STORE, [at(members, 2), at(orders, 0)])
  expect(() => refuseNewerStore(STORE, [at(members, 0), at(orders, 0)])).toThrow(StoreIsNewer)
})

it('knows a store that was never opened, another branch’s, and one that was deleted as new', () => {
  noteStoreVersions(STORE, [at(members, 1)])
  refuseNewerStore('outpost-b2', [at(members, 0)])
  forgetStoreVersions(STORE)
  refuseNewerStore(STORE, [at(members, 0)])
})
