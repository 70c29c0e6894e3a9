import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDemoPlace, type DemoPlace } from '../support/run-demo.ts'

let demo: DemoPlace

beforeEach(async () => {
  demo = await openDemoPlace()
})

afterEach(() => demo.remove())

describe('the demonstrations', () => {
  it('trade a day with one branch cut off, end in sync, and go on with the next day on the same data', async () => {
    const first = await demo.run<Record<string, unknown>>('main')
    expect(first).toMatchObject({ branches: 2, orders: 300, inSync: true })
    expect(first['mirror']).toMatchObject({ orders: 300, member: first['members'] })
    const second = await demo.run<Record<string, unknown>>('main')
    expect(second).toMatchObject({ branches: 2, orders: 600, inSync: true })
    expect(await demo.mysql.query('SELECT COUNT(*) AS n FROM orders')).toEqual([{ n: 600 }])
  }, 180_000)

  it('import at nine branches at once, half of them cut off, and name each bad row once', async () => {
    const report = await demo.run<object>('northwind')
    expect(report).toMatchObject({ branches: 9, inSync: true })
    const { rejected, orders, mirror } = report as {
      rejected: { customers: number; orders: number }
      orders: number
      mirror: object
    }
    expect(orders + rejected.orders).toBe(300)
    expect(mirror).toMatchObject({ orders })
    const rows = readFileSync(join(demo.folder, 'chain', 'rejects.csv'), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
    expect(rows).toHaveLength(rejected.customers + rejected.orders)
    expect(new Set(rows.map((row) => row.split(',', 2).join())).size).toBe(rows.length)
  }, 300_000)
})
