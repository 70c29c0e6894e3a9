/**
 * Goes once through everything that the product does with its stores, a branch's and headquarters', so that every
 * statement is prepared: an exchange with failures, both nodes' operations, the endpoint for RxDB clients, RxDB itself,
 * imports, balances, who may come, the mirror's feed, cleanup, attachments, backups.
 */
import { endLogins } from '../../../adapters/node/end-logins.ts'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { RxCollection, RxStorageInstance } from 'rxdb'
import { fillWithDefaultSettings } from 'rxdb'
import { branchExceptions } from '../../../adapters/exchange/branch-exceptions.ts'
import { cloudExceptions } from '../../../adapters/exchange/cloud-exceptions.ts'
import { DaySales } from '../../../adapters/exchange/day-sales.ts'
import { repair } from '../../../adapters/exchange/repair.ts'
import type { Replica } from '../../../adapters/exchange/replica.ts'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { CollectionEndpoint } from '../../../adapters/http/collection-endpoint.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { openClock } from '../../../adapters/node/clock-memory.ts'
import { openCollections } from '../../../adapters/rxdb/open-collections.ts'
import { inspectStoreFile } from '../../../adapters/sqlite/inspect-store-file.ts'
import { getRxStorageSqlite } from '../../../adapters/sqlite/rx-storage.ts'
import { lookAtStore } from '../../../adapters/doctor/look-at-store.ts'
import { openStoppedStore } from '../../../adapters/sqlite/stopped-store.ts'
import { createChangeFeed } from '../../../adapters/sqlite/store-change-feed.ts'
import { REPLICATED_DATABASE } from '../../../adapters/sqlite/layout.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { openChain } from '../../../cloud-node/chain.ts'
import { CloudOperations } from '../../../cloud-node/cloud-operations.ts'
import { TombstonePurge } from '../../../cloud-node/purge-tombstones.ts'
import { BranchOperations } from '../../../local-node/branch-operations.ts'
import { SHARED_SCOPE, type E164Phone } from '../../../schemas/brand.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { Doc } from '../../../schemas/json.ts'
import type { MemberView } from '../../../schemas/protocol/identity.ts'
import { memberIdOfPhone, productIdOfLegacy } from '../../../schemas/member-id.ts'
import { BundleStick } from '../../support/bundle-stick.ts'
import { DEVICE, guardOf } from '../../support/guard-of.ts'
import { CHAIN_KEY, SimulatedChain } from '../../support/simulated-chain.ts'
import { COLLECTIONS_0 } from '../../schemas/earlier-collections.ts'
import { useAlerts } from './use-alerts.ts'
import { useSyncLog } from './use-sync-log.ts'
import { useReconciliation } from './use-reconciliation.ts'
import { useBranchAccess, useCloudAccess } from './use-access.ts'
import { useCapture } from './use-capture.ts'
import { useLegacy } from './use-legacy.ts'

const BRANCH = 'b1'
const CLASS = Object.fromEntries(COLLECTIONS.map(({ name, syncClass }) => [name, syncClass]))

/** Files of branches have `branch` in their names, those of headquarters `cloud`. */
export async function useWholeProduct(folder: string): Promise<void> {
  const chain = new SimulatedChain(folder, [BRANCH])
  try {
    const memberId = importLegacyData(chain)
    await exchangeWithFailures(chain, memberId)
    askBothNodes(chain, memberId)
    await decideAboutMembers(chain)
    await serveRxdbClients(chain.branches[0]!.branch.replica, chain)
    useAlerts(operationsOf(chain).cloud.cloud)
    useReconciliation(operationsOf(chain).cloud.cloud.replica.store)
    useSyncLog(folder)
    await useCloudAccess(operationsOf(chain).cloud.access, BRANCH)
    await useBranchAccess(chain.branches[0]!.branch.replica.store, BRANCH)
    useCapture(operationsOf(chain).cloud)
    await useLegacy(operationsOf(chain).branch)
  } finally {
    chain.close()
  }
  const otherFolder = join(folder, 'gone-back')
  mkdirSync(otherFolder)
  const other = new SimulatedChain(otherFolder, [BRANCH])
  try {
    await letStoresGoBack(other)
  } finally {
    other.close()
  }
  for (const [name, tracksPending] of [
    ['branch', true],
    ['cloud', false],
  ] as const) {
    await useRxdb(join(folder, `${name}-rxdb.sqlite`), tracksPending)
    await upgrade(join(folder, `${name}-older.sqlite`), tracksPending)
  }
  await backUp(join(folder, 'branch-rxdb.sqlite'), join(folder, 'branch-backup.sqlite'))
  endLogins(join(folder, 'branch-backup.sqlite'))
  const examined = join(folder, 'branch-examined')
  mkdirSync(examined)
  await backUp(join(folder, 'branch-rxdb.sqlite'), join(examined, 'store.sqlite'))
  lookAtStore(examined)
}

const row = { origin: { file: 'legacy.csv', line: 2 }, source: 'pos' }
const tea = { ...row, kind: 'product', legacyId: 't', name: 'Tea', price: 500, currency: 'CNY' }
const anna = { ...row, kind: 'member', legacyId: '7', name: 'Anna', phone: '13812345678', scope: 'shared' }

function bill(legacyId: string, memberLegacyId: string): object {
  const line = { productLegacyId: 't', name: 'Tea', price: 500, quantity: 2, discount: 0 }
  const facts = { placedAt: '2026-03-01T09:00:00.000Z', status: 'paid', currency: 'CNY', lines: [line] }
  return { ...row, kind: 'order', legacyId, number: legacyId, memberLegacyId, ...facts }
}

/** @returns a member's id */
function importLegacyData(chain: SimulatedChain): string {
  const { cloud, branch } = operationsOf(chain)
  cloud.importBatch([tea, tea, anna, { kind: 'nothing' }])
  // A stub is made of the customer whom nobody has imported.
  branch.importBatch([anna, bill('100', '7'), bill('101', '8')])
  const [member] = chain.branches[0]!.branch.replica.store.table('members').rowsAfter(0, 1)
  return member!.id
}

async function exchangeWithFailures(chain: SimulatedChain, memberId: string): Promise<void> {
  const simulated = chain.branches[0]!
  const { branch, cycle } = simulated
  chain.write(simulated, 'orders', order('mine', { memberId, pointsEarned: 3 }))
  simulated.faults = ['lose-request', 'pass', 'lose-answer', 'edit-meanwhile']
  simulated.meanwhile = () => chain.write(simulated, 'orders', order('mine', { memberId, pointsEarned: 4 }))
  for (let i = 0; i < 4; i++) await cycle.run()
  // Headquarters has given this id to another branch: refused three times, then parked.
  chain.writeAtCloud('branches', { id: 'b2', name: 'b2', enabled: true })
  chain.writeAtCloud('orders', order('taken', { branchId: 'b2' }))
  chain.write(simulated, 'orders', order('taken'))
  for (let i = 0; i < 3; i++) await cycle.run()
  await decideAboutExceptions(chain)
  // A page with a document that the branch cannot take: it is asked for again.
  const id = productIdOfLegacy('pos', 't')
  chain.writeAtCloud('products', { id, name: 'Green tea', price: 600, currency: 'CNY' })
  const products = CLASS['products']!
  const page = chain.cloud.pull(BRANCH, { ...branch.standpoint(), class: products, limit: 10, wanted: [] })
  for (const { document } of page.documents) document['price'] = 'free'
  const receipts = branch.applyPage(products, page, 0)
  chain.cloud.receipts(BRANCH, { ...branch.standpoint(), class: products, delivery: page.delivery, receipts })
  await chain.heal()
  await chain.restart(simulated)
  chain.restartCloud()
  await chain.lose(simulated)
  await chain.heal()
}

/** Restored and cloned stores, a comparison, a purge, another PC, what a day sold. */
async function letStoresGoBack(chain: SimulatedChain): Promise<void> {
  const north = chain.branches[0]!
  const sales = new DaySales(north.branch.replica.store, 'CNY')
  await chain.heal()
  // Before headquarters has ever said anything of a member.
  chain.backUpCloud()
  const { cloud: operations, branch } = operationsOf(chain)
  const { id } = branch.members.register('Li', '13700000001', false)
  chain.write(north, 'orders', order('sold', { memberId: id, pointsEarned: 3 }))
  sales.on(new Date())
  operations.stats.note(BRANCH, { ...north.branch.standpoint(), ...sales.on(new Date()) }, 0)
  operations.listings.products({ search: '', limit: 1 })
  for (const branch of [undefined, BRANCH]) operations.listings.orders({ branch, limit: 1 })
  branch.members.request(id, { do: 'phone', to: '13700000002' })
  await chain.heal()
  chain.restoreCloud()
  await chain.heal()
  await chain.backUp(north)
  chain.write(north, 'orders', order('later'))
  await chain.heal()
  await chain.restore(north)
  await chain.heal()

  north.branch.receiptsRefused({ delivery: 'd', class: 20, receipts: [] }, 'unknown', 0)
  north.branch.wantedHere.add({ collection: 'orders', id: 'nowhere' })
  const compare = chain.cloud.digests.bind(chain.cloud, BRANCH)
  chain.write(north, 'orders', order('differs'))
  await repair(north.branch, (request) => Promise.resolve(compare(request)), new AbortController().signal)
  await chain.heal()
  await chain.backUp(north)
  chain.write(north, 'orders', { id: 'sold', _deleted: true })
  for (let i = 0; i < 3; i++) await chain.heal()
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const purging = { cloud: chain.cloud, registry: chain.registry, mirroredUpTo: () => Number.POSITIVE_INFINITY }
  await new TombstonePurge({ ...purging, log: silent }).run()
  await chain.restore(north)
  chain.write(north, 'orders', { id: 'sold', note: 'still wanted' })
  await chain.heal()
  const { lifecycle } = operationsOf(chain).cloud
  lifecycle.show(BRANCH)
  lifecycle.resnapshot(BRANCH, false)
  await chain.heal()
  await carryBundles(chain)
  const clone = await chain.clone(north)
  for (const { cycle } of [clone, north, clone]) await cycle.run()
  await chain.restart(clone)
  await clone.cycle.run()
  chain.keep(north)
  await chain.heal()
  lifecycle.replace(BRANCH, false)
  const { replica, recovery } = chain.cloud
  replica.store.transaction('recovery', (write) => {
    recovery.beginFor(BRANCH, [BRANCH, 'b2'], () => 'late', 0)
    recovery.end(write)
  })
  chain.identity.book.lastNamedHome('lost')
  // A headquarters that shares no past with what the branch knows.
  const { head, ...rest } = { ...chain.registry.contact(BRANCH)!.request, head: { epoch: 'z', seq: 1 } }
  const nothing = { priority: 0, level: {}, timeMs: 0, verdict: { state: 'unknown' as const }, documents: {} }
  north.branch.recovery.take({ ...rest, ...nothing, head, epochs: [{ epoch: 'z', firstSeq: 1 }], recover: true })
}

async function carryBundles(chain: SimulatedChain): Promise<void> {
  const [branch] = chain.branches
  chain.write(branch!, 'orders', order('by-stick'))
  const stick = new BundleStick(chain)
  await stick.introduce()
  chain.writeAtCloud('products', { id: 'p-stick', name: 'Tea', price: 100, currency: 'CNY' })
  await stick.round(branch!)
  await stick.round(branch!)
}

/** What failed is shown, tried again and given up, on both sides. */
async function decideAboutExceptions(chain: SimulatedChain): Promise<void> {
  const { branch } = chain.branches[0]!
  const here = branchExceptions(branch, { take: ignore, wake: ignore })
  const [{ id } = { id: '' }] = here.list().exceptions
  here.show(id)
  here.retry(id)
  await here.retryAll()
  here.discard(id)
  await chain.heal()
  const { cloud } = chain
  const lost = order('lost', { clock: { r: {} }, _deleted: false })
  const of = { direction: 'here', branchId: BRANCH, collection: 'orders', id: 'lost', code: 'LOST_FUTURE' } as const
  cloud.replica.store.transaction('test', () =>
    cloud.exceptions.fail({ ...of, reason: 'lost', document: JSON.stringify(lost) }, 0, 3),
  )
  await cloudExceptions(cloud, { take: ignore }).retryAll()
}

/** Requests, decisions, what is held, an erasure: every statement of who is who. */
async function decideAboutMembers(chain: SimulatedChain): Promise<void> {
  const { cloud, branch } = operationsOf(chain)
  const desk = cloud.members
  const [one, other, third] = ['13700000001', '13700000002', '13700000003'].map((phone) =>
    branch.members.register(`Member ${phone.at(-1)}`, phone, false),
  ) as [MemberView, MemberView, MemberView]
  chain.write(
    chain.branches[0]!,
    'orders',
    order('theirs', { memberId: one.id, registrationId: one.registrations[0]!.id }),
  )
  await chain.heal()
  branch.members.request(one.id, { do: 'phone', to: '13700000009' })
  branch.members.request(other.id, { do: 'merge', into: one.id })
  chain.write(chain.branches[0]!, 'members', { id: third.id, _deleted: true })
  await chain.heal()
  const registrations = [...one.registrations, { id: 'g-late', branchId: BRANCH }]
  chain.write(chain.branches[0]!, 'members', { id: one.id, registrations })
  await chain.heal()
  for (const { id } of desk.review()) desk.decide(id, { answer: 'grant' })
  chain.write(chain.branches[0]!, 'orders', order('late', { memberId: one.id, registrationId: 'g-late' }))
  // Registered under a number that a member holds who was registered with another one.
  const phone = '+8613700000009' as E164Phone
  const given = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, phone, 0)
  const identity = { id: given, scope: SHARED_SCOPE, phone, generation: 0, tags: [], aliases: [], followUps: [] }
  const seen = [{ id: 'g-knowing', branchId: BRANCH, seen: 100 }]
  chain.write(chain.branches[0]!, 'members', { ...identity, name: 'Knowing', registrations: seen })
  await chain.heal()
  desk.review(true)
  desk.search({ name: 'Member', limit: 1 })
  desk.audit(one.id)
  desk.joining(BRANCH)
  desk.act(one.id, { do: 'split', registrations: [other.registrations[0]!.id] }, true)
  desk.act(one.id, { do: 'erase' })
  await chain.heal()
  branch.members.requests()
  branch.members.documentsOf('orders', one.id)
}

function askBothNodes(chain: SimulatedChain, memberId: string): void {
  const { cloud, branch } = operationsOf(chain)
  branch.write('members', { id: memberId, note: 'likes jasmine' })
  branch.read('members', memberId)
  branch.balanceOf(memberId)
  branch.status()
  branch.branch.exceptions.list()
  cloud.addBranch({ id: 'b3', name: 'B3' })
  cloud.setBranchEnabled('b3', false)
  cloud.branches()
  cloud.factsFor(BRANCH)
  cloud.read('members', memberId)
  cloud.status()
  cloud.write('members', { id: memberId, note: 'moved' })
  cloud.cloud.balances.negative(10)
  cloud.cloud.exceptions.list()
  cloud.cloud.deliveries.unconfirmed(BRANCH)
  for (const { store } of [cloud.cloud.replica, branch.branch.replica]) {
    store.transaction('clock', () => openClock(store).remember())
    createChangeFeed(store).changesSince(
      0,
      100,
      COLLECTIONS.map(({ name }) => name),
    )
  }
}

function operationsOf(chain: SimulatedChain): { cloud: CloudOperations; branch: BranchOperations } {
  const names = { branchId: BRANCH, branchName: 'B1', chainKey: CHAIN_KEY, cloudKey: '' }
  const facts = { ...names, country: 'CN', currency: 'CNY', overdraft: { points: 0, value: 0 } }
  const settings = openChain(chain.cloud.replica.store, {})
  return {
    cloud: new CloudOperations({ ...chain, chain: settings }),
    branch: new BranchOperations({ ...chain.branches[0]!, facts, cloudUrl: 'http://headquarters' }),
  }
}

/** As `rxdb-server`'s clients ask: the branch's pages and any other program. */
async function serveRxdbClients(replica: Replica, chain: SimulatedChain): Promise<void> {
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const app = createApp(silent)
  const { exceptions } = chain.branches[0]!.branch
  const scopes = [SHARED_SCOPE, BRANCH]
  const routes = new RouteTable(app, guardOf(DEVICE))
  for (const declaration of COLLECTIONS) {
    new CollectionEndpoint({ replica, declaration, exceptions, branchId: BRANCH, scopes }).addRoutes(routes)
  }
  addErrorHandling(app, silent)
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders/1`
  const push = (newDocumentState: object) => {
    const headers = { 'content-type': 'application/json' }
    return fetch(`${url}/push`, { method: 'POST', headers, body: JSON.stringify([{ newDocumentState }]) })
  }
  await (await push({ ...order('pushed'), _deleted: false })).json()
  await (await push({ ...order('pushed'), total: 'much', _deleted: false })).json()
  await (await fetch(`${url}/pull?limit=2`)).json()
  await new Promise((resolve) => server.close(resolve))
}

/** As applications use the collections, the branch's pages among them, and everything else that RxDB asks a storage. */
async function useRxdb(file: string, tracksPending: boolean): Promise<void> {
  const store = new Store({ file, declarations: COLLECTIONS, tracksPending })
  const { clock } = openClock(store)
  const storage = getRxStorageSqlite(store)
  const options = { name: REPLICATED_DATABASE, storage, declarations: COLLECTIONS, multiInstance: false }
  const database = await openCollections({ ...options, stamp: clock.stamp })
  const orders = database['orders'] as RxCollection<Doc>
  await orders.insert(order('o1'))
  await orders.insert(order('o1')).catch(ignore)
  await orders.bulkInsert([order('o1'), ...Array.from({ length: 9 }, (_, i) => order(`bulk${i}`))])
  await orders.upsert(order('o1', { note: 'changed' }))
  for (const sort of ['asc', 'desc'] as const) await orders.find({ sort: [{ placedAt: sort }], limit: 5 }).exec()
  await orders.find().exec()
  await orders.find({ selector: { note: { $exists: true } }, sort: [{ note: 'asc' }] }).exec()
  await orders.find({ selector: { note: { $exists: true } }, sort: [{ placedAt: 'asc' }], limit: 5 }).exec()
  await orders.count({ selector: { status: 'paid' } }).exec()
  await orders.findByIds(['o1', 'bulk1']).exec()
  await (await orders.findOne('o1').exec())?.remove()
  await orders.storageInstance.getChangedDocumentsSince!(100)
  await orders.storageInstance.cleanup(0)
  await database.close()
  await useAttachments(store)
  store.close()
  // Once more on a file that is there, where no document is in memory yet.
  const again = new Store({ file, declarations: COLLECTIONS, tracksPending })
  again.table('orders').changesAfter(0, 100)
  again.table('orders').rowsAfter(0, 100)
  again.close()
}

/** A store of an older program, opened by this one. */
async function upgrade(file: string, tracksPending: boolean): Promise<void> {
  const older = new Store({ file, declarations: COLLECTIONS_0, tracksPending })
  const { clock } = openClock(older)
  const storage = getRxStorageSqlite(older)
  const options = { name: REPLICATED_DATABASE, storage, declarations: COLLECTIONS_0, multiInstance: false }
  const database = await openCollections({ ...options, stamp: clock.stamp })
  const lists = { tags: [], registrations: [], aliases: [] }
  const facts = { id: 'r-1', scope: SHARED_SCOPE, generation: 0, name: 'Li', ...lists }
  await (database['members'] as RxCollection<Doc>).insert(facts)
  await (database['orders'] as RxCollection<Doc>).insert(order('older'))
  await database.close()
  older.close()
  new Store({ file, declarations: COLLECTIONS, tracksPending }).close()
}

async function useAttachments(store: Store): Promise<void> {
  const schema = fillWithDefaultSettings<Doc>({
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: { id: { type: 'string', maxLength: 20 } },
    required: ['id'],
    attachments: {},
  })
  const names = { databaseInstanceToken: 'token', databaseName: 'photos', collectionName: 'photos' }
  const parameters = { ...names, schema, options: {}, multiInstance: false, devMode: false }
  const instance = (await getRxStorageSqlite(store).createStorageInstance<Doc>(parameters)) as RxStorageInstance<
    Doc,
    unknown,
    unknown
  >
  const data = new Blob(['leaves'], { type: 'text/plain' })
  const attachment = { digest: 'd1', length: data.size, type: data.type, data }
  const document = { id: 'p1', _deleted: false, _meta: { lwt: 1 }, _rev: '1-a', _attachments: { leaf: attachment } }
  await instance.bulkWrite([{ document }], 'test')
  await instance.getAttachmentData('p1', 'leaf', 'd1')
  const [previous] = await instance.findDocumentsById(['p1'], false)
  const gone = { ...document, _deleted: true, _rev: '2-a', _attachments: {} }
  await instance.bulkWrite([{ previous: previous!, document: gone }], 'test')
  await instance.cleanup(0)
  await instance.remove()
}

async function backUp(file: string, copy: string): Promise<void> {
  const stopped = openStoppedStore(file)
  await stopped.copyTo(copy, () => 1000)
  stopped.close()
  inspectStoreFile(copy, true)
}

function order(id: string, fields: object = {}): Doc {
  const facts = { id, branchId: BRANCH, number: id, placedAt: '2026-03-01T10:00:00.000Z', status: 'paid', round: 1 }
  return { ...facts, lines: [], total: 100, currency: 'CNY', ...fields }
}

function ignore(): void {
  // What is answered is other tests' concern.
}
