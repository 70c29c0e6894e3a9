/** A branch's staff as its store keeps it: who there is, what each may do, the hash of each PIN, and wrong tries. */
import { randomUUID } from 'node:crypto'
import type { Store } from '../../adapters/sqlite/store.ts'
import type { StaffRole } from '../../schemas/access.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { PIN_LENGTHS, type StaffMember } from '../../schemas/protocol/staff.ts'
import { begunTry, pinWaitMs, waitingOn, type PinTries } from './pin-tries.ts'

export interface StaffEntry extends StaffMember {
  /** PHC string. */
  readonly pinHash: string
  /** Enough for a manager. */
  readonly isPinLong: boolean
}

export type HashedPin = Pick<StaffEntry, 'pinHash' | 'isPinLong'>

const TABLE = `
CREATE TABLE IF NOT EXISTS staff (
  id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, pin_hash TEXT NOT NULL,
  is_pin_long INTEGER NOT NULL, closed INTEGER NOT NULL, wrong_pins INTEGER NOT NULL, last_pin_ms REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS staff_role ON staff (role, closed);`

const COLUMNS = 'id, name, role, pin_hash AS pinHash, is_pin_long AS isPinLong, closed'

export class StaffBook {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
    store.ensureTable(TABLE)
  }

  /** By name. */
  list(): StaffEntry[] {
    const rows = this.#store.prepare(`SELECT ${COLUMNS} FROM staff`).all() as StaffRow[]
    return rows.map(toEntry).toSorted((one, other) => one.name.localeCompare(other.name, 'zh'))
  }

  find(id: string): StaffEntry | undefined {
    const row = this.#store.prepare(`SELECT ${COLUMNS} FROM staff WHERE id = ?`).get(id) as StaffRow | undefined
    return row && toEntry(row)
  }

  /** @throws OutpostError ACCOUNT_UNKNOWN */
  get(id: string): StaffEntry {
    const entry = this.find(id)
    if (!entry) throw new OutpostError('ACCOUNT_UNKNOWN', 'nobody of the staff has this id', { field: 'id' })
    return entry
  }

  hasManager(): boolean {
    const sql = "SELECT 1 FROM staff WHERE role = 'manager' AND closed = 0 LIMIT 1"
    return this.#store.prepare(sql).get() !== undefined
  }

  /** @throws OutpostError ACCOUNT_EXISTS: the audit log names people by their names; BAD_REQUEST */
  add(name: string, role: StaffRole, pin: HashedPin): StaffEntry {
    refuseShort(role, pin)
    if (this.list().some((entry) => inShort(entry.name) === inShort(name))) {
      throw new OutpostError('ACCOUNT_EXISTS', `there is somebody called ${name} already`, { field: 'name' })
    }
    const id = randomUUID()
    const insert = 'INSERT INTO staff VALUES (?, ?, ?, ?, ?, 0, 0, 0)'
    this.#write(insert, id, name, role, pin.pinHash, Number(pin.isPinLong))
    return { id, name, role, ...pin, closed: false }
  }

  /** @throws OutpostError ACCOUNT_UNKNOWN, BAD_REQUEST */
  setPin(id: string, pin: HashedPin): void {
    refuseShort(this.get(id).role, pin)
    const update = 'UPDATE staff SET pin_hash = ?, is_pin_long = ?, wrong_pins = 0 WHERE id = ?'
    this.#write(update, pin.pinHash, Number(pin.isPinLong), id)
  }

  /** @throws OutpostError ACCOUNT_UNKNOWN, ACCOUNT_NEEDED, BAD_REQUEST */
  setRole(id: string, role: StaffRole): void {
    refuseShort(role, this.get(id))
    if (role !== 'manager') this.#refuseLast(id)
    this.#write('UPDATE staff SET role = ? WHERE id = ?', role, id)
  }

  /** @throws OutpostError ACCOUNT_NEEDED */
  setClosed(id: string, closed: boolean): void {
    if (closed) this.#refuseLast(id)
    this.#write('UPDATE staff SET closed = ? WHERE id = ?', closed ? 1 : 0, id)
  }

  /**
   * Counts a try as wrong before its PIN is checked, so that many at once are no more than one after another.
   *
   * @throws OutpostError TOO_MANY_REQUESTS
   */
  beginTry(id: string, nowMs: number): void {
    const sql = 'SELECT wrong_pins AS wrong, last_pin_ms AS lastMs FROM staff WHERE id = ?'
    const waitMs = this.#store.join('access', () => {
      const tries = this.#store.prepare(sql).get(id) as PinTries
      const waitMs = pinWaitMs(tries, nowMs)
      const kept = waitMs > 0 ? waitingOn(tries, nowMs) : begunTry(tries, nowMs)
      if (kept !== tries) this.#noteTries(id, kept)
      return waitMs
    })
    if (waitMs === 0) return
    const retryAfterS = Math.ceil(waitMs / 1000)
    throw new OutpostError('TOO_MANY_REQUESTS', `too many wrong PINs: try again in ${retryAfterS} s`, { retryAfterS })
  }

  clearTries(id: string): void {
    this.#noteTries(id, { wrong: 0, lastMs: 0 })
  }

  #noteTries(id: string, { wrong, lastMs }: PinTries): void {
    this.#write('UPDATE staff SET wrong_pins = ?, last_pin_ms = ? WHERE id = ?', wrong, lastMs, id)
  }

  /** Without a manager nobody could let anybody in again. */
  #refuseLast(id: string): void {
    const managers = this.list().filter(isOpenManager)
    if (managers.length > 1 || managers[0]?.id !== id) return
    throw new OutpostError('ACCOUNT_NEEDED', `${managers[0].name} is the only manager: make somebody else one first`)
  }

  #write(sql: string, ...values: (string | number)[]): void {
    this.#store.join('access', () => this.#store.prepare(sql).run(...values))
  }
}

interface StaffRow extends Omit<StaffEntry, 'closed' | 'isPinLong'> {
  readonly isPinLong: 0 | 1
  readonly closed: 0 | 1
}

function toEntry(row: StaffRow): StaffEntry {
  return { ...row, isPinLong: row.isPinLong === 1, closed: row.closed === 1 }
}

function isOpenManager({ role, closed }: StaffEntry): boolean {
  return role === 'manager' && !closed
}

/** The hash does not tell how long the PIN of somebody is who becomes a manager. */
function refuseShort(role: StaffRole, { isPinLong }: HashedPin): void {
  if (role !== 'manager' || isPinLong) return
  const why = `a manager's PIN has ${PIN_LENGTHS.manager} digits at least: give a longer one first`
  throw new OutpostError('BAD_REQUEST', why, { field: 'pin' })
}

/** Two that look alike are one. */
function inShort(name: string): string {
  return name.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ')
}
