/** A legacy system's database: members, orders with lines and products, as such systems keep them. */
import type { TestDatabase } from './mysql-database.ts'

export const LEGACY_MAPPING = `
version: 1
source: till
currency: CNY
timeZone: '+08:00'
products:
  table: goods
  columns: { legacyId: sku, name: title, price: price }
members:
  table: customers
  watermark: changed
  columns:
    legacyId: id
    name: name
    phone: mobile
    note: remark
    birthday: born
orders:
  table: sales
  watermark: changed
  columns:
    legacyId: no
    placedAt: placed
    memberLegacyId: customer
    status: { column: state, values: { '0': created, '1': paid, '2': fulfilled, '3': closed, '9': refunded } }
    note: remark
orderLines:
  table: sale_items
  columns: { orderLegacyId: sale, productLegacyId: sku, price: price, quantity: qty }
`

const TABLES = [
  'CREATE TABLE goods (sku VARCHAR(20) PRIMARY KEY, title VARCHAR(100) NOT NULL, price DECIMAL(12,4) NOT NULL)',
  `CREATE TABLE customers (id BIGINT UNSIGNED PRIMARY KEY, name VARCHAR(100) NOT NULL, mobile VARCHAR(30), remark TEXT,
    born DATE, picture BLOB, changed TIMESTAMP(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
    KEY (changed))`,
  `CREATE TABLE sales (no INT NOT NULL PRIMARY KEY, placed DATETIME NOT NULL, customer BIGINT UNSIGNED, state TINYINT NOT NULL,
    remark VARCHAR(200), changed TIMESTAMP(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
    KEY (customer), KEY (changed))`,
  `CREATE TABLE sale_items (sale INT NOT NULL, pos INT NOT NULL, sku VARCHAR(20) NOT NULL, price DECIMAL(12,2) NOT NULL,
    qty DECIMAL(10,3) NOT NULL, PRIMARY KEY (sale, pos))`,
]

export interface ShopSize {
  readonly members: number
  readonly orders: number
}

/** Ids from 1 on; order `n` is member `n % members + 1`'s and has two lines. */
export async function createLegacyShop(db: Pick<TestDatabase, 'query'>, { members, orders }: ShopSize): Promise<void> {
  for (const table of TABLES) await db.query(table)
  await db.query("INSERT INTO goods VALUES ('tea', '茶', 12.5), ('cup', 'Cup', 30)")
  await addMembers(db, 1, members)
  await addOrders(db, 1, orders, members)
}

export async function addMembers(db: Pick<TestDatabase, 'query'>, first: number, count: number): Promise<void> {
  for (let from = first; from < first + count; from += 500) {
    const ids = Array.from({ length: Math.min(500, first + count - from) }, (_, i) => from + i)
    const rows = ids.map((id) => `(${id}, '客户${id}', '138${String(id).padStart(8, '0')}', NULL, '1990-02-03')`)
    await db.query(`INSERT INTO customers (id, name, mobile, remark, born) VALUES ${rows.join(', ')}`)
  }
}

export async function addOrders(
  db: Pick<TestDatabase, 'query'>,
  first: number,
  count: number,
  members: number,
): Promise<void> {
  for (let from = first; from < first + count; from += 500) {
    const ids = Array.from({ length: Math.min(500, first + count - from) }, (_, i) => from + i)
    const sales = ids.map((id) => `(${id}, '2026-03-01 10:00:00', ${(id % members) + 1}, 1)`)
    const lines = ids.flatMap((id) => [`(${id}, 1, 'tea', 12.50, 2)`, `(${id}, 2, 'cup', 30.00, 1)`])
    await db.query(`INSERT INTO sales (no, placed, customer, state) VALUES ${sales.join(', ')}`)
    await db.query(`INSERT INTO sale_items VALUES ${lines.join(', ')}`)
  }
}
