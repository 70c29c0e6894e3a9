/**
 * The `rxdb-server` RxServer that a node's endpoints live in. The published one (15.22) was written for RxDB 15; what it
 * misses under RxDB 17 is adapted here and nowhere else.
 */
import type { Express } from 'express'
import type { RxDatabase } from 'rxdb'
import { createRxServer, type RxServerEndpoint } from 'rxdb-server/plugins/server'
import type { TlsCredentials } from '../tls/tls-credentials.ts'
import { createExpressAdapter } from './express-adapter.ts'

export interface NodeServer {
  readonly url: string
  /** For programs on this machine: plain HTTP on the loopback address. */
  readonly ownUrl: string
  addEndpoint(endpoint: RxServerEndpoint<unknown, never>): void
  close(): Promise<void>
}

/** @throws OutpostError BAD_CONFIGURATION when the port cannot be had */
export async function startRxServer(options: {
  readonly database: RxDatabase
  readonly app: Express
  readonly hostname: string
  /** 0 takes a free one. */
  readonly port: number
  /** Without them it speaks plain HTTP. */
  readonly tls?: TlsCredentials | undefined
}): Promise<NodeServer> {
  const { database, app, hostname, port, tls } = options
  const adapter = createExpressAdapter(tls)
  renameOnDestroy(database)
  const server = await createRxServer({ database: database as never, adapter, serverApp: app, hostname, port })
  await server.start()
  return {
    url: adapter.url(),
    ownUrl: adapter.ownUrl(),
    addEndpoint: (endpoint) => void server.endpoints.push(endpoint as never),
    close: () => server.close(),
  }
}

/** RxDB 17 calls it `onClose`. */
function renameOnDestroy(database: RxDatabase): void {
  Object.defineProperty(database, 'onDestroy', {
    configurable: true,
    get: () => database.onClose,
    set: (handlers: RxDatabase['onClose']) => void (database.onClose = handlers),
  })
}
