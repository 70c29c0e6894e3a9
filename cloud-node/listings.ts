/** Lists of documents that people look through at headquarters, a page at a time. Each looks at a bounded number of rows. */
import type { Replica } from '../adapters/exchange/replica.ts'
import { toSortKey } from '../adapters/sqlite/sort-key.ts'
import type { OrderDocument } from '../schemas/collections/orders.ts'
import type { ProductDocument } from '../schemas/collections/products.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { OrderListQuery, OrderPage, ProductListQuery, ProductPage } from '../schemas/protocol/listings.ts'

/** Rows that one page looks through for what is searched: some milliseconds. */
const MOST_LOOKED_AT = 2000

export class Listings {
  readonly #replica: Replica
  readonly #currency: string

  /** @param currency the chain's */
  constructor(replica: Replica, currency: string) {
    this.#replica = replica
    this.#currency = currency
  }

  /** @throws OutpostError BAD_REQUEST */
  products({ search, discontinued, after, limit }: ProductListQuery): ProductPage {
    const table = this.#replica.store.table('products')
    const column = table.columns.byField.get('name')!.column
    const words = folded(search).split(/\s+/).filter(Boolean)
    const where = `deleted = 0 AND (${column}, id) > (?, ?)`
    const parameters = [...positionOf(after), MOST_LOOKED_AT]
    const products: ProductDocument[] = []
    let looked = 0
    let last: ProductDocument | undefined
    for (const doc of table.iterate(where, `ORDER BY ${column}, id LIMIT ?`, parameters)) {
      last = doc as unknown as ProductDocument
      looked++
      const isSought = discontinued === undefined || (last.discontinued === true) === (discontinued === 'true')
      if (isSought && hasWords(last, words)) products.push(shown(last))
      if (products.length === limit) break
    }
    const isMore = products.length === limit || looked === MOST_LOOKED_AT
    const next = isMore && last ? { next: JSON.stringify([last.name, last.id]) } : {}
    return { products, ...next, currency: this.#currency }
  }

  orders({ branch, before = Number.MAX_SAFE_INTEGER, limit }: OrderListQuery): OrderPage {
    const rows = this.#replica.store.table('orders').newestBefore(branch, before, limit)
    const orders = rows
      .filter(({ doc }) => doc['_deleted'] !== true)
      .map(({ doc }) => {
        const { id, branchId, number, placedAt, status, total, currency, source, note, lines } =
          doc as unknown as OrderDocument
        const rest = { ...(source !== undefined && { source }), ...(note !== undefined && { note }) }
        return { id, branchId, number, placedAt, status, total, currency, ...rest, lines: lines.length }
      })
    const next = rows.length === limit ? { next: rows.at(-1)!.seq } : {}
    return { orders, ...next }
  }
}

/** Without how it is merged. */
function shown({ id, name, price, currency, unit, category, discontinued }: ProductDocument): ProductDocument {
  return {
    id,
    name,
    price,
    currency,
    ...(unit !== undefined && { unit }),
    ...(category !== undefined && { category }),
    ...(discontinued !== undefined && { discontinued }),
  }
}

function positionOf(after: string | undefined): [name: string, id: string] {
  if (after === undefined) return ['', '']
  try {
    const [name, id] = JSON.parse(after) as unknown[]
    if (typeof name === 'string' && typeof id === 'string') return [toSortKey(name), toSortKey(id)]
  } catch {
    // Said below.
  }
  throw new OutpostError('BAD_REQUEST', 'after: not the `next` of a page', { field: 'after' })
}

function hasWords({ name, category = '', id }: ProductDocument, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const sought = folded(`${name} ${category} ${id}`)
  return words.every((word) => sought.includes(word))
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}
