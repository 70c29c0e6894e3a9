/** A node's access behind real HTTP: the routes of devices and staff, and one address for each role. */
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { AuditLog } from '../../../adapters/access/audit-log.ts'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { createLog } from '../../../adapters/cli/options.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { addAccessRoutes } from '../../../local-node/access/access-routes.ts'
import { BranchAccess } from '../../../local-node/access/branch-access.ts'
import { temporaryFolder } from '../../support/node-process.ts'

export const COMMAND_TOKEN = 'command-of-this-machine'

export interface ServedAccess {
  readonly url: string
  readonly store: Store
  readonly access: BranchAccess
  readonly audit: AuditLog
  nowMs: number
  stop(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  /** The same, where it is a list. */
  readonly list: object[]
  readonly headers: Headers
}

export async function serveAccess(): Promise<ServedAccess> {
  const folder = temporaryFolder()
  const store = new Store({ file: join(folder.path, 'store.sqlite') })
  const nowMs = () => served.nowMs
  const audit = new AuditLog(store, nowMs)
  const access = new BranchAccess({ store, branchId: 'b1', audit, nowMs })
  const log = createLog('silent')
  const app = createApp(log)
  const routes = new RouteTable(app, {
    authenticate: async (req) =>
      req.get('authorization') === `Bearer ${COMMAND_TOKEN}`
        ? { kind: 'command' }
        : (access.whoIs(req) ?? { kind: 'nobody' }),
    isStillAdmitted: () => true,
    countStream: () => () => undefined,
    noteDone: () => undefined,
  })
  addAccessRoutes(routes, access)
  for (const role of ['device', 'cashier', 'manager'] as const) {
    routes.add({ method: 'GET', path: `/for/${role}`, access: role, about: 'A test.' }, () => ({ let: 'in' }))
  }
  addErrorHandling(app, log)
  const server: Server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const served: ServedAccess = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    access,
    audit,
    nowMs: Date.parse('2026-03-01T10:00:00Z'),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      store.close()
      folder.remove()
    },
  }
  return served
}

/** Keeps cookies as a browser does. */
export class Client {
  readonly cookies = new Map<string, string>()
  readonly #url: string
  readonly #bearer: string | undefined

  constructor(url: string, bearer?: string) {
    this.#url = url
    this.#bearer = bearer
  }

  get(path: string): Promise<Answer> {
    return this.#ask('GET', path)
  }

  post(path: string, body: unknown = {}): Promise<Answer> {
    return this.#ask('POST', path, JSON.stringify(body))
  }

  async #ask(method: string, path: string, body?: string): Promise<Answer> {
    const headers: Record<string, string> = {}
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (this.#bearer !== undefined) headers['authorization'] = `Bearer ${this.#bearer}`
    if (this.cookies.size > 0) headers['cookie'] = [...this.cookies].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(this.#url + path, { method, headers, ...(body !== undefined && { body }) })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value === '') this.cookies.delete(name!)
      else this.cookies.set(name!, value!)
    }
    const answer: unknown = await response.json()
    return {
      status: response.status,
      body: answer as Record<string, unknown>,
      list: answer as object[],
      headers: response.headers,
    }
  }
}
