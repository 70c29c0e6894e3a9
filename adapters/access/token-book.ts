/**
 * Long-lived access tokens in a node's store: paired devices at a branch, programs at headquarters. A token is shown once,
 * when it is made; the store keeps its SHA-256, so that a copy of the store lets nobody in.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Store } from '../sqlite/store.ts'
import { sha256 } from './sha256.ts'

/** People log in at a browser; a program has no staff. */
export type TokenHolder = 'browser' | 'program'

export interface TokenEntry {
  readonly id: string
  readonly name: string
  readonly holder: TokenHolder
  /** Of a token at headquarters that lets in as a branch's. */
  readonly branchId?: string
  readonly createdMs: number
  /** To the hour. */
  readonly lastSeenMs?: number
}

interface TokenRow {
  readonly id: string
  readonly name: string
  readonly holder: TokenHolder
  readonly branchId: string | null
  readonly createdMs: number
  readonly lastSeenMs: number | null
}

interface NewToken {
  readonly name: string
  /** A program unless given. */
  readonly holder?: TokenHolder
  readonly branchId?: string
}

const SEEN_EVERY_MS = 3_600_000
const TOKEN_BYTES = 32

export class TokenBook {
  readonly #store: Store
  readonly #table: string
  readonly #nowMs: () => number

  constructor(store: Store, tableName: string, nowMs: () => number) {
    this.#store = store
    this.#table = tableName
    this.#nowMs = nowMs
    store.ensureTable(`
CREATE TABLE IF NOT EXISTS ${tableName} (
  id TEXT PRIMARY KEY NOT NULL, token_hash TEXT UNIQUE NOT NULL, name TEXT NOT NULL, holder TEXT NOT NULL,
  branch_id TEXT, created_ms REAL NOT NULL, last_seen_ms REAL
) STRICT, WITHOUT ROWID;`)
  }

  /** @returns the token in clear, which nothing can tell again */
  add({ name, holder = 'program', branchId }: NewToken): { id: string; token: string } {
    const id = randomUUID()
    const token = randomBytes(TOKEN_BYTES).toString('base64url')
    const insert = `INSERT INTO ${this.#table} VALUES (?, ?, ?, ?, ?, ?, NULL)`
    this.#store.join('access', () => {
      this.#store.prepare(insert).run(id, sha256(token), name, holder, branchId ?? null, this.#nowMs())
    })
    return { id, token }
  }

  find(token: string): TokenEntry | undefined {
    const sql = `SELECT ${COLUMNS} FROM ${this.#table} WHERE token_hash = ?`
    const row = this.#store.prepare(sql).get(sha256(token)) as TokenRow | undefined
    if (!row) return undefined
    this.#noteSeen(row)
    return toEntry(row)
  }

  get(id: string): TokenEntry | undefined {
    const sql = `SELECT ${COLUMNS} FROM ${this.#table} WHERE id = ?`
    const row = this.#store.prepare(sql).get(id) as TokenRow | undefined
    return row && toEntry(row)
  }

  /** In the order in which they were made. */
  list(): TokenEntry[] {
    const sql = `SELECT ${COLUMNS} FROM ${this.#table} ORDER BY created_ms, id`
    return (this.#store.prepare(sql).all() as TokenRow[]).map(toEntry)
  }

  /** From the next request on nobody gets in with it. @returns whether there was one */
  revoke(id: string): boolean {
    const sql = `DELETE FROM ${this.#table} WHERE id = ?`
    return this.#store.join('access', () => this.#store.prepare(sql).run(id).changes > 0)
  }

  /** A disk that is full must not keep out whoever only wants to read. */
  #noteSeen({ id, lastSeenMs }: TokenRow): void {
    const nowMs = this.#nowMs()
    if (lastSeenMs !== null && Math.abs(nowMs - lastSeenMs) < SEEN_EVERY_MS) return
    const sql = `UPDATE ${this.#table} SET last_seen_ms = ? WHERE id = ?`
    try {
      this.#store.transaction('access', () => this.#store.prepare(sql).run(nowMs, id))
    } catch {
      // The store tells of it itself.
    }
  }
}

const COLUMNS = 'id, name, holder, branch_id AS branchId, created_ms AS createdMs, last_seen_ms AS lastSeenMs'

function toEntry({ id, name, holder, branchId, createdMs, lastSeenMs }: TokenRow): TokenEntry {
  return {
    id,
    name,
    holder,
    createdMs,
    ...(branchId !== null && { branchId }),
    ...(lastSeenMs !== null && { lastSeenMs }),
  }
}
