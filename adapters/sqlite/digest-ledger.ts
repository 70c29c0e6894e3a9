/**
 * Digests kept as documents change: for each collection, scope and bucket the number of live documents and the sum of
 * their hashes (an incremental multiset hash, AdHash; Bellare & Micciancio, 1997, against accident, not malice). Two
 * stores hold the same documents of a scope if counts and sums agree.
 */
import { hash as cryptoHash } from 'node:crypto'
import type Database from 'better-sqlite3'
import type { Scope } from '../../schemas/brand.ts'
import { canonicalJson, type Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'

export const DIGEST_BUCKETS = 64
/** Hashes have 48 bits, so that sums stay exact in a double. */
const MODULUS = 2 ** 48

export interface Digest {
  readonly documents: number
  readonly sum: number
}

/** 0 is the hash of what does not count: tombstones, parked documents, collections that are not replicated. */
export const NO_HASH = 0

export function documentHash(doc: Doc): number {
  const digest = cryptoHash('sha256', canonicalJson(replicatedState(doc)), 'buffer')
  return digest.readUIntBE(0, 6) || 1
}

export class DigestLedger {
  readonly #db: Database.Database
  readonly #rows = new Map<string, { key: number; scope: string; bucket: number; documents: number; sum: number }>()
  readonly #documents = new Map<number, number>()
  readonly #changed = new Set<string>()

  constructor(db: Database.Database) {
    this.#db = db
    this.reload()
  }

  /** Takes one hash out and puts another in; `NO_HASH` for none. Call inside a transaction. */
  replace(
    key: number,
    id: string,
    from: { scope: string; hash: number } | undefined,
    scope: string,
    hash: number,
  ): void {
    if (from && from.hash !== NO_HASH) this.#add(key, from.scope, bucketOf(id), -1, MODULUS - from.hash)
    if (hash !== NO_HASH) this.#add(key, scope, bucketOf(id), 1, hash)
  }

  digest(key: number, scope: Scope): Digest {
    let documents = 0
    let sum = 0
    for (let bucket = 0; bucket < DIGEST_BUCKETS; bucket++) {
      const row = this.#rows.get(rowKey(key, scope, bucket))
      if (row) {
        documents += row.documents
        sum = (sum + row.sum) % MODULUS
      }
    }
    return { documents, sum }
  }

  /** Live documents of a collection in all scopes. */
  documents(key: number): number {
    return this.#documents.get(key) ?? 0
  }

  /** Writes what changed; the last step of a transaction. */
  flush(): void {
    for (const name of this.#changed) {
      const row = this.#rows.get(name)!
      this.#upsert.run(row.key, row.scope, row.bucket, row.documents, row.sum)
    }
    this.#changed.clear()
  }

  /** Forgets what a rolled back transaction did. */
  reload(): void {
    this.#rows.clear()
    this.#documents.clear()
    this.#changed.clear()
    const rows = this.#db.prepare('SELECT key_number AS key, scope, bucket, documents, sum FROM digest').all()
    for (const row of rows as { key: number; scope: string; bucket: number; documents: number; sum: number }[]) {
      this.#rows.set(rowKey(row.key, row.scope, row.bucket), row)
      this.#documents.set(row.key, this.documents(row.key) + row.documents)
    }
  }

  get #upsert(): Database.Statement {
    return (this.#upsertStatement ??= this.#db.prepare(
      `INSERT INTO digest VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET documents = excluded.documents, sum = excluded.sum`,
    ))
  }
  #upsertStatement: Database.Statement | undefined

  #add(key: number, scope: string, bucket: number, documents: number, sum: number): void {
    const name = rowKey(key, scope, bucket)
    const row = this.#rows.get(name) ?? { key, scope, bucket, documents: 0, sum: 0 }
    row.documents += documents
    this.#documents.set(key, this.documents(key) + documents)
    row.sum = (row.sum + sum) % MODULUS
    this.#rows.set(name, row)
    this.#changed.add(name)
  }
}

function rowKey(key: number, scope: string, bucket: number): string {
  return `${key} ${bucket} ${scope}`
}

/** FNV-1a over the id's code units, cut to the number of buckets. */
function bucketOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % DIGEST_BUCKETS
}
