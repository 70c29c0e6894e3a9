/** The views for figures say what the documents say, by the rules of the branch app. */
import { readFileSync } from 'node:fs'
import { createConnection } from 'mysql2/promise'
import { describe, expect, test } from 'vitest'
import { ORDER_STATES } from '../../../schemas/order-status.ts'
import type { Doc } from '../../../schemas/json.ts'
import { orderSale } from '../../../schemas/sale.ts'
import { createMirrorFixture, line, member, order, product, type MirrorFixture } from './mirror-fixture.ts'

const STATES = [...ORDER_STATES, 'conflicted']
const CURRENCIES = ['CNY', 'CNY', 'EUR']

function placedAt(number: number): string {
  return new Date(Date.parse('2026-02-27T20:10:00.000Z') + number * 47 * 60_000).toISOString()
}

/** Orders of two branches over four days, in every status, with lines of products that the catalogue has and has not. */
function someOrders(count: number): Doc[] {
  return Array.from({ length: count }, (_, number) => {
    const lines = [
      line(`p${number % 4}`, (number % 3) + 1, { name: number % 5 === 0 ? '=cmd' : 'As it was called' }),
      line('p1', 0.125, { total: 56 }),
    ]
    return order(`o${number}`, lines, {
      branchId: number % 3 === 0 ? 'south' : 'north',
      placedAt: placedAt(number),
      status: STATES[number % STATES.length]!,
      currency: CURRENCIES[number % CURRENCIES.length]!,
      total: 100 + number,
      ...(number % 2 === 0 && { memberId: `m${number % 5}`, registrationId: `r${number % 5}` }),
    })
  })
}

/** A query as a person writes it by hand, on a server that is as strict with GROUP BY as MySQL is unless told otherwise. */
async function asked<Row = Record<string, unknown>>({ db }: MirrorFixture, sql: string): Promise<Row[]> {
  const connection = await createConnection({ uri: db.url, dateStrings: true })
  try {
    await connection.query("SET SESSION sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES'")
    const [rows] = await connection.query(sql)
    return (rows as Record<string, unknown>[]).map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, asNumber(value)])),
    ) as Row[]
  } finally {
    await connection.end()
  }
}

/** Sums come as decimal text. */
function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
}

function sumBy(
  docs: readonly Doc[],
  keyOf: (doc: Doc) => readonly (string | number)[],
  add: (doc: Doc) => readonly number[],
): Map<string, number[]> {
  const sums = new Map<string, number[]>()
  for (const doc of docs) {
    const key = keyOf(doc).join('|')
    const more = add(doc)
    const before = sums.get(key) ?? more.map(() => 0)
    sums.set(
      key,
      before.map((value, at) => Math.round((value + more[at]!) * 1000) / 1000),
    )
  }
  return sums
}

const utc = (doc: Doc) => [String(doc['placedAt']).slice(0, 10), Number(String(doc['placedAt']).slice(11, 13))] as const
const text = (doc: Doc, field: string) => String(doc[field])

describe('the views for figures', () => {
  test('count orders and sales, by branch, product and status, as the documents have them', async () => {
    await using fixture = await createMirrorFixture()
    const { feed } = fixture
    const mirror = fixture.start()
    const orders = someOrders(140)
    feed.put('branches', { id: 'north', name: 'North Gate', enabled: true })
    feed.put('products', product('p0', { name: 'Green tea' }), product('p1', { name: 'Rice' }))
    feed.put('orders', ...orders, order('gone', [line('p0')], { placedAt: placedAt(3) }))
    feed.remove('orders', 'gone')
    await mirror.level()
    const sold = orders.filter((doc) => orderSale(doc))
    expect(sold.length).toBeGreaterThan(50)
    expect(sold.length).toBeLessThan(80)

    const byDay = await asked<{
      branch_id: string
      branch_name: string
      day: string
      hour: number
      currency: string
      orders: number
      sales: number
    }>(fixture, 'SELECT * FROM sales_by_branch_day')
    const keyed = byDay.map(
      (row) => [[row.branch_id, row.day, row.hour, row.currency].join('|'), [row.orders, row.sales]] as const,
    )
    expect(new Map(keyed)).toEqual(
      sumBy(
        sold,
        (doc) => [text(doc, 'branchId'), ...utc(doc), text(doc, 'currency')],
        (doc) => [1, orderSale(doc)!.amount],
      ),
    )
    expect(keyed).toHaveLength(new Map(keyed).size)
    expect(new Set(byDay.map((row) => `${row.branch_id} ${row.branch_name}`))).toEqual(
      new Set(['north North Gate', 'south null']),
    )

    const byStatus = await asked<{
      branch_id: string
      day: string
      hour: number
      status: string
      currency: string
      orders: number
      total: number
    }>(fixture, 'SELECT * FROM orders_by_status')
    expect(
      new Map(
        byStatus.map((row) => [
          [row.branch_id, row.day, row.hour, row.status, row.currency].join('|'),
          [row.orders, row.total],
        ]),
      ),
    ).toEqual(
      sumBy(
        orders,
        (doc) => [text(doc, 'branchId'), ...utc(doc), text(doc, 'status'), text(doc, 'currency')],
        (doc) => [1, doc['total'] as number],
      ),
    )

    const names: Record<string, string> = { p0: 'Green tea', p1: 'Rice' }
    const lines = sold.flatMap((doc) => (doc['lines'] as Doc[]).map((one): Doc => ({ ...doc, ...one })))
    const nameOf = (one: Doc) => names[text(one, 'productId')] ?? text(one, 'name')
    const byProduct = await asked<{
      product_id: string
      product_name: string
      branch_id: string
      day: string
      hour: number
      currency: string
      orders: number
      quantity: number
      sales: number
    }>(fixture, 'SELECT * FROM sales_by_product_day')
    expect(
      new Map(
        byProduct.map((row) => [
          [row.product_id, row.product_name, row.branch_id, row.day, row.hour, row.currency].join('|'),
          [row.quantity, row.sales],
        ]),
      ),
    ).toEqual(
      sumBy(
        lines,
        (one) => [text(one, 'productId'), nameOf(one), text(one, 'branchId'), ...utc(one), text(one, 'currency')],
        (one) => [one['quantity'] as number, one['total'] as number],
      ),
    )
    // A product that stands twice in an order is in one order.
    const [rice] = await asked(
      fixture,
      "SELECT SUM(orders) AS orders FROM sales_by_product_day WHERE product_id = 'p1'",
    )
    expect(rice).toEqual({ orders: sold.length })
  })

  test('count members by what they bought as the persons they are today, and each person as new once', async () => {
    await using fixture = await createMirrorFixture()
    const { feed } = fixture
    const mirror = fixture.start()
    const orders = someOrders(140)
    const registered = (id: string, at: string | undefined, branchId: string) => ({ id, branchId, ...(at && { at }) })
    feed.put('branches', { id: 'north', name: 'North Gate', enabled: true })
    feed.put(
      'members',
      member('m0', {
        name: 'Ada',
        balance: { points: 70, value: 500 },
        registrations: [
          registered('r0', '2026-02-03T10:00:00.000Z', 'south'),
          registered('r0b', '2026-02-01T10:00:00.000Z', 'north'),
        ],
      }),
      // Is Ada, who was there first.
      member('m1', {
        currentId: 'm0',
        balance: { points: 9000, value: 0 },
        registrations: [registered('r1', '2026-01-30T10:00:00.000Z', 'south')],
      }),
      member('m2', {
        name: 'Bo',
        balance: { points: -5, value: 0 },
        registrations: [registered('r2', '2026-02-03T10:59:59.999Z', 'south')],
      }),
      // Imported: nobody knows since when.
      member('m3', {
        name: 'Cy',
        scope: 'north',
        balance: { points: 0, value: -100 },
        registrations: [registered('r3', undefined, 'north')],
      }),
    )
    feed.put('orders', ...orders)
    await mirror.level()

    const people: Record<string, string> = { m0: 'm0', m1: 'm0', m2: 'm2', m3: 'm3' }
    const bought = orders.filter((doc) => orderSale(doc) && people[text(doc, 'memberId')])
    const value = await asked<{
      member_id: string
      member_name: string
      currency: string
      orders: number
      spent: number
      first_order_at: string
      last_order_at: string
      days_since: number
    }>(fixture, 'SELECT * FROM member_value')
    expect(new Map(value.map((row) => [`${row.member_id}|${row.currency}`, [row.orders, row.spent]]))).toEqual(
      sumBy(
        bought,
        (doc) => [people[text(doc, 'memberId')]!, text(doc, 'currency')],
        (doc) => [1, doc['total'] as number],
      ),
    )
    const ada = value.find(({ member_id, currency }) => member_id === 'm0' && currency === 'CNY')!
    const hers = bought
      .filter((doc) => people[text(doc, 'memberId')] === 'm0' && doc['currency'] === 'CNY')
      .map((doc) => text(doc, 'placedAt'))
    const inSql = (iso: string) => iso.replace('T', ' ').replace('Z', '')
    expect(ada).toMatchObject({
      member_name: 'Ada',
      first_order_at: inSql(hers[0]!),
      last_order_at: inSql(hers.at(-1)!),
    })
    const daysSince = Math.floor((Date.now() - Date.parse(hers.at(-1)!)) / 86_400_000)
    // The day may have ended since it was asked.
    expect([daysSince - 1, daysSince]).toContain(ada.days_since)

    expect(await asked(fixture, 'SELECT * FROM member_first_registration ORDER BY member_id')).toEqual([
      { member_id: 'm0', scope: 'shared', branch_id: 'south', registered_at: '2026-01-30 10:00:00.000' },
      { member_id: 'm2', scope: 'shared', branch_id: 'south', registered_at: '2026-02-03 10:59:59.999' },
    ])
    expect(await asked(fixture, 'SELECT * FROM new_members_day ORDER BY day')).toEqual([
      { branch_id: 'south', branch_name: null, day: '2026-01-30', hour: 10, members: 1 },
      { branch_id: 'south', branch_name: null, day: '2026-02-03', hour: 10, members: 1 },
    ])
    expect(await asked(fixture, 'SELECT * FROM points_outstanding ORDER BY scope')).toEqual([
      { scope: 'north', members: 1, points: 0, stored_value: -100, with_points: 0, below_zero: 1 },
      { scope: 'shared', members: 2, points: 65, stored_value: 500, with_points: 1, below_zero: 1 },
    ])
  })

  test('answer every query that their page gives as an example', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = fixture.start()
    fixture.feed.put('orders', ...someOrders(20))
    await mirror.level()
    const page = readFileSync(new URL('../../../docs/dashboards.md', import.meta.url), 'utf8')
    const examples = [...page.matchAll(/```sql\n(.*?)```/gs)].flatMap(([, sql]) =>
      sql!.split(/;\n/).filter((one) => one.trim() !== ''),
    )
    expect(examples.length).toBeGreaterThan(7)
    for (const sql of examples) expect(await asked(fixture, sql)).toBeInstanceOf(Array)
    const [day] = await asked(fixture, examples[0]!)
    expect(day).toMatchObject({ branch_name: null, day_in_china: '2026-02-28' })
    for (const view of page.matchAll(/### `(\w+)`/g)) await asked(fixture, `SELECT * FROM ${view[1]}`)
  })
})
