import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuditLog } from '../../adapters/access/audit-log.ts'
import { CommandToken } from '../../adapters/access/command-token.ts'
import { RequestNonces } from '../../adapters/access/request-nonces.ts'
import { TokenBook } from '../../adapters/access/token-book.ts'
import { addErrorHandling, createApp } from '../../adapters/http/app.ts'
import { readEvents } from '../../adapters/http/read-events.ts'
import { RequestLimits } from '../../adapters/http/request-limits.ts'
import { RouteTable } from '../../adapters/http/route-table.ts'
import { addStatusRoutes } from '../../adapters/http/status-routes.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { addAccountRoutes } from '../../cloud-node/account-routes.ts'
import { Accounts, SESSION_COOKIE } from '../../cloud-node/accounts.ts'
import { BranchKeys } from '../../cloud-node/branch-keys.ts'
import { CloudGuard } from '../../cloud-node/cloud-guard.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { serve, type Served } from '../support/serve.ts'

const MINUTE = 60_000

let folder: { path: string; remove: () => void }
let store: Store
let accounts: Accounts
let served: Served
let nowMs: number
let change: () => void

beforeEach(async () => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite') })
  nowMs = Date.parse('2026-03-01T08:00:00Z')
  const clock = () => nowMs
  const audit = new AuditLog(store, clock)
  accounts = new Accounts(store, audit, clock)
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const app = createApp(silent)
  const guard = new CloudGuard({
    audience: 'headquarters',
    keys: new BranchKeys(store, clock),
    programs: new TokenBook(store, 'program', clock),
    nonces: new RequestNonces(),
    limits: new RequestLimits(),
    commandToken: new CommandToken(),
    accounts,
    audit,
  })
  const routes = new RouteTable(app, guard)
  const onChange = (listener: () => void) => {
    change = listener
    return ignore
  }
  addStatusRoutes(routes, { status: () => ({ nowMs }), onChange }, silent, 'viewer')
  addAccountRoutes(routes, accounts)
  addErrorHandling(app, silent)
  served = await serve(app)
})
afterEach(async () => {
  await served.close()
  store.close()
  folder.remove()
})

const ignore = () => undefined

async function logIn(): Promise<(path: string) => Promise<Response>> {
  const [name, password] = ['Li', 'correct horse battery']
  await accounts.add({ name, role: 'viewer', password }, 'command')
  const cookie = `${SESSION_COOKIE}=${await accounts.login({ name, password, address: '192.0.2.1' })}`
  return (path) => fetch(`${served.url}${path}`, { headers: { cookie } })
}

describe('half an hour of silence at headquarters', () => {
  it('comes although the page that is open asks for the status again and again', async () => {
    const ask = await logIn()
    for (let passed = 0; passed < 30; passed += 10) {
      expect((await ask('/api/status')).status).toBe(200)
      nowMs += 10 * MINUTE
    }
    expect((await ask('/api/status')).status).toBe(401)
    expect(await (await ask('/api/session')).json()).toEqual({})
  })

  it('comes although a stream is open and tells of changes, and ends the stream', async () => {
    const ask = await logIn()
    nowMs += 20 * MINUTE
    const events = readEvents(await ask('/api/status/stream'))
    expect(await events.next()).toMatchObject({ value: { nowMs } })
    nowMs += 9 * MINUTE
    change()
    expect(await events.next()).toMatchObject({ value: { nowMs } })
    nowMs += MINUTE
    change()
    expect(await events.next()).toEqual({ done: true, value: undefined })
  })

  it('begins anew with whatever somebody asks', async () => {
    const ask = await logIn()
    nowMs += 29 * MINUTE
    expect(await (await ask('/api/session')).json()).toHaveProperty('account')
    nowMs += 29 * MINUTE
    expect((await ask('/api/status')).status).toBe(200)
  })
})
