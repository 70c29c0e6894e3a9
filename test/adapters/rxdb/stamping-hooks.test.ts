import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCollections, type ChainDatabase } from '../../../adapters/rxdb/open-collections.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import { getRxStorageSqlite } from '../../../adapters/sqlite/rx-storage.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { Doc } from '../../../schemas/json.ts'
import { sidecarOf } from '../../../schemas/merge-spec.ts'

let folder: string
let store: Store
let database: ChainDatabase

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'outpost-hooks-'))
  store = new Store({ file: join(folder, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  database = await openCollections({
    name: 'outpost',
    storage: getRxStorageSqlite(store),
    declarations: COLLECTIONS,
    stamp: new WriterClock({ writer: 'w1' as WriterId }).stamp,
    multiInstance: false,
  })
})

afterEach(async () => {
  await database.close()
  store.close()
  rmSync(folder, { recursive: true })
})

const member = {
  id: 'm1',
  scope: 'shared',
  phone: '+8613800138000',
  generation: 0,
  name: 'Li',
  tags: ['vip'],
  registrations: [],
  aliases: [],
}

describe('the stamping hooks', () => {
  it('stamp an insert, and each changed register of later writes with a newer stamp', async () => {
    const doc = await database['members']!.insert(member)
    const first = sidecarOf(store.table('members').get('m1')!)
    expect(Object.keys(first.r)).toEqual(['name'])
    expect(Object.keys(first.s!['tags']!)).toEqual(['"vip"'])
    await doc.incrementalPatch({ name: 'Li Na' })
    await doc.getLatest().patch({ note: 'likes tea' })
    const second = sidecarOf(store.table('members').get('m1')!)
    expect(second.r['name']! > first.r['name']!).toBe(true)
    expect(second.r['note']! > second.r['name']!).toBe(true)
    expect(second.s).toEqual(first.s)
  })

  it('stamp every way to remove a document', async () => {
    const removals: Record<string, () => Promise<unknown>> = {
      remove: async () => (await database['members']!.insert({ ...member, id: 'remove' })).remove(),
      incrementalRemove: async () =>
        (await database['members']!.insert({ ...member, id: 'incrementalRemove' })).incrementalRemove(),
      bulkRemove: async () => {
        await database['members']!.insert({ ...member, id: 'bulkRemove' })
        await database['members']!.bulkRemove(['bulkRemove'])
      },
      findRemove: async () => {
        await database['members']!.insert({ ...member, id: 'findRemove' })
        await database['members']!.find({ selector: { id: 'findRemove' } }).remove()
      },
    }
    for (const [id, remove] of Object.entries(removals)) {
      await remove()
      const stored = store.table('members').get(id)!
      expect([id, stored['_deleted'], sidecarOf(stored).d! > sidecarOf(stored).r['name']!]).toEqual([id, true, true])
    }
  })

  it('join an insert and an upsert over a tombstone with it', async () => {
    for (const way of ['insert', 'upsert', 'bulkInsert', 'bulkUpsert', 'incrementalUpsert'] as const) {
      const id = `over-${way}`
      const doc = await database['members']!.insert({ ...member, id, note: 'kept' })
      await doc.remove()
      const again = { ...member, id, name: 'Li again', tags: ['new'] }
      if (way === 'bulkInsert' || way === 'bulkUpsert') await database['members']![way]([again])
      else await database['members']![way](again)
      const stored = store.table('members').get(id)! as Doc & { tags: string[] }
      expect([way, stored['name'], stored['note'], stored['_deleted']]).toEqual([way, 'Li again', 'kept', false])
      expect(Object.keys(sidecarOf(stored).s!['tags']!).toSorted()).toEqual(['"new"', '"vip"'])
    }
  })

  it('refuse an edit of a fact of creation and leave the document as it was', async () => {
    const doc = await database['members']!.insert(member)
    await expect(doc.patch({ phone: '+8613800138001' })).rejects.toMatchObject({
      code: 'FIELD_IMMUTABLE',
      field: 'phone',
    })
    expect(store.table('members').get('m1')!['phone']).toBe('+8613800138000')
  })

  it('ignore what an application writes into the fields of headquarters', async () => {
    const doc = await database['members']!.insert({ ...member, balance: { points: 1000, value: 0 }, balanceSeq: 9 })
    expect(doc.toJSON()['balance']).toBeUndefined()
  })

  it('make every written row pending', async () => {
    await database['members']!.bulkInsert([member, { ...member, id: 'm2' }])
    expect(store.table('members').countInState(1).count).toBe(2)
  })
})
