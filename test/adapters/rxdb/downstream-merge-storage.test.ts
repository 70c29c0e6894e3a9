import 'fake-indexeddb/auto'
import type { RxReplicationPullStreamItem, RxReplicationWriteToMasterRow, RxStorage } from 'rxdb'
import { replicateRxCollection } from 'rxdb/plugins/replication'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { Subject } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { wrappedDownstreamMergeStorage } from '../../../adapters/rxdb/downstream-merge-storage.ts'
import { openCollections, type ChainDatabase } from '../../../adapters/rxdb/open-collections.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import { members } from '../../../schemas/collections/members.ts'
import type { Doc } from '../../../schemas/json.ts'
import { replicatedState } from '../../../schemas/merge-spec.ts'
import { merge, sameState } from '../../../schemas/merge.ts'
import { stampWrite } from '../../../schemas/stamp-write.ts'

const masterClock = new WriterClock({ writer: 'master' as WriterId })
const registered = stamped(undefined, {
  id: 'm1',
  scope: 'shared',
  generation: 0,
  name: 'Li',
  tags: [],
  registrations: [],
  aliases: [],
  followUps: [],
})

let databases: ChainDatabase[] = []
afterEach(async () => {
  await Promise.all(databases.map((database) => database.close()))
  databases = []
})

describe('the downstream of RxDB alone', () => {
  it('lets a late page undo a newer write that the master has already taken', async () => {
    const page = await open(getRxStorageMemory())
    const master = replicate(page, [registered])
    await master.inSync()
    const late = master.page()
    await page.rename('Li Na')
    await master.inSync()
    expect(master.name()).toBe('Li Na')
    master.send(late)
    await vi.waitFor(async () => expect(await page.name()).toBe('Li'))
  })
})

describe.each([
  ['memory', () => getRxStorageMemory()],
  ['dexie', () => getRxStorageDexie()],
])('the downstream over the merging storage on %s', (_name, storage) => {
  it('keeps a newer write when a late page arrives, and hands it to the master again', async () => {
    const page = await open(merging(storage()))
    const master = replicate(page, [registered])
    await master.inSync()
    const late = master.page()
    await page.rename('Li Na')
    await master.inSync()
    const pushes = master.pushes.length
    master.send(late)
    await vi.waitFor(() => expect(master.pushes.length).toBe(pushes + 1))
    await master.inSync()
    expect([await page.name(), master.name()]).toEqual(['Li Na', 'Li Na'])
  })

  it('brings a write back to a master that was restored without it', async () => {
    const page = await open(merging(storage()))
    const master = replicate(page, [registered])
    await master.inSync()
    await page.rename('Li Na')
    await master.inSync()
    master.restore([registered])
    await vi.waitFor(() => expect(master.name()).toBe('Li Na'))
    expect(await page.name()).toBe('Li Na')
  })

  it('joins what both sides changed and pushes the result', async () => {
    const page = await open(merging(storage()))
    const master = replicate(page, [registered])
    await master.inSync()
    await page.rename('Li Na')
    await master.inSync()
    const noted = stamped(registered, { ...registered, note: 'likes tea' })
    master.restore([noted])
    await vi.waitFor(() => expect([master.name(), master.doc()['note']]).toEqual(['Li Na', 'likes tea']))
    await vi.waitFor(async () => expect(await page.doc()).toMatchObject({ name: 'Li Na', note: 'likes tea' }))
  })

  it("takes the authority's fields from the master and pushes nothing back for them", async () => {
    const page = await open(merging(storage()))
    const master = replicate(page, [registered])
    await master.inSync()
    const pushes = master.pushes.length
    master.put({ ...registered, balance: { points: 12, value: 0 }, balanceSeq: 3 })
    await vi.waitFor(async () => expect(await page.doc()).toMatchObject({ balance: { points: 12, value: 0 } }))
    await master.inSync()
    expect(master.pushes.length).toBe(pushes)
  })
})

describe('a page that was closed between joining and pushing', () => {
  it('pushes when it is opened again', async () => {
    const storage = merging(getRxStorageDexie())
    const name = `reopened-${Math.random()}`
    const first = await open(storage, name)
    const master = replicate(first, [registered])
    await master.inSync()
    await first.rename('Li Na')
    await master.inSync()
    master.takesPushes = false
    master.restore([registered])
    await vi.waitFor(() => expect(master.refusedPushes).toBeGreaterThan(0))
    await first.database.close()
    master.takesPushes = true
    const again = await open(storage, name)
    master.attach(again)
    await vi.waitFor(() => expect(master.name()).toBe('Li Na'))
  })
})

function merging(storage: RxStorage<unknown, unknown>): RxStorage<unknown, unknown> {
  return wrappedDownstreamMergeStorage({ storage, declarations: [members] })
}

function stamped(before: Doc | undefined, after: Doc): Doc {
  const write = stampWrite(members.merge, before, after, masterClock.stamp)
  if (!write.ok) throw new Error(write.reason)
  return write.doc
}

async function open(storage: RxStorage<never, never> | RxStorage<unknown, unknown>, name = `page-${Math.random()}`) {
  const database = await openCollections({
    name,
    storage: storage as RxStorage<unknown, unknown>,
    declarations: [members],
    stamp: new WriterClock({ writer: 'page' as WriterId }).stamp,
    multiInstance: false,
  })
  databases.push(database)
  const collection = database['members']!
  const doc = async () => (await collection.findOne('m1').exec(true)).toJSON() as Doc
  return {
    database,
    collection,
    doc,
    name: async () => (await doc())['name'],
    rename: async (to: string) => (await collection.findOne('m1').exec(true)).incrementalPatch({ name: to }),
  }
}

type Page = Awaited<ReturnType<typeof open>>
type Checkpoint = { id: string; lwt: number }
type PullPage = { documents: Doc[]; checkpoint: Checkpoint }

/** A master in the test's hands: merges what is pushed, answers what differs, sends pages when told to. */
function replicate(page: Page, initial: readonly Doc[]) {
  let documents = new Map(initial.map((doc) => [doc['id'] as string, doc]))
  let seq = 1
  const stream$ = new Subject<RxReplicationPullStreamItem<never, Checkpoint>>()
  const pageNow = (): PullPage => ({ documents: [...documents.values()], checkpoint: { id: 'e', lwt: seq } })
  const master = {
    takesPushes: true,
    refusedPushes: 0,
    pushes: [] as Doc[][],
    replication: attach(page),
    attach,
    page: pageNow,
    doc: () => documents.get('m1')!,
    name: () => documents.get('m1')!['name'],
    send: (late: PullPage) => stream$.next(late as never),
    put(doc: Doc) {
      documents.set(doc['id'] as string, doc)
      seq++
      stream$.next('RESYNC')
    },
    restore(backup: readonly Doc[]) {
      documents = new Map(backup.map((doc) => [doc['id'] as string, doc]))
      seq++
      stream$.next('RESYNC')
    },
    inSync: () => master.replication.awaitInSync(),
  }
  return master

  function attach({ collection }: Page) {
    return replicateRxCollection<never, Checkpoint>({
      replicationIdentifier: 'test',
      collection,
      retryTime: 5,
      waitForLeadership: false,
      pull: {
        stream$,
        handler: async (checkpoint) =>
          (checkpoint?.lwt ?? 0) < seq
            ? (pageNow() as never)
            : { documents: [], checkpoint: checkpoint ?? { id: 'e', lwt: 0 } },
      },
      push: {
        handler: async (rows: RxReplicationWriteToMasterRow<never>[]) => {
          if (!master.takesPushes) {
            master.refusedPushes++
            throw new Error('no link')
          }
          const states = rows.map((row) => row.newDocumentState as unknown as Doc)
          master.pushes.push(states)
          return states.flatMap((state) => {
            const id = state['id'] as string
            const known = documents.get(id)
            const joined = replicatedState(known ? merge(members.merge, state, known) : state)
            documents.set(id, joined)
            return sameState(joined, state) ? [] : [joined as never]
          })
        },
      },
    })
  }
}
