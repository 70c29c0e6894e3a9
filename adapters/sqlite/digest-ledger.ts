/**
 * Digests kept as documents change: for each collection, scope and bucket the number of live documents and the sum of
 * their hashes (an incremental multiset hash, AdHash; Bellare & Micciancio, 1997, against accident, not malice). Two
 * stores hold the same documents of a scope if counts and sums agree.
 */
import type Database from 'better-sqlite3'
import { HASH_MODULUS, NO_HASH } from './document-hash.ts'

export const DIGEST_BUCKETS = 64

export interface Digest {
  readonly documents: number
  readonly sum: number
}

interface Bucket {
  readonly key: number
  readonly scope: string
  readonly bucket: number
  documents: number
  sum: number
}

type Hashed = { readonly scope: string; readonly hash: number }

export class DigestLedger {
  readonly #upsert: Database.Statement
  /** By table key, then by scope: the buckets that have ever held something, sparse. */
  readonly #scopes = new Map<number, Map<string, Bucket[]>>()
  /** What the open transaction has touched, as it was before. */
  readonly #touched = new Map<Bucket, { readonly documents: number; readonly sum: number }>()

  constructor(db: Database.Database) {
    const rows = db.prepare('SELECT key_number AS key, scope, bucket, documents, sum FROM digest').all() as Bucket[]
    for (const row of rows) this.#bucketsOf(row.key, row.scope)[row.bucket] = row
    this.#upsert = db.prepare(
      `INSERT INTO digest VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET documents = excluded.documents, sum = excluded.sum`,
    )
  }

  /** Takes one hash out and puts another in; `NO_HASH` for none. Call inside a transaction. */
  replace(key: number, id: string, from: Hashed | undefined, to: Hashed): void {
    if (from && from.hash !== NO_HASH) this.#add(key, from.scope, id, -1, HASH_MODULUS - from.hash)
    if (to.hash !== NO_HASH) this.#add(key, to.scope, id, 1, to.hash)
  }

  digest(key: number, scope: string): Digest {
    let documents = 0
    let sum = 0
    this.#scopes
      .get(key)
      ?.get(scope)
      ?.forEach((bucket) => {
        documents += bucket.documents
        sum = (sum + bucket.sum) % HASH_MODULUS
      })
    return { documents, sum }
  }

  /** The buckets of a scope that hold something, by their numbers. */
  buckets(key: number, scope: string): (Digest & { readonly number: number })[] {
    const found = this.#scopes.get(key)?.get(scope) ?? []
    return found.flatMap(({ bucket: number, documents, sum }) => (documents > 0 ? { number, documents, sum } : []))
  }

  /** Live documents of a collection in all scopes. */
  documents(key: number): number {
    let documents = 0
    for (const scope of this.#scopes.get(key)?.keys() ?? []) documents += this.digest(key, scope).documents
    return documents
  }

  /** Writes what changed; the last step of a transaction. */
  flush(): void {
    for (const { key, scope, bucket, documents, sum } of this.#touched.keys()) {
      this.#upsert.run(key, scope, bucket, documents, sum)
    }
  }

  committed(): void {
    this.#touched.clear()
  }

  rolledBack(): void {
    for (const [bucket, before] of this.#touched) Object.assign(bucket, before)
    this.#touched.clear()
  }

  /** The table is gone, and its rows with it. */
  forget(key: number): void {
    this.#scopes.delete(key)
  }

  #add(key: number, scope: string, id: string, documents: number, sum: number): void {
    const buckets = this.#bucketsOf(key, scope)
    const at = bucketOf(id)
    const bucket = (buckets[at] ??= { key, scope, bucket: at, documents: 0, sum: 0 })
    if (!this.#touched.has(bucket)) this.#touched.set(bucket, { documents: bucket.documents, sum: bucket.sum })
    bucket.documents += documents
    bucket.sum = (bucket.sum + sum) % HASH_MODULUS
  }

  #bucketsOf(key: number, scope: string): Bucket[] {
    let scopes = this.#scopes.get(key)
    if (!scopes) this.#scopes.set(key, (scopes = new Map()))
    let buckets = scopes.get(scope)
    if (!buckets) scopes.set(scope, (buckets = []))
    return buckets
  }
}

/** FNV-1a over the id's code units, cut to the number of buckets. */
export function bucketOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % DIGEST_BUCKETS
}
