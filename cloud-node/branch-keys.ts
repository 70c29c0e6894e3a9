/** The keys that branches sign their requests with, as headquarters knows them. A branch is whoever holds one of its keys. */
import { keyIdOf } from '../adapters/access/request-proof.ts'
import { readVerifyingKey, type VerifyingKey } from '../adapters/exchange/signature.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { BranchKeyView } from '../schemas/protocol/branches.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS request_key (
  key_id TEXT PRIMARY KEY, branch_id TEXT NOT NULL, public_key TEXT NOT NULL, added_at REAL NOT NULL,
  ends_at REAL, revoked_at REAL, used_at REAL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS request_key_branch ON request_key (branch_id, added_at DESC);`

/** How long a key lives beside the one that took its place: a branch that is restored from a backup has the earlier one. */
const OVERLAP_MS = 14 * 24 * 3600_000
/** Between two changes of a branch's key. */
const BETWEEN_MS = 24 * 3600_000
/** Ended ones are kept so that a refusal can say why. */
const KEPT_KEYS = 20
const USE_NOTED_EVERY_MS = 60_000

interface KnownKey {
  readonly branchId: string
  readonly key: VerifyingKey
  readonly endsAtMs: number | undefined
  readonly isRevoked: boolean
  usedAtMs: number | undefined
}

export class BranchKeys {
  readonly #store: Store
  readonly #nowMs: () => number
  /** By key id, as they are asked for. */
  readonly #known = new Map<string, KnownKey>()

  constructor(store: Store, nowMs: () => number) {
    this.#store = store
    this.#nowMs = nowMs
    store.ensureTable(TABLE)
  }

  /** @throws OutpostError KEY_UNKNOWN, REVOKED */
  find(keyId: string): KnownKey {
    const known = this.#known.get(keyId) ?? this.#read(keyId)
    if (!known) throw new OutpostError('KEY_UNKNOWN', 'headquarters knows no such key of a branch')
    if (known.isRevoked) throw new OutpostError('REVOKED', `headquarters has shut out this PC of "${known.branchId}"`)
    if (hasEnded(known.endsAtMs, this.#nowMs())) {
      throw new OutpostError('KEY_UNKNOWN', `another key has taken the place of this one of "${known.branchId}"`)
    }
    return known
  }

  /** A key of a PC that was enrolled with a code: those before it are refused from now on. Call inside a transaction. */
  enrol(branchId: string, keyId: string, publicKey: string): void {
    const sql = 'UPDATE request_key SET revoked_at = ? WHERE branch_id = ? AND revoked_at IS NULL'
    this.#store.prepare(sql).run(this.#nowMs(), branchId)
    this.#add(branchId, keyId, publicKey)
  }

  /** A key that takes the place of the present ones, which live on for a while. A repeat changes nothing. */
  rotate(branchId: string, keyId: string, publicKey: string): void {
    this.#store.transaction('key', () => {
      const known = this.#read(keyId)
      // What was shut out does not come back by being offered as new, by another branch neither.
      if (known && (known.branchId !== branchId || known.isRevoked)) {
        throw new OutpostError('REVOKED', 'this key was shut out: make another one')
      }
      if (known) return
      const changes = `SELECT COUNT(*) FROM request_key WHERE branch_id = ? AND ends_at > ? AND revoked_at IS NULL`
      const lately = this.#nowMs() + OVERLAP_MS - BETWEEN_MS
      if ((this.#store.prepare(changes).pluck().get(branchId, lately) as number) > 0) {
        throw new OutpostError('TOO_MANY_REQUESTS', 'a branch changes its key once a day at most', {
          retryAfterS: 3600,
        })
      }
      const sql = `UPDATE request_key SET ends_at = ? WHERE branch_id = ? AND revoked_at IS NULL AND ends_at IS NULL`
      this.#store.prepare(sql).run(this.#nowMs() + OVERLAP_MS, branchId)
      this.#add(branchId, keyId, publicKey)
    })
  }

  /** Call inside a transaction. @returns how many keys were good until now */
  revoke(branchId: string): number {
    const sql = `UPDATE request_key SET revoked_at = ? WHERE branch_id = ? AND revoked_at IS NULL
      AND (ends_at IS NULL OR ends_at > ?)`
    const { changes } = this.#store.prepare(sql).run(this.#nowMs(), branchId, this.#nowMs())
    this.#known.clear()
    return changes
  }

  /** The newest first. */
  list(branchId: string): BranchKeyView[] {
    const sql = `SELECT key_id AS keyId, added_at AS addedAt, ends_at AS endsAt, revoked_at AS revokedAt, used_at AS usedAt
      FROM request_key WHERE branch_id = ? ORDER BY added_at DESC LIMIT ${KEPT_KEYS}`
    const rows = this.#store.prepare(sql).all(branchId) as KeyRow[]
    return rows.map((row) => ({
      keyId: row.keyId,
      state: stateOf(row, this.#nowMs()),
      addedAt: isoOf(row.addedAt),
      ...(row.usedAt !== null && { lastUsedAt: isoOf(row.usedAt) }),
      ...(row.endsAt !== null && { endsAt: isoOf(row.endsAt) }),
      ...(row.revokedAt !== null && { revokedAt: isoOf(row.revokedAt) }),
    }))
  }

  /** With a heartbeat, which is saved anyway. */
  noteUse(keyId: string): void {
    const known = this.#known.get(keyId)
    const nowMs = this.#nowMs()
    if (!known || Math.abs(nowMs - (known.usedAtMs ?? 0)) < USE_NOTED_EVERY_MS) return
    known.usedAtMs = nowMs
    this.#store.transaction('key', () =>
      this.#store.prepare('UPDATE request_key SET used_at = ? WHERE key_id = ?').run(nowMs, keyId),
    )
  }

  #add(branchId: string, keyId: string, publicKey: string): void {
    const sql = 'INSERT INTO request_key VALUES (?, ?, ?, ?, NULL, NULL, NULL)'
    this.#store.prepare(sql).run(keyId, branchId, publicKey, this.#nowMs())
    const drop = `DELETE FROM request_key WHERE branch_id = ? AND added_at <
      (SELECT added_at FROM request_key WHERE branch_id = ? ORDER BY added_at DESC LIMIT 1 OFFSET ${KEPT_KEYS - 1})`
    this.#store.prepare(drop).run(branchId, branchId)
    this.#known.clear()
  }

  #read(keyId: string): KnownKey | undefined {
    const sql = `SELECT branch_id AS branchId, public_key AS publicKey, ends_at AS endsAt, revoked_at AS revokedAt,
      used_at AS usedAt FROM request_key WHERE key_id = ?`
    const row = this.#store.prepare(sql).get(keyId) as (KeyRow & { branchId: string; publicKey: string }) | undefined
    if (!row) return undefined
    const known: KnownKey = {
      branchId: row.branchId,
      key: readVerifyingKey(row.publicKey),
      endsAtMs: row.endsAt ?? undefined,
      isRevoked: row.revokedAt !== null,
      usedAtMs: row.usedAt ?? undefined,
    }
    this.#known.set(keyId, known)
    return known
  }
}

interface KeyRow {
  readonly keyId: string
  readonly addedAt: number
  readonly endsAt: number | null
  readonly revokedAt: number | null
  readonly usedAt: number | null
}

function stateOf({ endsAt, revokedAt }: KeyRow, nowMs: number): BranchKeyView['state'] {
  if (revokedAt !== null) return 'revoked'
  if (endsAt === null) return 'current'
  return hasEnded(endsAt, nowMs) ? 'ended' : 'earlier'
}

/** An end further ahead than any is set was set by a clock that was wrong. */
function hasEnded(endsAtMs: number | undefined, nowMs: number): boolean {
  return endsAtMs !== undefined && (endsAtMs <= nowMs || endsAtMs > nowMs + OVERLAP_MS)
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}

/** @throws OutpostError BAD_REQUEST for what is no Ed25519 key */
export async function readPublicKey(text: string): Promise<{ key: VerifyingKey; keyId: string }> {
  try {
    const key = readVerifyingKey(text)
    if (key.asymmetricKeyType === 'ed25519') return { key, keyId: await keyIdOf(key) }
  } catch {
    // Said below.
  }
  throw new OutpostError('BAD_REQUEST', 'publicKey: an Ed25519 key, SPKI in DER, base64url', { field: 'publicKey' })
}
