/** The desks of headquarters and of a branch in this process, each on a real store that no exchange fills. */
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { CloudSide } from '../../adapters/exchange/cloud-side.ts'
import { createReplica, declarationOf, type Replica } from '../../adapters/exchange/replica.ts'
import { newSigningKey, readSigningKey } from '../../adapters/exchange/signature.ts'
import { writeDocument } from '../../adapters/exchange/write-documents.ts'
import { addErrorHandling, createApp } from '../../adapters/http/app.ts'
import { RouteTable } from '../../adapters/http/route-table.ts'
import { BranchDesk } from '../../adapters/identity/branch-desk.ts'
import { IdentityBook } from '../../adapters/identity/identity-book.ts'
import { MemberDesk } from '../../adapters/identity/member-desk.ts'
import { MembersHere } from '../../adapters/identity/members-here.ts'
import { openHeadquartersIdentity } from '../../adapters/identity/open-identity.ts'
import { WriterClock } from '../../adapters/rxdb/writer-clock.ts'
import { IDENTITY_SETTINGS } from '../../adapters/sqlite/store-identity.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import type { E164Phone, Scope, WriterId } from '../../schemas/brand.ts'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { NO_BALANCE } from '../../schemas/contribution.ts'
import type { Doc } from '../../schemas/json.ts'
import { memberIdOfPhone, type ChainKey } from '../../schemas/member-id.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { COMMAND, guardOf } from './guard-of.ts'
import { newMemberDocument, newRegistration } from '../../schemas/register-member.ts'

const KEY = 'ab'.repeat(32) as ChainKey

export interface TestDesk<Desk> {
  readonly desk: Desk
  readonly replica: Replica
  put(collection: string, doc: object): void
  close(): void
}

export interface TestHeadquarters extends TestDesk<MemberDesk> {
  /** As a branch's registration arrives; returns the member's id. */
  member(name: string, phone: string, branchId: string): string
  /** As a branch's request arrives. */
  ask(request: Pick<RequestDocument, 'id' | 'what' | 'memberId'> & Partial<RequestDocument>): void
}

export function openHeadquarters(folder: string): TestHeadquarters {
  const store = new Store({ file: join(folder, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: false })
  store.transaction('setting', () => store.writeSetting(IDENTITY_SETTINGS.cloud, JSON.stringify({ key: KEY })))
  const replica = replicaOf(store, 'wwwwwww1')
  const identity = openHeadquartersIdentity(replica, readSigningKey(newSigningKey().privateKey))
  const cloud = new CloudSide(replica, identity)
  const balanceOf = (id: string) => {
    const { points, value } = cloud.balances.balance(id) ?? NO_BALANCE
    return { points, value }
  }
  const put = (collection: string, doc: object) => putInto(replica, collection, doc as Doc)
  return {
    desk: new MemberDesk(identity, balanceOf, 'CN'),
    replica,
    put,
    close: () => store.close(),
    member(name, phone, branchId) {
      const scope = 'shared' as Scope
      const id = memberIdOfPhone(KEY, scope, phone as E164Phone, 0)
      const registration = newRegistration(`g-${branchId}-${phone.slice(-4)}`, branchId, replica.clock.now(), 0)
      put('members', newMemberDocument({ name, phone: phone as E164Phone, scope }, { id, generation: 0 }, registration))
      return id
    },
    ask: (request) =>
      put('requests', { branchId: 'b1', registrations: [], seen: 0, at: replica.clock.now(), ...request }),
  }
}

/** Branch `b1`. */
export function openBranch(folder: string): TestDesk<BranchDesk> {
  const store = new Store({ file: join(folder, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: true })
  const facts = JSON.stringify({ branchId: 'b1', chainKey: KEY })
  store.transaction('setting', () => store.writeSetting(IDENTITY_SETTINGS.branch, facts))
  const replica = replicaOf(store, 'wwwwwww2')
  const here = new MembersHere(replica, new IdentityBook(store))
  return {
    desk: new BranchDesk({ replica, here, branchId: 'b1', country: 'CN', balanceOf: () => NO_BALANCE }),
    replica,
    put: (collection, doc) => putInto(replica, collection, doc as Doc),
    close: () => store.close(),
  }
}

/** An app of a node with the routes that `add` gives it, at a free port; every request is a command's. */
export async function serve(add: (routes: RouteTable) => void): Promise<{ url: string; close: () => void }> {
  const app = createApp(SILENT)
  add(new RouteTable(app, guardOf(COMMAND)))
  addErrorHandling(app, SILENT)
  const server = app.listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

function replicaOf(store: Store, writer: string): Replica {
  return createReplica({ store, clock: new WriterClock({ writer: writer as WriterId }), chainKey: KEY })
}

function putInto(replica: Replica, collection: string, doc: Doc): void {
  const written = replica.store.transaction('test', (write) =>
    writeDocument(replica, write, declarationOf(replica, collection), doc['id'] as string, (stored) => ({
      ...stored,
      ...doc,
    })),
  )
  if (written.outcome === 'refused') throw new OutpostError(written.refusal.code, written.refusal.reason)
}

const nothing = () => {}
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }
