/** Finds the entries that carried a document, segment by segment: `log-tables.ts` says why there are segments. */
import type { SyncLogDocument } from '../../schemas/protocol/sync-log.ts'
import type { StatementCache } from '../sqlite/statement-cache.ts'
import { SEGMENT_BITS } from './log-tables.ts'

type Named = Pick<SyncLogDocument, 'collection' | 'id'>

const IN_SEGMENT = `SELECT entry FROM document WHERE number >> ${SEGMENT_BITS} = ? AND id = ? AND collection = ?`
/** How often documents are looked up for one answer: some ten ms. */
const MOST_LOOKED_UP = 20_000

export class DocumentFinder {
  readonly #statements: StatementCache

  constructor(statements: StatementCache) {
    this.#statements = statements
  }

  /** The newest first; entries before one. */
  before({ collection, id }: Named, entry: number, most: number): number[] {
    const sql = 'SELECT first_document FROM entry WHERE number >= ? ORDER BY number LIMIT 1'
    const end = this.#statements.preparePlucked(sql).get(entry) as number | undefined
    const { first, last } = this.#segments()
    const found = this.#statements.preparePlucked(`${IN_SEGMENT} ORDER BY number DESC`)
    const numbers: number[] = []
    for (let at = end === undefined ? last : end >> SEGMENT_BITS; at >= first && numbers.length < most; at--) {
      numbers.push(...(found.all(at, id, collection) as number[]).filter((number) => number < entry))
    }
    return numbers
  }

  /** The oldest first, with one of these documents; as far as they can be looked up in time. @param from among documents */
  after(documents: readonly Named[], from: number, most: number): number[] {
    const wanted = new Map(documents.map((one) => [`${one.collection}/${one.id}`, one]))
    const { last } = this.#segments()
    const found = this.#statements.preparePlucked(`${IN_SEGMENT} AND number >= ? ORDER BY number`)
    const numbers = new Set<number>()
    let left = MOST_LOOKED_UP
    for (let at = from >> SEGMENT_BITS; at <= last && left > 0 && numbers.size < most; at++) {
      for (const { collection, id } of wanted.values()) {
        for (const number of found.all(at, id, collection, from) as number[]) numbers.add(number)
      }
      left -= wanted.size
    }
    return [...numbers].toSorted((a, b) => a - b).slice(0, most)
  }

  #segments(): { readonly first: number; readonly last: number } {
    const oldest = this.#statements.preparePlucked('SELECT min(number) FROM document').get() as number | null
    const newest = this.#statements.preparePlucked('SELECT max(number) FROM document').get() as number | null
    return { first: (oldest ?? 0) >> SEGMENT_BITS, last: (newest ?? 0) >> SEGMENT_BITS }
  }
}
