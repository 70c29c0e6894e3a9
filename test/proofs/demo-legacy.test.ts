import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDemoPlace, type DemoPlace } from '../support/run-demo.ts'

let demo: DemoPlace

beforeEach(async () => {
  demo = await openDemoPlace()
})

afterEach(() => demo.remove())

interface Compared {
  readonly what: string
  readonly shop: number
  readonly headquarters: number
}

it('the demonstration of an old shop tells its story with a table, or prints its report as JSON and nothing else', async () => {
  const { agree, rows } = await demo.run<{ agree: boolean; rows: Compared[] }>('legacy')
  expect(agree).toBe(true)
  expect(rows.map(({ what }) => what)).toEqual(['orders', 'order lines', 'pieces sold', 'orders shipped'])
  expect(rows.every(({ shop, headquarters }) => shop > 0 && shop === headquarters)).toBe(true)

  const told = await demo.tell('legacy')
  expect(told).toMatch(/^The old shop has /)
  for (const { what, shop, headquarters } of rows) {
    expect(told).toMatch(new RegExp(`^${what} +${shop} +${headquarters}$`, 'm'))
  }
  expect(told).not.toContain('"agree"')
}, 300_000)
