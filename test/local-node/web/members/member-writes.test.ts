import 'fake-indexeddb/auto'
import type { RxCollection } from 'rxdb'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCollections, type ChainDatabase } from '../../../../adapters/rxdb/open-collections.ts'
import { WriterClock } from '../../../../adapters/rxdb/writer-clock.ts'
import {
  addFollowUp,
  addTag,
  changeMember,
  removeFollowUp,
  removeTag,
} from '../../../../local-node/web/members/member-writes.ts'
import type { WriterId } from '../../../../schemas/brand.ts'
import { members, type MemberDocument } from '../../../../schemas/collections/members.ts'
import type { Doc } from '../../../../schemas/json.ts'
import { merge } from '../../../../schemas/merge.ts'
import { stampWrite } from '../../../../schemas/stamp-write.ts'

const MEMBER: MemberDocument = {
  id: 'm1',
  scope: 'shared',
  generation: 0,
  name: 'Li Na',
  email: 'na@example.org',
  tags: ['vip'],
  registrations: [],
  aliases: [],
  followUps: [],
}
const CALL = { id: 'f1', at: '2026-03-01T10:00:00.000Z', by: 'Zhang Min', text: 'Called about the tea' }

let databases: ChainDatabase[]

beforeEach(() => {
  databases = []
})

afterEach(async () => {
  for (const database of databases) await database.close()
})

async function device(writer: string, name: string = crypto.randomUUID()): Promise<RxCollection<MemberDocument>> {
  const clock = new WriterClock({ writer: writer as WriterId })
  const database = await openCollections({
    name,
    storage: getRxStorageDexie(),
    declarations: [members],
    stamp: (exceeds) => clock.stamp(exceeds),
    multiInstance: true,
  })
  databases.push(database)
  return database['members'] as RxCollection<MemberDocument>
}

async function stateOf(collection: RxCollection<MemberDocument>): Promise<Doc> {
  return (await collection.findOne('m1').exec(true)).toJSON()
}

/** Two devices that hold the same member. */
async function twoDevices(): Promise<[RxCollection<MemberDocument>, RxCollection<MemberDocument>]> {
  const [one, other] = [await device('wwwwwww1'), await device('wwwwwww2')]
  await one.insert(structuredClone(MEMBER))
  const stored = await one.storageInstance.findDocumentsById(['m1'], false)
  await other.storageInstance.bulkWrite(
    stored.map((document) => ({ document: structuredClone(document) })),
    'replication',
  )
  return [one, other]
}

async function merged(...devices: RxCollection<MemberDocument>[]): Promise<Doc> {
  const [one, other] = await Promise.all(devices.map(stateOf))
  const both = merge(members.merge, one!, other!)
  expect(merge(members.merge, other!, one!)).toEqual(both)
  return both
}

describe('changing a member on two devices at once', () => {
  it('keeps a field of each', async () => {
    const [one, other] = await twoDevices()
    await changeMember(one, 'm1', { name: 'Li Na (Nina)', email: undefined })
    await changeMember(other, 'm1', { note: 'likes tea', birthday: '1990-05-03' })
    const both = await merged(one, other)
    expect(both).toMatchObject({ name: 'Li Na (Nina)', note: 'likes tea', birthday: '1990-05-03' })
    expect(both['email']).toBeUndefined()
  })

  it('keeps tags and follow-ups of both, and takes off what one has removed', async () => {
    const [one, other] = await twoDevices()
    await addTag(one, 'm1', 'tea')
    await removeTag(one, 'm1', 'vip')
    await addTag(other, 'm1', 'regular')
    await addFollowUp(one, 'm1', CALL)
    await addFollowUp(other, 'm1', { ...CALL, id: 'f2', text: 'Complained' })
    const both = await merged(one, other)
    expect(both['tags']).toEqual(['regular', 'tea'])
    expect((both['followUps'] as { id: string }[]).map(({ id }) => id).toSorted()).toEqual(['f1', 'f2'])
  })

  it('brings a follow-up back that was removed and undone, on the other device too', async () => {
    const [one, other] = await twoDevices()
    await addFollowUp(one, 'm1', CALL)
    await removeFollowUp(one, 'm1', 'f1')
    await changeMember(other, 'm1', { name: 'Nina' })
    expect((await merged(one, other))['followUps']).toEqual([])
    await addFollowUp(one, 'm1', CALL)
    expect(await merged(one, other)).toMatchObject({ followUps: [CALL], name: 'Nina' })
  })
})

describe('changing a member in two tabs of a device', () => {
  it('writes on top of what the other tab has written meanwhile', async () => {
    const one = await device('wwwwwww1')
    await one.insert(structuredClone(MEMBER))
    await one.findOne('m1').exec() // it is known here, as it was
    await writeFromOtherTab(one, { note: 'likes tea' })
    await Promise.all([changeMember(one, 'm1', { name: 'Nina' }), addTag(one, 'm1', 'tea')])
    expect(await stateOf(one)).toMatchObject({ name: 'Nina', note: 'likes tea', tags: ['tea', 'vip'] })
  })
})

/** To the same IndexedDB, without a word to the first tab. */
async function writeFromOtherTab(tab: RxCollection<MemberDocument>, change: Partial<MemberDocument>): Promise<void> {
  const storage = await getRxStorageDexie().createStorageInstance<MemberDocument>({
    databaseInstanceToken: 'other tab',
    databaseName: tab.database.name,
    collectionName: 'members',
    schema: tab.schema.jsonSchema,
    options: {},
    multiInstance: false,
    devMode: false,
  })
  const [previous] = await storage.findDocumentsById(['m1'], false)
  const clock = new WriterClock({ writer: 'wwwwwww2' as WriterId })
  const wanted = { ...previous, ...change } as unknown as Doc
  const stamped = stampWrite(members.merge, previous as unknown as Doc, wanted, (exceeds) => clock.stamp(exceeds))
  if (!stamped.ok) throw new Error(stamped.reason)
  const document = { ...stamped.doc, _rev: '2-other', _meta: { lwt: previous!._meta.lwt + 1 } } as never
  const { error } = await storage.bulkWrite([{ previous: previous!, document }], 'other tab')
  expect(error).toEqual([])
  await storage.close()
}
