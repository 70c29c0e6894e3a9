import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuditLog } from '../../adapters/access/audit-log.ts'
import { addErrorHandling, createApp } from '../../adapters/http/app.ts'
import { addAuditRoutes } from '../../adapters/http/audit-routes.ts'
import { readCookie } from '../../adapters/http/cookies.ts'
import { RouteTable, type Guard } from '../../adapters/http/route-table.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { addAccountRoutes } from '../../cloud-node/account-routes.ts'
import { Accounts, SESSION_COOKIE } from '../../cloud-node/accounts.ts'
import type { AccountRole } from '../../schemas/access.ts'
import type { AccountView, AuditPage } from '../../schemas/protocol/accounts.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { serve, type Served } from '../support/serve.ts'

const PASSWORD = 'correct horse battery'

let folder: { path: string; remove: () => void }
let store: Store
let accounts: Accounts
let served: Served

beforeEach(async () => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite') })
  const audit = new AuditLog(store, Date.now)
  accounts = new Accounts(store, audit, Date.now)
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const app = createApp(silent)
  app.set('trust proxy', 'loopback')
  const routes = new RouteTable(app, bySession)
  addAccountRoutes(routes, accounts)
  addAuditRoutes(routes, audit, 'administrator')
  addErrorHandling(app, silent)
  served = await serve(app)
})
afterEach(async () => {
  await served.close()
  store.close()
  folder.remove()
})

const ignore = () => undefined

/** Knows sessions, and commands without asking them for anything. */
const bySession: Guard = {
  authenticate(req) {
    if (req.get('authorization') === 'Bearer command') return Promise.resolve({ kind: 'command' })
    const account = accounts.whoIs(readCookie(req, SESSION_COOKIE) ?? '')
    return Promise.resolve(account ?? { kind: 'nobody' })
  },
  isStillAdmitted: () => true,
  countStream: () => ignore,
  noteDone: ignore,
}

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers: Headers
}

/** A browser's requests: what it was told to keep it shows. */
class Person {
  cookie = ''

  get(path: string): Promise<Answer> {
    return this.#send('GET', path)
  }

  post(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send('POST', path, { body: JSON.stringify(body), headers })
  }

  async #send(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = { 'content-type': 'application/json', cookie: this.cookie, ...init.headers }
    const response = await fetch(`${served.url}${path}`, { ...init, method, headers })
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) this.cookie = set.split(';')[0]!
    return { status: response.status, body: await response.json(), headers: response.headers }
  }
}

async function logIn(name: string, role: AccountRole): Promise<Person> {
  await accounts.add({ name, role, password: PASSWORD }, 'command')
  const person = new Person()
  expect(await person.post('/api/session', { name, password: PASSWORD })).toMatchObject({ status: 200 })
  return person
}

describe('a login over HTTP', () => {
  it('sets a cookie that no script reads and no other site sends, and says who it is', async () => {
    await accounts.add({ name: 'Li', role: 'viewer', password: PASSWORD }, 'command')
    const person = new Person()
    expect((await person.get('/api/session')).body).toEqual({})
    const { status, body, headers } = await person.post('/api/session', { name: 'li', password: PASSWORD })
    expect({ status, body }).toEqual({ status: 200, body: { name: 'Li', role: 'viewer' } })
    const [cookie] = headers.getSetCookie()
    expect(cookie).toMatch(
      /^outpost-session=[\w-]{43}; Max-Age=28800; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    )
    expect((await person.get('/api/session')).body).toEqual({ account: { name: 'Li', role: 'viewer' } })
  })

  it('sets a cookie for encrypted connections only where it came over one', async () => {
    await accounts.add({ name: 'Li', role: 'viewer', password: PASSWORD }, 'command')
    const login = { name: 'Li', password: PASSWORD }
    const { headers } = await new Person().post('/api/session', login, { 'x-forwarded-proto': 'https' })
    expect(headers.getSetCookie()[0]).toMatch(/; Secure(;|$)/)
  })

  it('ends with a logout: the cookie goes, and opens nothing any more', async () => {
    const person = await logIn('Li', 'viewer')
    const { cookie } = person
    expect(await person.post('/api/session/end')).toMatchObject({ status: 200, body: {} })
    expect(person.cookie).toBe('outpost-session=')
    person.cookie = cookie
    expect((await person.get('/api/session')).body).toEqual({})
    expect(await person.post('/api/session/end')).toMatchObject({ status: 401, body: { code: 'LOGIN_NEEDED' } })
  })

  it('takes the place of the session that the browser had', async () => {
    const person = await logIn('Li', 'viewer')
    const before = person.cookie
    await person.post('/api/session', { name: 'Li', password: PASSWORD })
    const old = new Person()
    old.cookie = before
    expect((await old.get('/api/session')).body).toEqual({})
    expect((await person.get('/api/session')).body).toEqual({ account: { name: 'Li', role: 'viewer' } })
  })

  it('says how long to wait where too many have failed', async () => {
    await accounts.add({ name: 'Li', role: 'viewer', password: PASSWORD }, 'command')
    const guesser = new Person()
    for (let i = 0; i < 5; i++) {
      const guess = await guesser.post('/api/session', { name: 'Li', password: `guess ${i}` })
      expect(guess).toMatchObject({ status: 401, body: { code: 'LOGIN_FAILED' } })
      expect(guess.headers.getSetCookie()).toEqual([])
    }
    const refused = await guesser.post('/api/session', { name: 'Li', password: PASSWORD })
    expect(refused).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS' } })
    expect(refused.headers.get('retry-after')).toMatch(/^(900|8\d\d)$/)
  })

  it('lets its owner change the password with the present one, and go on', async () => {
    const person = await logIn('Li', 'viewer')
    const elsewhere = new Person()
    await elsewhere.post('/api/session', { name: 'Li', password: PASSWORD })
    const password = 'another long one'
    const wrong = await person.post('/api/session/password', { present: 'wrong', password })
    expect(wrong).toMatchObject({ status: 401, body: { code: 'LOGIN_FAILED' } })
    const done = await person.post('/api/session/password', { present: PASSWORD, password })
    expect(done).toMatchObject({ status: 200, body: { name: 'Li', role: 'viewer' } })
    expect((await person.get('/api/session')).body).toHaveProperty('account')
    expect((await elsewhere.get('/api/session')).body).toEqual({})
    expect((await elsewhere.post('/api/session', { name: 'Li', password })).status).toBe(200)
  })

  it('has no password to change for a command', async () => {
    const body = { present: PASSWORD, password: 'another long one' }
    const answer = await new Person().post('/api/session/password', body, { authorization: 'Bearer command' })
    expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
  })
})

describe('accounts over HTTP', () => {
  it('are managed by administrators and commands; the log says who did it', async () => {
    const li = await logIn('Li', 'administrator')
    const added = await li.post('/api/accounts', { name: 'Wang', role: 'viewer', password: PASSWORD })
    expect(added).toMatchObject({ status: 201, body: { name: 'Wang', role: 'viewer', closed: false } })
    const { id } = added.body as AccountView
    const wang = new Person()
    await wang.post('/api/session', { name: 'Wang', password: PASSWORD })

    const { body: promoted } = await li.post(`/api/accounts/${id}/role`, { role: 'operator' })
    expect(promoted).toMatchObject({ role: 'operator' })
    expect((await wang.get('/api/session')).body).toEqual({})
    expect((await li.post(`/api/accounts/${id}/close`)).body).toMatchObject({ closed: true })
    expect((await li.post(`/api/accounts/${id}/reopen`)).body).toMatchObject({ closed: false })
    const password = { password: 'another long one' }
    const byCommand = await new Person().post(`/api/accounts/${id}/password`, password, {
      authorization: 'Bearer command',
    })
    expect(byCommand.status).toBe(200)
    expect(((await li.get('/api/accounts')).body as AccountView[]).map(({ name }) => name)).toEqual(['Li', 'Wang'])

    const { entries } = (await li.get('/api/audit?limit=4')).body as AuditPage
    expect(entries.map(({ actor, action, subject }) => [actor, action, subject])).toEqual([
      ['command', 'account.password', id],
      ['account Li', 'account.reopen', id],
      ['account Li', 'account.close', id],
      ['account Li', 'account.role', id],
    ])
    const older = (await li.get(`/api/audit?limit=1&before=${entries[3]!.number}`)).body as AuditPage
    expect(older.entries).toMatchObject([{ actor: 'account Wang', action: 'account.login' }])
  })

  it('are refused to everybody else, and nothing is changed', async () => {
    const nobody = new Person()
    const operator = await logIn('Wang', 'operator')
    const [{ id }] = accounts.list() as [AccountView]
    const before = accounts.list()
    const asked: [string, string, unknown?][] = [
      ['get', '/api/accounts'],
      ['get', '/api/audit'],
      ['post', '/api/accounts', { name: 'Zhao', role: 'administrator', password: PASSWORD }],
      ['post', `/api/accounts/${id}/role`, { role: 'administrator' }],
      ['post', `/api/accounts/${id}/password`, { password: 'another long one' }],
      ['post', `/api/accounts/${id}/close`],
      ['post', `/api/accounts/${id}/reopen`],
    ]
    for (const [method, path, body] of asked) {
      const ask = (who: Person) => (method === 'get' ? who.get(path) : who.post(path, body))
      expect(await ask(nobody)).toMatchObject({ status: 401, body: { code: 'LOGIN_NEEDED' } })
      expect(await ask(operator)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
    }
    expect(accounts.list()).toEqual(before)
  })

  it.each([
    ['/api/session', { name: 'Li' }, 'password'],
    ['/api/session', { name: ['Li'], password: PASSWORD }, 'name'],
    ['/api/session', { name: 'Li', password: 'x'.repeat(201) }, 'password'],
    ['/api/accounts', { name: 'Zhao', role: 'owner', password: PASSWORD }, 'role'],
    ['/api/accounts', { name: 'Zhao', role: 'viewer', password: 'short' }, 'password'],
    ['/api/accounts', { name: 'Zhao', role: 'viewer', password: PASSWORD, id: '1' }, 'id'],
    ['/api/accounts/x/role', { role: 'viewer', closed: false }, 'closed'],
  ])('say what is wrong with what %s is sent', async (path, body, field) => {
    const li = await logIn('Li', 'administrator')
    expect(await li.post(path, body)).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST', field } })
  })
})
