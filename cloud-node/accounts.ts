/**
 * Headquarters' people: who may log in, and as what. There is always an administrator who can, once there was one. What
 * is done to an account is noted in the transaction that does it, and ends its sessions where it could be taken back by
 * whoever sits in one.
 */
import { randomUUID } from 'node:crypto'
import type { AuditLog } from '../adapters/access/audit-log.ts'
import { FailedLogins } from '../adapters/access/failed-logins.ts'
import { LoginAttempts } from '../adapters/access/login-attempts.ts'
import { siteOf } from '../adapters/access/network-of.ts'
import { hashSecret, verifySecret } from '../adapters/access/password-hash.ts'
import { SessionBook, type Session } from '../adapters/access/session-book.ts'
import { parseWith } from '../adapters/http/app.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import { actorOf, type AccountPrincipal, type AccountRole } from '../schemas/access.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import {
  accountKey,
  accountPasswordSchema,
  newAccountSchema,
  type AccountView,
  type NewAccount,
} from '../schemas/protocol/accounts.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS account (
  id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
  password_hash TEXT NOT NULL, is_closed INTEGER NOT NULL, created_at REAL NOT NULL, seen_at REAL
) STRICT, WITHOUT ROWID;`

export const SESSION_COOKIE = 'outpost-session'

const MINUTE_MS = 60_000
export const SESSION_MS = 8 * 60 * MINUTE_MS
const SESSION_LIMITS = { name: 'account_session', idleMs: 30 * MINUTE_MS, absoluteMs: SESSION_MS }

export interface Login {
  readonly name: string
  readonly password: string
  /** An IP address, which limits count by the network of. */
  readonly address: string
}

interface AccountRow {
  readonly id: string
  readonly name: string
  readonly nameKey: string
  readonly role: AccountRole
  readonly passwordHash: string
  readonly isClosed: 0 | 1
  readonly createdAt: number
  readonly seenAt: number | null
}

const COLUMNS =
  'id, name, name_key AS nameKey, role, password_hash AS passwordHash, is_closed AS isClosed, created_at AS createdAt, seen_at AS seenAt'

export class Accounts {
  readonly #store: Store
  readonly #audit: AuditLog
  readonly #nowMs: () => number
  readonly #sessions: SessionBook
  readonly #failedLogins: FailedLogins
  readonly #logins = new LoginAttempts()
  /** To change one's own password; apart, since whoever sits in a session of somebody must not keep anybody from logging in. */
  readonly #changes = new LoginAttempts()

  constructor(store: Store, audit: AuditLog, nowMs: () => number) {
    this.#store = store
    this.#audit = audit
    this.#nowMs = nowMs
    this.#failedLogins = new FailedLogins(audit, nowMs)
    store.ensureTable(TABLE)
    this.#sessions = new SessionBook(store, SESSION_LIMITS, nowMs)
  }

  /** By name. */
  list(): AccountView[] {
    return this.#all().map(viewOf)
  }

  /**
   * @param actor as an audit entry names it; so it is in all that follows
   * @throws OutpostError ACCOUNT_EXISTS, BAD_REQUEST
   */
  async add(given: NewAccount, actor: string): Promise<AccountView> {
    const { name, role, password } = parseWith(newAccountSchema, given)
    refuseGuessable(name, password)
    this.#refuseTaken(name)
    const passwordHash = await hashSecret(password)
    const id = randomUUID()
    const insert = 'INSERT INTO account VALUES (?, ?, ?, ?, ?, 0, ?, NULL)'
    return this.#write(() => {
      this.#refuseTaken(name)
      this.#store.prepare(insert).run(id, name, accountKey(name), role, passwordHash, this.#nowMs())
      this.#audit.note({ actor, action: 'account.add', subject: id, detail: { name, role } })
      return viewOf(this.#row(id))
    })
  }

  /** @throws OutpostError ACCOUNT_UNKNOWN, ACCOUNT_NEEDED */
  setRole(id: string, role: AccountRole, actor: string): AccountView {
    return this.#change(id, { actor, action: 'account.role', detail: { role } }, (row) => {
      if (row.role === role) return false
      if (role !== 'administrator') this.#refuseWithout(row)
      this.#store.prepare('UPDATE account SET role = ? WHERE id = ?').run(role, id)
      return true
    })
  }

  /** @throws OutpostError ACCOUNT_UNKNOWN, BAD_REQUEST */
  async setPassword(id: string, given: string, actor: string): Promise<AccountView> {
    const { password } = parseWith(accountPasswordSchema, { password: given })
    refuseGuessable(this.#row(id).name, password)
    const passwordHash = await hashSecret(password)
    const view = this.#change(id, { actor, action: 'account.password' }, () => {
      this.#store.prepare('UPDATE account SET password_hash = ? WHERE id = ?').run(passwordHash, id)
      return true
    })
    await this.#logins.forget(accountKey(view.name))
    await this.#changes.forget(accountKey(view.name))
    return view
  }

  /** @throws OutpostError ACCOUNT_UNKNOWN, ACCOUNT_NEEDED */
  close(id: string, actor: string): AccountView {
    return this.#setClosed(id, 1, { actor, action: 'account.close' })
  }

  /** @throws OutpostError ACCOUNT_UNKNOWN */
  reopen(id: string, actor: string): AccountView {
    return this.#setClosed(id, 0, { actor, action: 'account.reopen' })
  }

  /**
   * @returns the token of the session
   * @throws OutpostError LOGIN_FAILED, TOO_MANY_REQUESTS
   */
  async login(login: Login): Promise<string> {
    return this.#begin(await this.#verify(login, this.#logins))
  }

  /**
   * Gives an account the password that its owner wants, and ends all its sessions.
   *
   * @returns the token of a new one
   * @throws OutpostError LOGIN_FAILED, TOO_MANY_REQUESTS, BAD_REQUEST
   */
  async changeOwnPassword(login: Login, password: string): Promise<string> {
    const { id, name } = await this.#verify(login, this.#changes)
    await this.setPassword(id, password, `account ${name}`)
    return this.#begin(this.#row(id))
  }

  logout(token: string): void {
    const account = this.whoIs(token)
    this.#write(() => {
      if (account) this.#audit.note({ actor: actorOf(account), action: 'account.logout', subject: account.id })
      this.#sessions.end(token)
    })
  }

  /** Whoever asks something: the session counts as being used. */
  whoIs(token: string): AccountPrincipal | undefined {
    return this.#principalOf(this.#sessions.find(token))
  }

  /** The same for what goes on by itself, such as a stream: a session that nobody uses ends in spite of it. */
  stillIs(token: string): AccountPrincipal | undefined {
    return this.#principalOf(this.#sessions.look(token))
  }

  #principalOf(session: Session | undefined): AccountPrincipal | undefined {
    const row = session && this.#find(session.subjectId)
    if (!row || row.isClosed === 1) return undefined
    return { kind: 'account', id: row.id, name: row.name, role: row.role }
  }

  #begin({ id, name, passwordHash }: AccountRow): string {
    return this.#write(() => {
      const row = this.#row(id)
      // Whoever changed it while the password was compared has ended this login as well.
      if (row.isClosed === 1 || row.passwordHash !== passwordHash) throw loginFailed()
      this.#store.prepare('UPDATE account SET seen_at = ? WHERE id = ?').run(this.#nowMs(), id)
      this.#audit.note({ actor: `account ${name}`, action: 'account.login', subject: id })
      return this.#sessions.begin(id)
    })
  }

  /** The account that the password belongs to. */
  async #verify({ name, password, address }: Login, attempts: LoginAttempts): Promise<AccountRow> {
    const key = accountKey(name)
    await attempts.begin(key, address)
    const found = this.#store.prepare(`SELECT ${COLUMNS} FROM account WHERE name_key = ?`).get(key) as
      | AccountRow
      | undefined
    const fits = await verifySecret(found?.passwordHash, password, siteOf(address))
    if (!found || !fits || found.isClosed === 1) {
      this.#failedLogins.note(found && { id: found.id, name: found.name }, address)
      throw loginFailed()
    }
    await attempts.succeed(key, address)
    this.#failedLogins.writeEnded()
    return found
  }

  #setClosed(id: string, isClosed: 0 | 1, note: { readonly actor: string; readonly action: string }): AccountView {
    return this.#change(id, note, (row) => {
      if (row.isClosed === isClosed) return false
      if (isClosed === 1) this.#refuseWithout(row)
      this.#store.prepare('UPDATE account SET is_closed = ? WHERE id = ?').run(isClosed, id)
      return true
    })
  }

  /** @param act whether it has changed anything */
  #change(
    id: string,
    note: { readonly actor: string; readonly action: string; readonly detail?: Readonly<Record<string, string>> },
    act: (row: AccountRow) => boolean,
  ): AccountView {
    return this.#write(() => {
      const row = this.#row(id)
      if (act(row)) {
        this.#audit.note({ ...note, subject: id, detail: { name: row.name, ...note.detail } })
        this.#sessions.endAllOf(id)
      }
      return viewOf(this.#row(id))
    })
  }

  #refuseTaken(name: string): void {
    const taken = this.#store.prepare('SELECT name FROM account WHERE name_key = ?').get(accountKey(name))
    if (taken) throw new OutpostError('ACCOUNT_EXISTS', `there is an account "${name}" already`, { field: 'name' })
  }

  #refuseWithout({ id, name, role, isClosed }: AccountRow): void {
    if (role !== 'administrator' || isClosed === 1) return
    if (this.#all().some((other) => other.id !== id && other.role === 'administrator' && other.isClosed === 0)) return
    throw new OutpostError('ACCOUNT_NEEDED', `"${name}" is the only administrator`)
  }

  #all(): AccountRow[] {
    return this.#store.prepare(`SELECT ${COLUMNS} FROM account ORDER BY name_key`).all() as AccountRow[]
  }

  /** @throws OutpostError ACCOUNT_UNKNOWN */
  #row(id: string): AccountRow {
    const row = this.#find(id)
    if (!row) throw new OutpostError('ACCOUNT_UNKNOWN', 'there is no account with this id')
    return row
  }

  #find(id: string): AccountRow | undefined {
    return this.#store.prepare(`SELECT ${COLUMNS} FROM account WHERE id = ?`).get(id) as AccountRow | undefined
  }

  #write<T>(work: () => T): T {
    return this.#store.transaction('accounts', work)
  }
}

function viewOf({ id, name, role, isClosed, createdAt, seenAt }: AccountRow): AccountView {
  const seen = seenAt === null ? {} : { seenAt: new Date(seenAt).toISOString() }
  return { id, name, role, closed: isClosed === 1, createdAt: new Date(createdAt).toISOString(), ...seen }
}

function refuseGuessable(name: string, password: string): void {
  if (accountKey(password) !== accountKey(name)) return
  throw new OutpostError('BAD_REQUEST', 'password: something else than the name', { field: 'password' })
}

function loginFailed(): OutpostError {
  return new OutpostError('LOGIN_FAILED', 'the name and the password do not go together')
}
