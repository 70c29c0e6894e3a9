import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ClientNotes } from '../../../adapters/http/client-notes.ts'
import type { SignedFetch } from '../../../adapters/access/signed-fetch.ts'
import { EXCHANGE_PATH } from '../../../adapters/http/exchange-path.ts'
import { createExchangeClient } from '../../../adapters/http/exchange-client.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import { CycleIds } from '../../../adapters/synclog/request-ids.ts'
import { SyncRecorder, type SyncNote, type SyncNoteDetails } from '../../../adapters/synclog/sync-recorder.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { orders } from '../../../schemas/collections/orders.ts'
import { replicatedState } from '../../../schemas/merge-spec.ts'
import type { PushRequest, Standpoint } from '../../../schemas/protocol/exchange.ts'
import { stampWrite } from '../../../schemas/stamp-write.ts'
import { testOrder } from '../../support/real-chain.ts'
import { heartbeatOf, serveCloud, type ServedCloud } from '../../support/served-cloud.ts'

const MINUTE_MS = 60_000
const { signal } = new AbortController()
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const clock = new WriterClock({ writer: 'branch' as WriterId })

type Heard = SyncNote & SyncNoteDetails

let cloud: ServedCloud
let atHeadquarters: Heard[]
let atBranch: Heard[]
let waiting: { count: number; resolve: () => void }[]

beforeEach(async () => {
  cloud = await serveCloud(['b1'])
  atHeadquarters = []
  atBranch = []
  waiting = []
  cloud.recorder.onEntry((note, details) => {
    atHeadquarters.push({ ...note, ...details })
    for (const { count, resolve } of waiting) if (atHeadquarters.length >= count) resolve()
  })
})

afterEach(() => cloud.close())

function ignore(): void {}

/** An answer may be read before headquarters has heard that it has gone. */
function noted(count: number): Promise<void> {
  return new Promise((resolve) => {
    waiting.push({ count, resolve })
    if (atHeadquarters.length >= count) resolve()
  })
}

function clientOf(branchId: string, send: SignedFetch = cloud.sendAs(branchId)) {
  const recorder = new SyncRecorder(silent)
  recorder.onEntry((note, details) => atBranch.push({ ...note, ...details }))
  const ids = new CycleIds()
  const notes = { recorder, branchId, declarations: COLLECTIONS, newId: () => ids.next(), nowMs: () => Date.now() }
  return createExchangeClient(send, 'headquarters', new ClientNotes(notes))
}

function orderEntry(id: string, of = clock): PushRequest['documents'][number] {
  const stamped = stampWrite(orders.merge, undefined, { ...testOrder(id, 'b1'), _deleted: false }, of.stamp)
  const document = stamped.ok ? replicatedState(stamped.doc) : {}
  return { collection: 'orders', version: 1, seq: 41, document }
}

function pushOf(...documents: PushRequest['documents']): PushRequest {
  return { ...introduced(), class: orders.syncClass, documents }
}

function introduced(): Standpoint {
  return cloud.introduce('b1') as Standpoint
}

describe('an exchange', () => {
  test('is noted on both sides under one id, with what it carried', async () => {
    await clientOf('b1').push(pushOf(orderEntry('o1'), orderEntry('o2')), signal)
    await noted(1)
    const [there] = atHeadquarters
    const [here] = atBranch
    const both = { branchId: 'b1', kind: 'push', class: 80, sent: 2, received: 0, outcome: 'ok' }
    expect(there).toMatchObject({ ...both, outcomes: { applied: 2 } })
    expect(here).toMatchObject({ ...both, outcomes: { applied: 2 } })
    expect(there!.requestId).toBe(here!.requestId)
    expect(there!.cycle).toBe(here!.cycle)
    expect(there!.requestId).toBe(`${there!.cycle}.1`)
    expect([there!.bytesSent, there!.bytesReceived]).toEqual([here!.bytesSent, here!.bytesReceived])
    expect(there!.bytesSent).toBeGreaterThan(0)
    expect(there!.queuedMs).toBeGreaterThanOrEqual(0)
  })

  test('names its documents by the seqs of each side', async () => {
    await clientOf('b1').push(pushOf(orderEntry('o1')), signal)
    await noted(1)
    expect(atBranch[0]!.documents).toEqual([{ collection: 'orders', id: 'o1', seq: 41 }])
    const { seq } = cloud.operations.cloud.replica.store.table('orders').row('o1')!
    expect(atHeadquarters[0]!.documents).toEqual([{ collection: 'orders', id: 'o1', seq }])
  })

  test('says how long ago the documents were written that headquarters took, and of repeats nothing', async () => {
    const slow = new WriterClock({ writer: 'earlier1' as WriterId, osMs: () => Date.now() - MINUTE_MS })
    const request = pushOf(orderEntry('o1', slow))
    const client = clientOf('b1')
    await client.push(request, signal)
    await client.push(request, signal)
    await noted(2)
    const [first, repeat] = atHeadquarters
    expect(first!.delaysMs).toEqual([expect.any(Number)])
    expect(first!.delaysMs[0]).toBeGreaterThanOrEqual(MINUTE_MS)
    expect(first!.delaysMs[0]).toBeLessThan(2 * MINUTE_MS)
    expect(repeat).toMatchObject({ outcomes: { applied: 1 }, delaysMs: [] })
    expect(repeat!.documents).toEqual([{ collection: 'orders', id: 'o1', seq: 0 }])
  })

  test('is told with the documents of a page, and with the backlog of a heartbeat', async () => {
    cloud.operations.write('products', { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' })
    const client = clientOf('b1')
    const standpoint = introduced()
    await client.pull({ ...standpoint, class: 20, limit: 10, wanted: [] }, signal)
    const figures = { backlog: { documents: 7 }, classes: [], exceptions: 0 }
    await client.heartbeat(heartbeatOf('b1', { head: standpoint.head, figures, beat: 5 }), signal)
    await noted(2)
    const { seq } = cloud.operations.cloud.replica.store.table('products').row('p1')!
    const page = {
      kind: 'pull',
      class: 20,
      sent: 0,
      received: 1,
      documents: [{ collection: 'products', id: 'p1', seq }],
    }
    expect(atHeadquarters).toMatchObject([page, { kind: 'heartbeat', backlog: 7 }])
    expect(atBranch).toMatchObject([page, { kind: 'heartbeat', backlog: 7 }])
  })

  test('that is to come again is noted with its code and with the documents that it carried', async () => {
    const request = pushOf(orderEntry('o1'))
    await clientOf('b1')
      .push({ ...request, head: { epoch: 'another', seq: 1 } }, signal)
      .catch(ignore)
    await noted(1)
    const refused = { kind: 'push', sent: 1, outcome: 'deferred', code: 'HEARTBEAT_FIRST' }
    expect(atHeadquarters).toMatchObject([{ ...refused, documents: [{ id: 'o1', seq: 0 }] }])
    expect(atBranch).toMatchObject([{ ...refused, documents: [{ id: 'o1', seq: 41 }] }])
  })

  test('of a branch that is shut out is noted before anything of it is read', async () => {
    const request = pushOf(orderEntry('o1'))
    cloud.operations.setBranchEnabled('b1', false)
    await clientOf('b1').push(request, signal).catch(ignore)
    await noted(1)
    expect(atHeadquarters).toMatchObject([{ sent: 0, outcome: 'refused', code: 'BRANCH_DISABLED' }])
    expect(atBranch).toMatchObject([{ outcome: 'refused', code: 'BRANCH_DISABLED' }])
  })

  test('whose branch goes away in the middle of it is a failure of the link', async () => {
    const path = `${EXCHANGE_PATH}/push`
    const text = JSON.stringify(pushOf(orderEntry('o1')))
    const authorization = await cloud.authorization('b1', 'POST', path, text)
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), authorization }
    const asked = httpRequest(`${cloud.url}${path}`, { method: 'POST', headers }).on('error', ignore)
    asked.write(text.slice(0, 10), () => asked.destroy())
    await noted(1)
    expect(atHeadquarters).toMatchObject([{ sent: 0, outcome: 'failed', code: 'LINK_FAILED' }])
  })

  test('that the node itself gives up is no failure of anybody', async () => {
    const giving = new AbortController()
    const pushing = clientOf('b1').push(pushOf(orderEntry('o1')), giving.signal)
    giving.abort()
    await expect(pushing).rejects.toThrow()
    expect(atBranch).toEqual([])
  })

  test('with a headquarters that is away is a failure of the link at the branch', async () => {
    const away = clientOf('b1', () => Promise.reject(new TypeError('fetch failed')))
    await away.push(pushOf(orderEntry('o1')), signal).catch(ignore)
    expect(atBranch).toMatchObject([{ sent: 1, outcome: 'failed', code: 'LINK_FAILED', bytesReceived: 0 }])
  })
})
