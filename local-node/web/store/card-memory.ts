/** Cards between visits: in IndexedDB beside the documents, in buckets, so that a change writes a few of them only. */
import { Dexie } from 'dexie'

export interface CardMemory<Card> {
  /**
   * Hands over what is remembered, bucket by bucket.
   *
   * @returns the write time up to which documents are in it, ms; `undefined` where nothing is remembered that counts
   */
  read(take: (cards: readonly Card[]) => void): Promise<number | undefined>
  /** @param changed ids whose buckets are written anew, together with the time, or not at all */
  write(changed: ReadonlySet<string>, byId: ReadonlyMap<string, Card>, upToMs: number): Promise<void>
}

interface Bucket {
  /** Collection and number. */
  readonly key: string
  /** JSON: read and written several times as fast as objects are cloned. */
  readonly cards: string
}

interface Standing {
  readonly collection: string
  /** Of the store whose documents they are: what another one left counts for nothing. */
  readonly token: string
  /** Raised with each change of what cards hold. */
  readonly format: number
  readonly upToMs: number
}

interface CardMemoryOptions {
  readonly branchId: string
  readonly collection: string
  /** RxDB's `storageToken` of the store. */
  readonly token: Promise<string>
  readonly format: number
}

const BUCKETS = 128
const READ_AT_ONCE = 16

export function openCardMemory<Card extends { id: string }>(options: CardMemoryOptions): CardMemory<Card> {
  const { branchId, collection, format } = options
  const db = new Dexie(`outpost-cards-${branchId}-${collection}`)
  db.version(1).stores({ buckets: 'key', standing: 'collection' })
  const buckets = db.table<Bucket, string>('buckets')
  const standing = db.table<Standing, string>('standing')
  return {
    async read(take) {
      try {
        const known = await standing.get(collection)
        if (known?.token !== (await options.token) || known.format !== format) {
          await db.transaction('rw', buckets, standing, () => Promise.all([buckets.clear(), standing.clear()]))
          return undefined
        }
        for (let first = 0; first < BUCKETS; first += READ_AT_ONCE) {
          const keys = Array.from({ length: READ_AT_ONCE }, (_, i) => String(first + i))
          for (const bucket of await buckets.bulkGet(keys)) if (bucket) take(JSON.parse(bucket.cards) as Card[])
        }
        return known.upToMs
      } catch {
        // Documents are read one by one then.
        return undefined
      }
    },
    async write(changed, byId, upToMs) {
      const wanted = new Set([...changed].map(bucketOf))
      const cards = new Map([...wanted].map((number) => [number, [] as Card[]]))
      for (const card of byId.values()) cards.get(bucketOf(card.id))?.push(card)
      const token = await options.token
      await db.transaction('rw', buckets, standing, async () => {
        await buckets.bulkPut([...cards].map(([number, of]) => ({ key: String(number), cards: JSON.stringify(of) })))
        await standing.put({ collection, token, format, upToMs })
      })
    },
  }
}

/** FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
function bucketOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % BUCKETS
}
