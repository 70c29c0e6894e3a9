import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuditLog } from '../../adapters/access/audit-log.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { Accounts } from '../../cloud-node/accounts.ts'
import { temporaryFolder } from '../support/node-process.ts'

const MINUTE = 60_000
const PASSWORD = 'correct horse battery'
const address = '192.0.2.1'

let folder: { path: string; remove: () => void }
let store: Store
let audit: AuditLog
let accounts: Accounts
let nowMs: number

beforeEach(() => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite') })
  nowMs = Date.parse('2026-03-01T08:00:00Z')
  open()
})
afterEach(() => {
  store.close()
  folder.remove()
})

function open(): void {
  audit = new AuditLog(store, () => nowMs)
  accounts = new Accounts(store, audit, () => nowMs)
}

async function addAdministrator(name = 'Li'): Promise<string> {
  const { id } = await accounts.add({ name, role: 'administrator', password: PASSWORD }, 'command')
  return id
}

function actions(): string[] {
  return audit.list({ limit: 100 }).map(({ action }) => action)
}

describe("headquarters' accounts", () => {
  it('are listed by name, without anything of their passwords', async () => {
    await accounts.add({ name: ' Wang Wei ', role: 'viewer', password: PASSWORD }, 'command')
    await addAdministrator()
    expect(accounts.list()).toEqual([
      expect.objectContaining({ name: 'Li', role: 'administrator', closed: false }),
      expect.objectContaining({ name: 'Wang Wei', role: 'viewer', createdAt: '2026-03-01T08:00:00.000Z' }),
    ])
    expect(JSON.stringify(accounts.list())).not.toContain('argon2')
    store.close()
    expect(readFileSync(store.file).includes(PASSWORD)).toBe(false)
  })

  it('have one name each, however it is written, also where two are added at once', async () => {
    await addAdministrator('李 Na')
    await expect(addAdministrator('李  ＮＡ')).rejects.toMatchObject({ code: 'ACCOUNT_EXISTS', field: 'name' })
    const both = await Promise.allSettled([addAdministrator('Wang'), addAdministrator('WANG')])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(accounts.list()).toHaveLength(2)
  })

  it.each([
    ['a short password', { name: 'Li', password: '12345678901' }, 'password'],
    ['a password longer than anybody types', { name: 'Li', password: 'x'.repeat(201) }, 'password'],
    ['its name as password', { name: 'Administrator', password: 'ADMINISTRATOR' }, 'password'],
    ['no name', { name: '  ', password: PASSWORD }, 'name'],
    ['a phone as name', { name: '138 0013 8000', password: PASSWORD }, 'name'],
    ['signs that are not seen', { name: 'Li\u202e', password: PASSWORD }, 'name'],
  ])('are not added with %s', async (_what, given, field) => {
    const adding = accounts.add({ role: 'viewer', ...given }, 'command')
    await expect(adding).rejects.toMatchObject({ code: 'BAD_REQUEST', field })
    expect(accounts.list()).toEqual([])
    expect(actions()).toEqual([])
  })

  it('never lose the only administrator that can log in', async () => {
    const li = await addAdministrator('Li')
    const wang = await addAdministrator('Wang')
    accounts.close(wang, 'command')
    expect(() => accounts.close(li, 'command')).toThrow(expect.objectContaining({ code: 'ACCOUNT_NEEDED' }))
    expect(() => accounts.setRole(li, 'operator', 'command')).toThrow(
      expect.objectContaining({ code: 'ACCOUNT_NEEDED', message: '"Li" is the only administrator' }),
    )
    accounts.setRole(wang, 'viewer', 'command')
    accounts.setRole(wang, 'administrator', 'command')
    accounts.reopen(wang, 'command')
    expect(accounts.setRole(li, 'operator', 'command').role).toBe('operator')
    expect(accounts.close(li, 'command').closed).toBe(true)
  })

  it('say that there is none with an id', async () => {
    const unknown = { code: 'ACCOUNT_UNKNOWN' }
    expect(() => accounts.close('x', 'command')).toThrow(expect.objectContaining(unknown))
    await expect(accounts.setPassword('x', PASSWORD, 'command')).rejects.toMatchObject(unknown)
  })

  it('note who did what with them, and nothing of what was done to no effect', async () => {
    const id = await addAdministrator()
    accounts.setRole(id, 'administrator', 'account Li')
    accounts.reopen(id, 'account Li')
    await accounts.setPassword(id, 'another long one', 'account Li')
    expect(audit.list({ limit: 10 })).toMatchObject([
      { actor: 'account Li', action: 'account.password', subject: id, detail: { name: 'Li' } },
      { actor: 'command', action: 'account.add', subject: id, detail: { name: 'Li', role: 'administrator' } },
    ])
    expect(JSON.stringify(audit.list({ limit: 10 }))).not.toContain('another long one')
  })
})

describe('a login at headquarters', () => {
  it('opens a session with the name as people write it, and is noted', async () => {
    const id = await addAdministrator('Li Na')
    const token = await accounts.login({ name: ' li na', password: PASSWORD, address })
    expect(accounts.whoIs(token)).toEqual({ kind: 'account', id, name: 'Li Na', role: 'administrator' })
    expect(accounts.whoIs(`${token}x`)).toBeUndefined()
    accounts.logout(token)
    expect(accounts.whoIs(token)).toBeUndefined()
    expect(actions()).toEqual(['account.logout', 'account.login', 'account.add'])
    expect(accounts.list()[0]!.seenAt).toBe('2026-03-01T08:00:00.000Z')
  })

  it("fails alike for a wrong password, a closed account and a name that is nobody's; only accounts are named", async () => {
    await addAdministrator('Li')
    const closed = await addAdministrator('Wang')
    accounts.close(closed, 'command')
    const failed = { code: 'LOGIN_FAILED', message: 'the name and the password do not go together' }
    for (const [name, password] of [
      ['Li', 'wrong'],
      ['Wang', PASSWORD],
      ['my secret password', 'x'],
    ] as const) {
      await expect(accounts.login({ name, password, address })).rejects.toMatchObject(failed)
    }
    expect(audit.list({ limit: 3 }).map(({ actor, action, detail }) => ({ actor, action, detail }))).toEqual([
      { actor: 'nobody', action: 'account.login-failed', detail: undefined },
      { actor: 'nobody', action: 'account.login-failed', detail: { name: 'Wang' } },
      { actor: 'nobody', action: 'account.login-failed', detail: { name: 'Li' } },
    ])
  })

  it('is refused after five failures, the right password too, until an administrator gives another one', async () => {
    const id = await addAdministrator()
    for (let i = 0; i < 5; i++) {
      const wrong = accounts.login({ name: 'Li', password: `wrong ${i}`, address })
      await expect(wrong).rejects.toMatchObject({ code: 'LOGIN_FAILED' })
    }
    const right = { name: 'Li', password: PASSWORD, address }
    await expect(accounts.login(right)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' })
    expect(await accounts.login({ ...right, address: '198.51.100.1' })).toMatch(/^[\w-]{43}$/)
    await accounts.setPassword(id, 'another long one', 'command')
    expect(await accounts.login({ ...right, password: 'another long one' })).toMatch(/^[\w-]{43}$/)
  })

  it('that fails again and again is noted once, and with its number by the next login that comes later', async () => {
    await addAdministrator('Li')
    for (let i = 0; i < 4; i++) {
      await expect(accounts.login({ name: 'Li', password: 'wrong', address })).rejects.toMatchObject({
        code: 'LOGIN_FAILED',
      })
    }
    expect(actions()).toEqual(['account.login-failed', 'account.add'])
    nowMs += 15 * MINUTE
    await accounts.login({ name: 'Li', password: PASSWORD, address })
    expect(audit.list({ limit: 2 })).toMatchObject([
      { action: 'account.login' },
      { action: 'account.login-failed', detail: { name: 'Li', failures: '3' } },
    ])
  })

  it('is open to everybody however often somebody in a session has not known the password to change it', async () => {
    await addAdministrator('Wang')
    await addAdministrator('Li')
    const guess = { name: 'Li', password: 'wrong', address }
    for (let i = 0; i < 5; i++) {
      const wrong = accounts.changeOwnPassword(guess, 'another long one')
      await expect(wrong).rejects.toMatchObject({ code: 'LOGIN_FAILED' })
    }
    const refused = accounts.changeOwnPassword({ ...guess, password: PASSWORD }, 'another long one')
    await expect(refused).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' })
    expect(await accounts.login({ ...guess, password: PASSWORD })).toMatch(/^[\w-]{43}$/)
  })

  it('does not outlive a change that was made while its password was compared', async () => {
    await addAdministrator('Wang')
    const id = await addAdministrator('Li')
    const login = accounts.login({ name: 'Li', password: PASSWORD, address })
    accounts.close(id, 'command')
    await expect(login).rejects.toMatchObject({ code: 'LOGIN_FAILED' })
  })
})

describe('the sessions of an account', () => {
  const login = () => accounts.login({ name: 'Li', password: PASSWORD, address })

  it('end after half an hour of silence, and after eight hours at most', async () => {
    await addAdministrator()
    const [silent, busy] = [await login(), await login()]
    for (let passed = 0; passed < 8 * 60 - 10; passed += 10) {
      nowMs += 10 * MINUTE
      expect(accounts.whoIs(busy)).toBeDefined()
    }
    expect(accounts.whoIs(silent)).toBeUndefined()
    nowMs += 10 * MINUTE
    expect(accounts.whoIs(busy)).toBeUndefined()
  })

  it.each([
    ['another role', (id: string) => accounts.setRole(id, 'viewer', 'command')],
    ['a new password', (id: string) => accounts.setPassword(id, 'another long one', 'command')],
    ['closing it', (id: string) => accounts.close(id, 'command')],
  ])("end at once with %s, and nobody else's", async (_what, change) => {
    await addAdministrator('Wang')
    const id = await addAdministrator('Li')
    const [one, two] = [await login(), await login()]
    const other = await accounts.login({ name: 'Wang', password: PASSWORD, address })
    await change(id)
    expect([accounts.whoIs(one), accounts.whoIs(two)]).toEqual([undefined, undefined])
    expect(accounts.whoIs(other)?.name).toBe('Wang')
  })

  it('do not come back when a closed account is opened again', async () => {
    await addAdministrator('Wang')
    const id = await addAdministrator('Li')
    const token = await login()
    accounts.close(id, 'command')
    accounts.reopen(id, 'command')
    expect(accounts.whoIs(token)).toBeUndefined()
    expect(accounts.whoIs(await login())?.name).toBe('Li')
  })

  it('are one, a new one, after its owner has taken another password', async () => {
    await addAdministrator()
    const old = await login()
    const mine = { name: 'Li', password: PASSWORD, address }
    const token = await accounts.changeOwnPassword(mine, 'another long one')
    expect(accounts.whoIs(old)).toBeUndefined()
    expect(accounts.whoIs(token)?.name).toBe('Li')
    await expect(accounts.login(mine)).rejects.toMatchObject({ code: 'LOGIN_FAILED' })
    const wrong = accounts.changeOwnPassword(mine, 'a third long one')
    await expect(wrong).rejects.toMatchObject({ code: 'LOGIN_FAILED' })
  })

  it('outlive a restart of headquarters', async () => {
    await addAdministrator()
    const token = await login()
    const { file } = store
    store.close()
    store = new Store({ file })
    open()
    expect(accounts.whoIs(token)?.name).toBe('Li')
  })
})
