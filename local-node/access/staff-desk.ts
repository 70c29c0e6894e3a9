/** What people do about a branch's staff: add, change, close, log in. Each is in the audit log with what it changed. */
import type { AuditLog } from '../../adapters/access/audit-log.ts'
import { hashSecret, verifySecret } from '../../adapters/access/password-hash.ts'
import type { SessionBook } from '../../adapters/access/session-book.ts'
import { parseWith } from '../../adapters/http/app.ts'
import type { Store } from '../../adapters/sqlite/store.ts'
import { actorOf, type DevicePrincipal, type StaffRole } from '../../schemas/access.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { PIN_LENGTHS, pinProblem, type StaffMember } from '../../schemas/protocol/staff.ts'
import { newStaffBody } from './access-bodies.ts'
import type { HashedPin, StaffBook, StaffEntry } from './staff-book.ts'

export interface StaffDeskParts {
  readonly store: Store
  readonly staff: StaffBook
  readonly sessions: SessionBook
  readonly audit: AuditLog
  readonly nowMs: () => number
}

export interface NewStaff {
  readonly name: string
  readonly role: StaffRole
  readonly pin: string
}

/** `actor` is who does it, as the audit log names it. */
export class StaffDesk {
  readonly #parts: StaffDeskParts

  constructor(parts: StaffDeskParts) {
    this.#parts = parts
  }

  /** Everybody, by name, those who were closed too. */
  list(): StaffMember[] {
    return this.#parts.staff.list().map(withoutPin)
  }

  /** @throws OutpostError ACCOUNT_EXISTS, BAD_REQUEST */
  async add(actor: string, given: NewStaff): Promise<StaffMember> {
    const { name, role, pin } = parseWith(newStaffBody, given)
    const hashed = await hashPin(pin, role)
    return this.#write(() => withoutPin(this.addHashed(actor, { name, role, pin: hashed })))
  }

  /** Inside a transaction that is open. */
  addHashed(actor: string, { name, role, pin }: Omit<NewStaff, 'pin'> & { readonly pin: HashedPin }): StaffEntry {
    const entry = this.#parts.staff.add(name, role, pin)
    this.#parts.audit.note({ actor, action: 'staff.add', subject: entry.id, detail: { name, role } })
    return entry
  }

  /** @throws OutpostError ACCOUNT_UNKNOWN, BAD_REQUEST */
  async setPin(actor: string, id: string, pin: string): Promise<StaffMember> {
    const hashed = await hashPin(pin, this.#parts.staff.get(id).role)
    return this.#change(actor, 'staff.pin', id, () => {
      this.#parts.staff.setPin(id, hashed)
      this.#parts.sessions.endAllOf(id)
    })
  }

  /**
   * Counts from the next request on, and ends no session; closing somebody and a new PIN do.
   *
   * @throws OutpostError ACCOUNT_UNKNOWN, ACCOUNT_NEEDED, BAD_REQUEST for a manager whose PIN is short
   */
  setRole(actor: string, id: string, role: StaffRole): StaffMember {
    return this.#change(actor, 'staff.role', id, () => this.#parts.staff.setRole(id, role), { role })
  }

  /** @throws OutpostError ACCOUNT_UNKNOWN, ACCOUNT_NEEDED */
  close(actor: string, id: string): StaffMember {
    return this.#change(actor, 'staff.close', id, () => {
      this.#parts.staff.setClosed(id, true)
      this.#parts.sessions.endAllOf(id)
    })
  }

  /** @throws OutpostError ACCOUNT_UNKNOWN */
  reopen(actor: string, id: string): StaffMember {
    return this.#change(actor, 'staff.reopen', id, () => this.#parts.staff.setClosed(id, false))
  }

  /**
   * @returns the token of a session that is good at this device only
   * @throws OutpostError LOGIN_FAILED, TOO_MANY_REQUESTS
   */
  login(device: DevicePrincipal, id: string, pin: string): Promise<{ token: string; staff: StaffMember }> {
    return this.#onRightPin(device, id, pin, (entry) => {
      this.#parts.audit.note({ actor: `staff ${entry.name}`, action: 'staff.login', subject: device.id })
      return { token: this.#parts.sessions.begin(id, { deviceId: device.id }), staff: withoutPin(entry) }
    })
  }

  /**
   * Whether a PIN is a person's, who is not logged in by that: a manager says yes to what a cashier does at this device.
   *
   * @throws OutpostError LOGIN_FAILED, TOO_MANY_REQUESTS
   */
  checkPin(device: DevicePrincipal, id: string, pin: string): Promise<StaffMember> {
    return this.#onRightPin(device, id, pin, (entry) => {
      const detail = { name: entry.name }
      this.#parts.audit.note({ actor: actorOf(device), action: 'staff.pin-checked', subject: id, detail })
      return withoutPin(entry)
    })
  }

  logout(token: string): void {
    this.#parts.sessions.end(token)
  }

  /** Gives oneself another PIN. @throws OutpostError LOGIN_FAILED, TOO_MANY_REQUESTS, BAD_REQUEST */
  async setOwnPin(actor: string, id: string, present: string, pin: string): Promise<StaffMember> {
    await this.#checkPin(actor, id, present)
    return this.setPin(actor, id, pin)
  }

  /** The tries of a person are counted together, whatever the PIN is given for. */
  async #onRightPin<T>(device: DevicePrincipal, id: string, pin: string, work: (entry: StaffEntry) => T): Promise<T> {
    const checked = await this.#checkPin(actorOf(device), id, pin)
    return this.#write(() => {
      const entry = this.#parts.staff.find(id)
      if (!entry || entry.closed || entry.pinHash !== checked.pinHash) throw wrongPin()
      this.#parts.staff.clearTries(id)
      return work(entry)
    })
  }

  /** Takes as long for somebody who does not exist. @throws OutpostError LOGIN_FAILED, TOO_MANY_REQUESTS */
  async #checkPin(actor: string, id: string, pin: string): Promise<StaffEntry> {
    const { staff, audit, nowMs } = this.#parts
    const entry = staff.find(id)
    if (entry) staff.beginTry(id, nowMs())
    const isRight = await verifySecret(entry?.closed === false ? entry.pinHash : undefined, pin, actor)
    if (entry && isRight) return entry
    if (entry) audit.note({ actor, action: 'staff.login-failed', subject: id, detail: { name: entry.name } })
    throw wrongPin()
  }

  #change(
    actor: string,
    action: string,
    id: string,
    work: () => void,
    detail: Readonly<Record<string, string>> = {},
  ): StaffMember {
    return this.#write(() => {
      const { name } = this.#parts.staff.get(id)
      work()
      this.#parts.audit.note({ actor, action, subject: id, detail: { name, ...detail } })
      return withoutPin(this.#parts.staff.get(id))
    })
  }

  #write<T>(work: () => T): T {
    return this.#parts.store.transaction('access', work)
  }
}

/** @throws OutpostError BAD_REQUEST for a PIN that is too short or too easily guessed */
export async function hashPin(pin: string, role: StaffRole): Promise<HashedPin> {
  const problem = pinProblem(pin, role)
  if (problem) {
    const form = `the PIN of a ${role} has ${PIN_LENGTHS[role]} to ${PIN_LENGTHS.most} digits`
    const why = problem === 'form' ? form : 'this PIN is too easily guessed'
    throw new OutpostError('BAD_REQUEST', why, { field: 'pin' })
  }
  return { pinHash: await hashSecret(pin), isPinLong: pin.length >= PIN_LENGTHS.manager }
}

function wrongPin(): OutpostError {
  return new OutpostError('LOGIN_FAILED', 'this is not the PIN', { field: 'pin' })
}

function withoutPin({ id, name, role, closed }: StaffEntry): StaffMember {
  return { id, name, role, closed }
}
