/** Digests of what two stores are to hold alike: documents that stand among a branch's exceptions are left out on both sides. */
import { HASH_MODULUS, NO_HASH } from '../sqlite/document-hash.ts'
import type { Digest } from '../sqlite/digest-ledger.ts'
import type { Store } from '../sqlite/store.ts'

export interface Excepted {
  readonly collection: string
  readonly id: string
}

export function digestExcept(store: Store, collection: string, scope: string, except: readonly Excepted[]): Digest {
  let { documents, sum } = store.digest(collection, scope)
  for (const one of except) {
    const row = one.collection === collection ? store.table(collection).row(one.id) : undefined
    if (row?.scope !== scope || row.hash === NO_HASH) continue
    documents -= 1
    sum = (sum + HASH_MODULUS - row.hash) % HASH_MODULUS
  }
  return { documents, sum }
}

export function sameDigest(a: Digest, b: Digest): boolean {
  return a.documents === b.documents && a.sum === b.sum
}
