/**
 * What a writer does to a store, by chance from a seed: inserts, updates, deletions, revivals, attachments, and groups of
 * documents and plain rows in one transaction. Every operation is valid on the state that the ones before it leave.
 */
import { createHash } from 'node:crypto'
import { createRandom, type SeededRandom } from '../../../scripts/demo/seeded-random.ts'
import type { Doc } from '../../../schemas/json.ts'
import { ExpectedStore } from './expected-store.ts'
import { COLLECTION_NAMES, type Burst, type CollectionName, type Operation, type PlannedRow } from './operation.ts'

export class History {
  readonly operations: Operation[] = []
  /** By the number of operations: the newest seq after them. */
  readonly heads: number[] = [0]
  readonly #random: SeededRandom
  readonly #store = new ExpectedStore()

  constructor(seed: number) {
    this.#random = createRandom(seed)
  }

  /** As they follow on the first `done` ones. */
  next(done: number, count: number): Operation[] {
    while (this.operations.length < done + count) {
      const operation = this.#randomOperation()
      this.#store.apply(operation)
      this.operations.push(operation)
      this.heads.push(this.#store.head)
    }
    return this.operations.slice(done, done + count)
  }

  stateAfter(count: number): ExpectedStore {
    const store = new ExpectedStore()
    for (const operation of this.operations.slice(0, count)) store.apply(operation)
    return store
  }

  #randomOperation(): Operation {
    const random = this.#random
    const collection = random.pick(COLLECTION_NAMES)
    // Most telling where it takes the newest row; replicated collections keep their tombstones.
    if (this.#lastDeletes() && random.below(2) === 0) return { do: 'cleanup', collection: 'photos' }
    const ids = new Set(
      Array.from({ length: 1 + random.below(random.below(4) === 0 ? 12 : 3) }, () => random.below(IDS)),
    )
    const rows = [...ids].map((id) => this.#randomRow(collection, `${collection}-${id}`))
    if (collection === 'photos' || random.below(6) > 0) return { do: 'write', collection, rows }
    return { do: 'group', collection, documents: rows.map(({ document }) => document), note: randomText(random, 60) }
  }

  #lastDeletes(): boolean {
    const last = this.operations.at(-1)
    if (last?.do !== 'write' || last.collection !== 'photos') return false
    return last.rows.at(-1)!.document['_deleted'] === true
  }

  #randomRow(collection: CollectionName, id: string): PlannedRow {
    const random = this.#random
    const previous = this.#store.get(collection, id)
    const height = previous ? Number.parseInt(previous['_rev'] as string, 10) + 1 : 1
    const deletes = previous !== undefined && previous['_deleted'] === false && random.below(5) === 0
    const texts: Record<string, string> = {}
    const attachments: Record<string, unknown> = {}
    if (collection === 'photos' && !deletes) {
      const kept = (previous?.['_attachments'] ?? {}) as Record<string, unknown>
      for (const name of ['front', 'back']) {
        const choice = random.below(3)
        if (choice === 0 && kept[name] !== undefined) attachments[name] = kept[name]
        if (choice !== 1) continue
        texts[name] = randomText(random, 8000)
        attachments[name] = stubOf(texts[name])
      }
    }
    const document: Doc = {
      id,
      name: randomText(random, 150),
      ...FIELDS[collection],
      _deleted: deletes,
      _attachments: attachments,
      _meta: { lwt: 1_700_000_000_000 + random.below(1e9) },
      _rev: `${height}-${random.below(2 ** 31).toString(36)}`,
    }
    return { document, ...(previous && { previous }), ...(Object.keys(texts).length > 0 && { texts }) }
  }
}

/**
 * Bursts in which operations are written in the order in which they are issued: the data of attachments is read before
 * a write takes its turn, and transactions and cleanups wait for no turn, so these come alone.
 */
export function toBursts(operations: readonly Operation[], size: number): Burst[] {
  const bursts: Operation[][] = []
  let isOpen = false
  for (const operation of operations) {
    const alone = operation.do !== 'write' || operation.collection === 'photos'
    if (!alone && isOpen && bursts.at(-1)!.length < size) bursts.at(-1)!.push(operation)
    else bursts.push([operation])
    isOpen = !alone
  }
  return bursts
}

/** Few, so that most writes meet a document. */
const IDS = 40
const FIELDS = {
  products: { price: 100, currency: 'CNY', clock: { r: {} } },
  branches: { enabled: true, clock: { r: {} } },
  photos: {},
} as const

function randomText(random: SeededRandom, maxLength: number): string {
  const length = random.below(random.below(maxLength) + 1)
  let text = ''
  while (text.length < length) text += random.below(2 ** 31).toString(36)
  return text.slice(0, length)
}

function stubOf(text: string): Doc {
  const digest = createHash('sha256').update(text).digest('hex')
  return { length: text.length, type: 'text/plain', digest: `sha256-${digest}` }
}
