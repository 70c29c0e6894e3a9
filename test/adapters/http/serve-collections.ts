/** The collection endpoints of a node over real HTTP, on a store of their own. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { CloudSide } from '../../../adapters/exchange/cloud-side.ts'
import { Exceptions } from '../../../adapters/exchange/exceptions.ts'
import { createReplica, type Replica } from '../../../adapters/exchange/replica.ts'
import { newSigningKey, readSigningKey } from '../../../adapters/exchange/signature.ts'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { branchClients } from '../../../adapters/http/branch-clients.ts'
import type { EndpointClient } from '../../../adapters/http/client-push.ts'
import { addCollectionRoutes, CollectionEndpoint } from '../../../adapters/http/collection-endpoint.ts'
import { RouteTable, type Guard } from '../../../adapters/http/route-table.ts'
import { openHeadquartersIdentity } from '../../../adapters/identity/open-identity.ts'
import { WriterClock } from '../../../adapters/rxdb/writer-clock.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { Doc } from '../../../schemas/json.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { DEVICE, guardOf, NOBODY, programOf } from '../../support/guard-of.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { CHAIN_KEY } from '../../support/simulated-chain.ts'
import { schemaVersion } from '../../support/schema-version.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface PullPage {
  readonly documents: Doc[]
  readonly checkpoint: { readonly id: string; readonly lwt: number }
}

export interface ServedCollections {
  readonly url: string
  readonly replica: Replica
  readonly exceptions: Exceptions
  push(rows: unknown, collection?: string, headers?: Record<string, string>): Promise<Answer>
  pull(query: string, collection?: string, headers?: Record<string, string>): Promise<PullPage>
  close(): Promise<void>
}

/** A paid order of branch b1, as a client that stamps nothing pushes it. */
export function pushedOrder(id: string, more: object = {}): Doc {
  const facts = { id, branchId: 'b1', number: id, placedAt: '2026-01-01T00:00:00.000Z', status: 'paid', round: 1 }
  return { ...facts, lines: [], total: 100, currency: 'CNY', moves: [], _deleted: false, ...more }
}

/** As the node of branch b1 serves them. */
export async function serveAtBranch(declarations: readonly CollectionDeclaration[] = COLLECTIONS) {
  const { folder, replica } = openReplica(declarations, true)
  const client = { branchId: 'b1', scopes: ['shared', 'b1'] }
  return serve(folder, replica, guardOf(DEVICE), new Exceptions(replica.store), client)
}

/** The header by which a client of the test says whose it is. */
export const CLIENT_OF = 'test-client-of'

/**
 * As headquarters serves them, to b1 and b2; `disabled` names those that may not come now, `revoked` those whose programs
 * have lost their tokens.
 */
export async function serveAtHeadquarters(declarations: readonly CollectionDeclaration[] = COLLECTIONS) {
  const { folder, replica } = openReplica(declarations, false)
  const identity = openHeadquartersIdentity(replica, readSigningKey(newSigningKey().privateKey))
  const cloud = new CloudSide(replica, identity)
  const { exceptions, deleted } = cloud
  const disabled = new Set<string>()
  const admit = (branchId: string) => {
    if (!['b1', 'b2'].includes(branchId)) throw new OutpostError('BRANCH_UNKNOWN', 'there is no such branch')
    if (disabled.has(branchId)) throw new OutpostError('BRANCH_DISABLED', 'the branch is disabled')
  }
  const revoked = new Set<string>()
  const guard: Guard = {
    ...guardOf((req) => {
      const branchId = req.get(CLIENT_OF)
      return branchId === undefined ? NOBODY : programOf(branchId)
    }),
    isStillAdmitted: (principal) => principal.kind === 'program' && !revoked.has(principal.branchId),
  }
  const served = await serve(folder, replica, guard, exceptions, {
    clientOf: branchClients(cloud, identity, { admit }),
  })
  return { ...served, identity, deleted, disabled, revoked }
}

function openReplica(declarations: readonly CollectionDeclaration[], tracksPending: boolean) {
  const folder = temporaryFolder()
  const store = new Store({ file: join(folder.path, 'store.sqlite'), declarations, tracksPending })
  const clock = new WriterClock({ writer: 'node0001' as WriterId })
  return { folder, replica: createReplica({ store, clock, chainKey: CHAIN_KEY }) }
}

async function serve(
  folder: { remove: () => void },
  replica: Replica,
  guard: Guard,
  exceptions: Exceptions,
  clients: EndpointClient | { clientOf: ReturnType<typeof branchClients> },
): Promise<ServedCollections> {
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const app = createApp(silent)
  const endpoints = replica.store.declarations.map((declaration) => {
    const options = { replica, declaration, exceptions, ...clients }
    return new CollectionEndpoint(options)
  })
  addCollectionRoutes(new RouteTable(app, guard), endpoints)
  addErrorHandling(app, silent)
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    replica,
    exceptions,
    async push(rows: unknown, collection = 'orders', headers: Record<string, string> = {}) {
      const body = typeof rows === 'string' ? rows : JSON.stringify(rows)
      const sent = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }
      const response = await fetch(`${url}/${collection}/${schemaVersion(collection)}/push`, sent)
      return { status: response.status, body: await response.json() }
    },
    async pull(query, collection = 'orders', headers = {}) {
      const response = await fetch(`${url}/${collection}/${schemaVersion(collection)}/pull?${query}`, { headers })
      return (await response.json()) as PullPage
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      replica.store.close()
      folder.remove()
    },
  }
}

function ignore(): void {
  // What is logged is not what is tested.
}
