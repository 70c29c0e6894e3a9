/** Headquarters' addresses over real HTTP on a store of its own, and branches that speak with it by hand. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { addErrorHandling, createApp } from '../../adapters/http/app.ts'
import type { ExchangeQueue } from '../../adapters/http/exchange-queue.ts'
import { addExchangeRoutes, BRANCH_HEADER, EXCHANGE_PATH } from '../../adapters/http/exchange-routes.ts'
import { addBranchRoutes } from '../../cloud-node/branch-routes.ts'
import type { CloudOperations } from '../../cloud-node/cloud-operations.ts'
import { openStoppedCloud } from '../../cloud-node/main.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { HeartbeatRequest } from '../../schemas/protocol/exchange.ts'
import { temporaryFolder } from './node-process.ts'
import { introduceBranch } from './introduce-branch.ts'

export interface ServedCloud {
  readonly url: string
  readonly operations: CloudOperations
  /** What requests of a branch begin with, once it was introduced. */
  introduce(branchId: string): object
  post(branchId: string, name: string, body: unknown, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

export async function serveCloud(branchIds: readonly string[], queue?: ExchangeQueue): Promise<ServedCloud> {
  const folder = temporaryFolder()
  const { operations, close } = openStoppedCloud(folder.path, COLLECTIONS, true)
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const app = createApp(silent)
  addExchangeRoutes(app, operations.cloud, operations.exchangeHooks, queue)
  addBranchRoutes(app, operations.lifecycle)
  app.get('/api/status', (_req, res) => void res.json(operations.status()))
  addErrorHandling(app, silent)
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const id of branchIds) operations.addBranch({ id, name: id.toUpperCase() })
  return {
    url,
    operations,
    introduce: (branchId) => ({
      ...introduceBranch(operations.cloud, branchId),
      positions: {},
      collections: COLLECTIONS.map(({ name }) => name),
    }),
    post: (branchId, name, body, init = {}) =>
      fetch(`${url}${EXCHANGE_PATH}/${name}`, {
        method: 'POST',
        body: JSON.stringify(body),
        ...init,
        headers: { 'content-type': 'application/json', [BRANCH_HEADER]: branchId, ...init.headers },
      }),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      close()
      folder.remove()
    },
  }
}

export function heartbeatOf(branchId: string, changed: Partial<HeartbeatRequest> = {}): HeartbeatRequest {
  const epoch = `start-of-${branchId}`
  return {
    protocol: 1,
    version: '0.1.0',
    schemas: Object.fromEntries(COLLECTIONS.map(({ name, schema }) => [name, schema.version])),
    head: { epoch, seq: 0 },
    positions: {},
    collections: COLLECTIONS.map(({ name }) => name),
    host: `pc-${branchId}`,
    beat: 1,
    epochs: [{ epoch, firstSeq: 1 }],
    figures: { backlog: { documents: 0 }, classes: [], exceptions: 0 },
    ...changed,
  }
}

const ignore = () => undefined
