/**
 * Who is logged in. Whoever shows a token that stands here is its subject until the session ends: by a logout, by
 * silence, by its age, or because the subject's sessions were ended. Only the hashes of tokens are stored.
 */
import { randomBytes } from 'node:crypto'
import type { Store } from '../sqlite/store.ts'
import { sha256 } from './sha256.ts'

export interface SessionLimits {
  /** The table, which is made where there is none. */
  readonly name: string
  /** How long nothing may be asked with a session; as long as it lives unless given. */
  readonly idleMs?: number
  readonly absoluteMs: number
}

export interface Session {
  /** Tells sessions apart, and opens none. */
  readonly id: string
  readonly subjectId: string
  readonly deviceId?: string
}

interface SessionRow {
  readonly subjectId: string
  readonly deviceId: string | null
  readonly begunAt: number
  readonly seenAt: number
}

/** Of one subject; the oldest one ends when another begins. */
const MAX_PER_SUBJECT = 20
const WRITE_SEEN_MS = 60_000
/** A clock is set by this much without anybody having to log in again; a session from further ahead is nobody's. */
const CLOCK_STEP_MS = 300_000

export class SessionBook {
  readonly #store: Store
  readonly #limits: SessionLimits
  readonly #nowMs: () => number
  /** When each session was last asked with: the store hears of it now and then only. */
  readonly #seenAt = new Map<string, number>()

  constructor(store: Store, limits: SessionLimits, nowMs: () => number) {
    this.#store = store
    this.#limits = limits
    this.#nowMs = nowMs
    const { name } = limits
    store.ensureTable(`
CREATE TABLE IF NOT EXISTS ${name} (
  id TEXT NOT NULL PRIMARY KEY, subject_id TEXT NOT NULL, device_id TEXT, begun_at REAL NOT NULL, seen_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ${name}_subject ON ${name} (subject_id, begun_at);
CREATE INDEX IF NOT EXISTS ${name}_begun ON ${name} (begun_at);`)
  }

  /** @returns the token, which is stored nowhere */
  begin(subjectId: string, about: { readonly deviceId?: string } = {}): string {
    const token = randomBytes(32).toString('base64url')
    const { name } = this.#limits
    const nowMs = this.#nowMs()
    this.#store.join('session', () => {
      this.#forgetExpired(nowMs)
      const insert = `INSERT INTO ${name} VALUES (?, ?, ?, ?, ?)`
      this.#store.prepare(insert).run(sha256(token), subjectId, about.deviceId ?? null, nowMs, nowMs)
      const newest = `SELECT id FROM ${name} WHERE subject_id = ? ORDER BY begun_at DESC LIMIT -1 OFFSET ?`
      const many = this.#store.prepare(newest).all(subjectId, MAX_PER_SUBJECT) as { id: string }[]
      for (const { id } of many) this.#end(id)
    })
    return token
  }

  /** Counts as being asked with. */
  find(token: string): Session | undefined {
    const found = this.#read(token)
    if (found) this.#noteSeen(found.session.id, found.writtenMs)
    return found?.session
  }

  /** For what nobody does: a session that is only looked at goes on being silent. */
  look(token: string): Session | undefined {
    return this.#read(token)?.session
  }

  end(token: string): void {
    this.#store.join('session', () => this.#end(sha256(token)))
  }

  endAllOf(subjectId: string): void {
    const select = `SELECT id FROM ${this.#limits.name} WHERE subject_id = ?`
    this.#store.join('session', () => {
      for (const { id } of this.#store.prepare(select).all(subjectId) as { id: string }[]) this.#end(id)
    })
  }

  #read(token: string): { readonly session: Session; readonly writtenMs: number } | undefined {
    const id = sha256(token)
    const { name, absoluteMs, idleMs = absoluteMs } = this.#limits
    const select = `SELECT subject_id AS subjectId, device_id AS deviceId, begun_at AS begunAt, seen_at AS seenAt FROM ${name} WHERE id = ?`
    const row = this.#store.prepare(select).get(id) as SessionRow | undefined
    if (!row) return undefined
    const nowMs = this.#nowMs()
    const seenAt = Math.max(row.seenAt, this.#seenAt.get(id) ?? row.seenAt)
    const isOver = nowMs - row.begunAt >= absoluteMs || nowMs - seenAt >= idleMs
    if (isOver || row.begunAt > nowMs + CLOCK_STEP_MS) return undefined
    const session = { id, subjectId: row.subjectId, ...(row.deviceId !== null && { deviceId: row.deviceId }) }
    return { session, writtenMs: row.seenAt }
  }

  #noteSeen(id: string, writtenMs: number): void {
    const nowMs = this.#nowMs()
    this.#seenAt.set(id, nowMs)
    if (Math.abs(nowMs - writtenMs) < WRITE_SEEN_MS) return
    try {
      this.#store.join('session', () => {
        this.#store.prepare(`UPDATE ${this.#limits.name} SET seen_at = ? WHERE id = ?`).run(nowMs, id)
      })
    } catch {
      // Who only looks must not need a disk that can be written; whoever writes hears of it.
    }
  }

  #end(id: string): void {
    this.#store.prepare(`DELETE FROM ${this.#limits.name} WHERE id = ?`).run(id)
    this.#seenAt.delete(id)
  }

  #forgetExpired(nowMs: number): void {
    const { name, absoluteMs } = this.#limits
    const old = `SELECT id FROM ${name} WHERE begun_at <= ?`
    const ahead = `SELECT id FROM ${name} WHERE begun_at > ?`
    const expired = [
      ...this.#store.prepare(old).all(nowMs - absoluteMs),
      ...this.#store.prepare(ahead).all(nowMs + CLOCK_STEP_MS),
    ] as { id: string }[]
    for (const { id } of expired) this.#end(id)
  }
}
