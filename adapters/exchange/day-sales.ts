/**
 * Orders and sales of each day at this branch, kept up by every write in its own transaction: the figures that
 * headquarters is shown live. Days are those of the branch's own time zone.
 */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import type { Sale } from '../../schemas/sale.ts'
import type { Derivation, Store } from '../sqlite/store.ts'

const TABLE = `
CREATE TABLE IF NOT EXISTS day_sales (
  day TEXT NOT NULL, currency TEXT NOT NULL, orders INTEGER NOT NULL, sales INTEGER NOT NULL, PRIMARY KEY (day, currency)
) STRICT, WITHOUT ROWID;`
/** Set once what the store held before was counted. */
const COUNTED = 'day sales counted'
const PAGE = 1000

export interface DayFigures {
  /** `2026-03-01`. */
  readonly day: string
  readonly orders: number
  /** Minor units. */
  readonly sales: number
  readonly currency: string
}

export class DaySales {
  readonly #store: Store
  readonly #currency: string

  /** @param currency the branch's; what was sold in another one is not counted among its sales */
  constructor(store: Store, currency: string) {
    this.#store = store
    this.#currency = currency
    store.ensureTable(TABLE)
    this.#countOnce()
    store.derive(this.#derive)
  }

  on(now: Date): DayFigures {
    const day = dayOf(now)
    const sql = 'SELECT orders, sales FROM day_sales WHERE day = ? AND currency = ?'
    const row = this.#store.prepare(sql).get(day, this.#currency) as { orders: number; sales: number } | undefined
    return { day, currency: this.#currency, orders: row?.orders ?? 0, sales: row?.sales ?? 0 }
  }

  readonly #derive: Derivation = (_write, changes) => {
    for (const { table, previous, doc } of changes) {
      const { declaration } = table
      if (!declaration?.sale) continue
      const [before, after] = [saleOf(declaration, previous), saleOf(declaration, doc)]
      if (before && after && isSameSale(before, after)) continue
      if (before) this.#add(before, -1)
      if (after) this.#add(after, 1)
    }
  }

  #add({ at, amount, currency }: Sale, sign: 1 | -1): void {
    const sql = `INSERT INTO day_sales VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      orders = orders + excluded.orders, sales = sales + excluded.sales`
    this.#store.prepare(sql).run(dayOf(new Date(at)), currency, sign, sign * amount)
  }

  /** A store that was written before these figures were kept. */
  #countOnce(): void {
    const store = this.#store
    if (store.readSetting(COUNTED) !== undefined) return
    store.transaction('day sales', () => {
      for (const declaration of store.declarations.filter(({ sale }) => sale)) {
        for (let after = 0, full = true; full;) {
          const rows = store.table(declaration.name).rowsAfter(after, PAGE)
          for (const { doc } of rows) {
            const sale = saleOf(declaration, doc)
            if (sale) this.#add(sale, 1)
          }
          full = rows.length === PAGE
          after = rows.at(-1)?.seq ?? after
        }
      }
      store.writeSetting(COUNTED, 'yes')
    })
  }
}

function saleOf(declaration: CollectionDeclaration, doc: Doc | undefined): Sale | undefined {
  const sale = doc === undefined || doc['_deleted'] === true ? undefined : declaration.sale?.(doc)
  // What an older version may have left in a store is no sale of anything.
  const isOne = sale && Number.isSafeInteger(sale.amount) && !Number.isNaN(Date.parse(sale.at))
  return isOne && typeof sale.currency === 'string' ? sale : undefined
}

function isSameSale(one: Sale, other: Sale): boolean {
  return one.at === other.at && one.amount === other.amount && one.currency === other.currency
}

function dayOf(date: Date): string {
  const two = (number: number) => String(number).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
