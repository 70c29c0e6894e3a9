/**
 * What RxDB 17's `replicateRxCollection` does that a chain cannot live with, shown on RxDB as it is: why local node and
 * headquarters exchange without it, and what the branch app puts around it. A test that fails because RxDB has changed says
 * in its name what to reconsider. That a late page undoes a newer write is shown in downstream-merge-storage.test.ts. That
 * ours do not have these traps is shown in replication-client.test.ts (handlers), branch-side.test.ts (a document that
 * cannot be stored), client-push.test.ts and branch-clients.test.ts (pages).
 */
import { createRxDatabase, type RxCollection, type RxReplicationPullStreamItem, type RxStorage } from 'rxdb'
import { replicateRxCollection } from 'rxdb/plugins/replication'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { wrappedValidateAjvStorage } from 'rxdb/plugins/validate-ajv'
import { filter, firstValueFrom, Subject } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { replicateWithNode, type NodeReplicationOptions } from '../../../adapters/http/replication-client.ts'
import { orders } from '../../../schemas/collections/orders.ts'

interface Note {
  id: string
  text: string
}
type Row = { newDocumentState: Note }
type Checkpoint = { id: string; lwt: number }
type Page = { documents: object[]; checkpoint: Checkpoint }
type Item = RxReplicationPullStreamItem<Note, Checkpoint>

const closing: (() => unknown)[] = []

afterEach(async () => {
  vi.useRealTimers()
  for (const close of closing.splice(0).toReversed()) await close()
})

async function openNotes(storage: RxStorage<never, never> = getRxStorageMemory() as never) {
  const database = await createRxDatabase({ name: `traps-${Math.random()}`, storage, multiInstance: false })
  closing.push(() => database.close())
  const schema = { version: 0, primaryKey: 'id', type: 'object', properties } as const
  const { notes } = await database.addCollections({ notes: { schema } })
  return notes as RxCollection<Note>
}

const properties = { id: { type: 'string', maxLength: 100 }, text: { type: 'string', maxLength: 20 } }
const note = (id: string, text = 'x') => ({ id, text, _deleted: false })

/** Replication with a master in the test's hands. */
function replicate(
  collection: RxCollection<Note>,
  master: {
    pull?: (checkpoint: Checkpoint | undefined) => Page | Promise<Page>
    push?: (rows: Row[]) => Promise<never[]>
    retryTime?: number
  },
) {
  const stream$ = new Subject<Item>()
  const pulls: (Checkpoint | undefined)[] = []
  const replication = replicateRxCollection<Note, Checkpoint>({
    collection,
    replicationIdentifier: 'traps',
    waitForLeadership: false,
    ...(master.retryTime !== undefined && { retryTime: master.retryTime }),
    pull: {
      stream$,
      batchSize: 2,
      handler: async (checkpoint) => {
        pulls.push(checkpoint)
        return ((await master.pull?.(checkpoint)) ?? { documents: [], checkpoint: { id: '', lwt: 0 } }) as never
      },
    },
    ...(master.push && { push: { handler: (rows: Row[]) => master.push!(rows) } }),
  })
  closing.push(() => replication.cancel())
  return { replication, stream$, pulls }
}

const idsOf = (rows: readonly Row[]) => rows.map(({ newDocumentState }) => newDocumentState.id)

describe('a push handler that throws for one document', () => {
  it('keeps back all later pushes, the live pull and reSync() (replication-client.ts never throws for a document)', async () => {
    const notes = await openNotes()
    const pushed: string[][] = []
    let refuses = true
    const push = async (rows: Row[]): Promise<never[]> => {
      pushed.push(idsOf(rows))
      if (refuses && idsOf(rows).includes('poison')) throw new Error('refused')
      return []
    }
    const theirs: object[] = []
    const pull = (checkpoint: Checkpoint | undefined) => {
      const lwt = checkpoint?.lwt ?? 0
      return { documents: theirs.slice(lwt), checkpoint: { id: 'e', lwt: theirs.length } }
    }
    const { replication, stream$, pulls } = replicate(notes, { pull, push, retryTime: 1 })
    await replication.awaitInSync()
    await notes.insert(note('poison'))
    await vi.waitFor(() => expect(pushed.length).toBeGreaterThan(0))
    const before = pulls.length
    await notes.insert(note('good'))
    theirs.push(note('theirs'))
    stream$.next({ documents: [note('theirs')], checkpoint: { id: 'e', lwt: 1 } })
    replication.reSync()
    const tries = pushed.length
    await vi.waitFor(() => expect(pushed.length).toBeGreaterThan(tries + 20))
    expect(pushed.every((ids) => ids.join() === 'poison')).toBe(true)
    expect(pulls.length).toBe(before)
    expect(await notes.findOne('theirs').exec()).toBeNull()
    // Once it no longer throws, all of it goes on.
    refuses = false
    await vi.waitFor(() => expect(pushed.at(-1)).toEqual(['good']))
    await vi.waitFor(async () => expect(await notes.findOne('theirs').exec()).not.toBeNull())
    expect(pulls.length).toBeGreaterThan(before)
  })
})

describe('a push handler that waits for what the pull brings', () => {
  it('waits for ever, as a push with receipts in RxDB’s handlers would (receipts are a request of their own)', async () => {
    const notes = await openNotes()
    let waiter!: ReturnType<typeof replicate>
    let giveUp!: () => void
    const waiting = new Promise<void>((waits) => {
      const push = async (): Promise<never[]> => {
        const arrived = firstValueFrom(notes.findOne('receipt').$.pipe(filter((doc) => doc !== null)))
        const gaveUp = new Promise<void>((resolve) => (giveUp = resolve))
        waits()
        await Promise.race([arrived, gaveUp])
        return []
      }
      waiter = replicate(notes, { push })
    })
    const others = await openNotes()
    const other = replicate(others, { push: async () => [] })
    await Promise.all([waiter.replication.awaitInSync(), other.replication.awaitInSync()])
    await notes.insert(note('mine'))
    await waiting
    for (const { stream$ } of [waiter, other]) {
      stream$.next({ documents: [note('receipt')], checkpoint: { id: 'e', lwt: 1 } })
    }
    // Told later than the one that waits.
    await vi.waitFor(async () => expect(await others.findOne('receipt').exec()).not.toBeNull())
    expect(await notes.findOne('receipt').exec()).toBeNull()
    giveUp()
    await vi.waitFor(async () => expect(await notes.findOne('receipt').exec()).not.toBeNull())
  })
})

describe('a row that the client cannot store', () => {
  it('is passed by the next page’s checkpoint and never asked for again (a branch asks for it as wanted)', async () => {
    const storage = wrappedValidateAjvStorage({ storage: getRxStorageMemory() })
    const notes = await openNotes(storage as never)
    const master = [note('good'), note('poison', 'longer than the schema allows'), note('next')]
    let isCorrected = false
    const failures: unknown[] = []
    const pull = async (checkpoint: Checkpoint | undefined) => {
      const lwt = checkpoint?.lwt ?? 0
      // The next page comes when the one before has failed, as it would over a network.
      if (lwt === 2 && !isCorrected) await vi.waitFor(() => expect(failures.length).toBeGreaterThan(0))
      return { documents: master.slice(lwt, lwt + 2), checkpoint: { id: 'e', lwt: Math.min(lwt + 2, master.length) } }
    }
    const { replication, pulls } = replicate(notes, { pull })
    replication.error$.subscribe((error) => failures.push(error))
    await vi.waitFor(async () => expect(await notes.findOne('next').exec()).not.toBeNull())
    await replication.awaitInSync()
    isCorrected = true
    master[1] = note('poison', 'corrected')
    replication.reSync()
    await vi.waitFor(() => expect(pulls.at(-1)).toMatchObject({ lwt: 3 }))
    await replication.awaitInSync()
    expect((await notes.find().exec()).map(({ id }) => id)).toEqual(['good', 'next'])
  })
})

describe('a page that a filter has emptied', () => {
  it('ends the pull though more is behind it (collection-endpoint.ts fills its pages)', async () => {
    const notes = await openNotes()
    // A master that hides the first two of three documents and hands out pages of two.
    const pull = (checkpoint: Checkpoint | undefined) =>
      (checkpoint?.lwt ?? 0) < 2
        ? { documents: [], checkpoint: { id: 'e', lwt: 2 } }
        : { documents: [note('visible')], checkpoint: { id: 'e', lwt: 3 } }
    const { replication, pulls } = replicate(notes, { pull })
    await replication.awaitInSync()
    replication.reSync()
    await vi.waitFor(() => expect(pulls).toHaveLength(2))
    await replication.awaitInSync()
    expect(pulls).toEqual([undefined, undefined])
    expect(await notes.find().exec()).toEqual([])
  })
})

describe('the pause after a failure', () => {
  it('is 5 s each time, without backoff or jitter (replication-client.ts waits by itself)', async () => {
    const notes = await openNotes()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const tries: number[] = []
    const started = Date.now()
    const pull = () => {
      tries.push(Date.now() - started)
      throw new Error('no link')
    }
    replicate(notes, { pull })
    while (tries.length < 6) await vi.advanceTimersByTimeAsync(10)
    const pauses = tries.slice(1).map((at, i) => at - tries[i]!)
    expect(pauses).toEqual([5000, 5000, 5000, 5000, 5000])
    vi.useRealTimers()

    const asked: number[] = []
    const stop = new AbortController()
    const random = vi.fn(() => 0.5)
    const options: NodeReplicationOptions = {
      collection: notes,
      declaration: { ...orders, name: 'notes' },
      baseUrl: 'http://127.0.0.1:1',
      identifier: 'ours',
      signal: stop.signal,
      random,
      backoff: { firstMs: 1, capMs: 8 },
      fetch: () => {
        asked.push(asked.length)
        return Promise.reject(new Error('no link'))
      },
    }
    const { ended } = replicateWithNode(options)
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(5))
    stop.abort()
    await ended
    expect(random).toHaveBeenCalled()
  })
})

describe('what a replication keeps', () => {
  it('is a second copy of each document (a row of our store carries its state itself)', async () => {
    const notes = await openNotes()
    const documents = [note('a'), note('b')]
    const pull = (checkpoint: Checkpoint | undefined) => ({
      documents: checkpoint ? [] : documents,
      checkpoint: { id: 'e', lwt: 2 },
    })
    const { replication } = replicate(notes, { pull, push: async () => [] })
    await replication.awaitInSync()
    const kept = await replication.metaInstance!.findDocumentsById(['a|0', 'b|0'], false)
    expect(kept.map(({ docData }) => docData)).toEqual(documents)
  })
})
