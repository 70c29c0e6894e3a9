/** The chain's figures over HTTP, from a real database that a real mirror keeps. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addErrorHandling, createApp } from '../../adapters/http/app.ts'
import { addDashboardRoutes } from '../../adapters/http/dashboard-routes.ts'
import { RouteTable, type Guard } from '../../adapters/http/route-table.ts'
import type { Mirror } from '../../adapters/mysql/mirror.ts'
import { Dashboards, type DashboardsParts } from '../../cloud-node/dashboards.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { Doc } from '../../schemas/json.ts'
import { DASHBOARD_NAMES, type Dashboard, type DashboardList } from '../../schemas/protocol/dashboards.ts'
import type { MirrorStatus } from '../../schemas/protocol/status.ts'
import {
  createMirrorFixture,
  line,
  member,
  order,
  product,
  type MirrorFixture,
} from '../adapters/mysql/mirror-fixture.ts'
import { serve, type Served } from '../support/serve.ts'

const ignore = () => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }
const VIEWER: Guard = {
  authenticate: () => Promise.resolve({ kind: 'account', id: 'li', name: 'Li', role: 'viewer' }),
  isStillAdmitted: () => true,
  countStream: () => ignore,
  noteDone: ignore,
}
const NOW = Date.parse('2026-03-03T17:00:00.000Z')

let fixture: MirrorFixture
let served: Served
let dashboards: Dashboards
let mirrors: MirrorStatus[]
let mirror: Pick<Mirror, 'missed'>

beforeEach(async () => {
  fixture = await createMirrorFixture()
  mirror = { missed: (failure) => failure }
  mirrors = [{ name: 'outpost', state: 'running', lag: 3, parked: 0, rows: {} }]
})
afterEach(async () => {
  dashboards.stop()
  await served.close()
  await fixture[Symbol.asyncDispose]()
})

async function open(parts: Partial<DashboardsParts> = {}): Promise<void> {
  dashboards = new Dashboards({
    target: { name: 'outpost', url: fixture.db.url },
    mirrors: { status: () => mirrors, named: () => mirror },
    knowsBranch: (id) => id !== 'nowhere',
    timeZone: 'Asia/Shanghai',
    currency: 'CNY',
    nowMs: () => NOW,
    ...parts,
  })
  const app = createApp(SILENT)
  addDashboardRoutes(new RouteTable(app, VIEWER), dashboards)
  addErrorHandling(app, SILENT)
  served = await serve(app)
}

const get = (path: string) => fetch(`${served.url}/api/dashboards${path}`)
const read = async (path: string) => (await (await get(path)).json()) as Dashboard
const refusal = async (path: string) => {
  const response = await get(path)
  return { status: response.status, ...((await response.json()) as { code: string; field?: string }) }
}

/** 1 March in China ends at 16:00 UTC. */
function trade(): void {
  const at = (placedAt: string, fields: Doc) => ({ placedAt, currency: 'CNY', total: 1050, ...fields })
  fixture.feed.put('branches', { id: 'north', name: 'North Gate', enabled: true })
  fixture.feed.put('products', product('tea', { name: '=HYPERLINK("x")' }))
  fixture.feed.put(
    'members',
    member('ada', {
      name: 'Ada',
      balance: { points: 12, value: 99 },
      registrations: [{ id: 'r1', branchId: 'north', at: '2026-03-01T16:00:00.000Z' }],
    }),
  )
  fixture.feed.put(
    'orders',
    order('a', [line('tea', 2)], at('2026-03-01T15:59:59.999Z', { branchId: 'north', memberId: 'ada' })),
    order(
      'b',
      [line('tea', 1), line('free', 1, { name: 'Bag' })],
      at('2026-03-01T16:00:00.000Z', { branchId: 'north' }),
    ),
    order(
      'c',
      [line('tea', 1)],
      at('2026-03-02T03:00:00.000Z', { branchId: 'south', status: 'closed', memberId: 'ada' }),
    ),
    order('d', [line('tea', 9)], at('2026-03-02T03:00:00.000Z', { branchId: 'south', status: 'refunded' })),
  )
}

describe('the chain’s figures', () => {
  it('are counted by the days of the chain’s time zone, and say how old they are', async () => {
    trade()
    await fixture.start().level()
    await open()
    const sales = await read('/sales-by-day?from=2026-03-01&to=2026-03-02')
    expect(sales.rows).toEqual([
      { day: '2026-03-01', branch_id: 'north', branch_name: 'North Gate', currency: 'CNY', orders: 1, sales: 1050 },
      { day: '2026-03-02', branch_id: 'north', branch_name: 'North Gate', currency: 'CNY', orders: 1, sales: 1050 },
      { day: '2026-03-02', branch_id: 'south', branch_name: null, currency: 'CNY', orders: 1, sales: 1050 },
    ])
    expect(sales).toMatchObject({
      from: '2026-03-01',
      to: '2026-03-02',
      timeZone: 'Asia/Shanghai',
      truncated: false,
      at: '2026-03-03T17:00:00.000Z',
      mirror: {
        name: 'outpost',
        state: 'running',
        lag: 3,
        filling: [],
        writtenAt: expect.stringMatching(/^20.*Z$/) as string,
      },
    })
    expect((await read('/sales-by-day?from=2026-03-01&to=2026-03-01')).rows).toHaveLength(1)
    expect((await read('/sales-by-day?from=2026-03-02&to=2026-03-02&branch=south')).rows).toHaveLength(1)
    expect((await read('/sales-by-day')).rows).toHaveLength(3)
  })

  it('tell of products, statuses, members, newcomers and points', async () => {
    trade()
    await fixture.start().level()
    await open()
    const range = '?from=2026-02-01&to=2026-03-03'
    expect((await read(`/sales-by-product${range}`)).rows).toEqual([
      { product_id: 'tea', product_name: '=HYPERLINK("x")', currency: 'CNY', orders: 3, quantity: 4, sales: 1800 },
      { product_id: 'free', product_name: 'Bag', currency: 'CNY', orders: 1, quantity: 1, sales: 450 },
    ])
    expect((await read(`/orders-by-status${range}&branch=south`)).rows).toEqual([
      { branch_id: 'south', branch_name: null, status: 'closed', currency: 'CNY', orders: 1, total: 1050 },
      { branch_id: 'south', branch_name: null, status: 'refunded', currency: 'CNY', orders: 1, total: 1050 },
    ])
    expect((await read(`/members${range}`)).rows).toEqual([
      {
        member_id: 'ada',
        member_name: 'Ada',
        scope: 'shared',
        currency: 'CNY',
        orders: 2,
        spent: 2100,
        last_day: '2026-03-02',
        days_since: 1,
      },
    ])
    expect((await read(`/members${range}&branch=north`)).rows).toMatchObject([{ orders: 1, last_day: '2026-03-01' }])
    expect((await read('/member-recency?from=2026-02-01&to=2026-05-20')).rows).toEqual([
      { days_since: '31-90', currency: 'CNY', members: 1, spent: 2100 },
    ])
    expect((await read(`/new-members${range}`)).rows).toEqual([
      { day: '2026-03-02', branch_id: 'north', branch_name: 'North Gate', members: 1 },
    ])
    expect((await read('/points')).rows).toEqual([
      { scope: 'shared', members: 1, with_points: 1, below_zero: 0, points: 12, currency: 'CNY', stored_value: 99 },
    ])
  })

  it('are those of one currency alone where one is asked for, also the first of a ranking', async () => {
    trade()
    fixture.feed.put(
      'orders',
      order('eur', [line('tea', 1)], {
        placedAt: '2026-03-02T03:00:00.000Z',
        branchId: 'south',
        memberId: 'ada',
        currency: 'EUR',
        total: 10,
      }),
    )
    await fixture.start().level()
    await open()
    const range = '?from=2026-02-01&to=2026-03-03'
    for (const name of ['sales-by-day', 'sales-by-product', 'orders-by-status', 'members', 'member-recency']) {
      const figures = await read(`/${name}${range}&limit=1&currency=EUR`)
      expect(figures).toMatchObject({ currency: 'EUR', rows: [{ currency: 'EUR' }], truncated: false })
    }
    const file = await get(`/members${range}&currency=EUR&format=csv`)
    expect(file.headers.get('content-disposition')).toContain('members_2026-02-01_2026-03-03_EUR.csv')
    expect(await refusal(`/members${range}&currency=euro`)).toMatchObject({ status: 400, field: 'currency' })
  })

  it('come as files that a spreadsheet opens and does not run', async () => {
    trade()
    await fixture.start().level()
    await open()
    const response = await get('/sales-by-product?from=2026-03-01&to=2026-03-02&limit=1&format=csv&lang=zh')
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toBe(
      'attachment; filename=sales-by-product_2026-03-01_2026-03-02_first-1.csv',
    )
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await response.arrayBuffer())
    expect(text).toBe('\uFEFF商品编号,商品,币种,订单数,数量,销售额\r\ntea,"\'=HYPERLINK(""x"")",CNY,3,4,18\r\n')
    const named = await (await get('/sales-by-day?from=2026-03-01&to=2026-03-01&format=csv')).text()
    expect(named).toContain(
      'day,branch_id,branch_name,currency,orders,sales\r\n2026-03-01,north,North Gate,CNY,1,10.5\r\n',
    )
  })

  it('are refused where days or branch are none, or too many', async () => {
    await open()
    expect(await refusal('/sales-by-day?from=2026-02-30&to=2026-03-02')).toMatchObject({ status: 400, field: 'from' })
    expect(await refusal('/sales-by-day?from=2026-03-03&to=2026-03-02')).toMatchObject({ status: 400, field: 'from' })
    expect(await refusal('/sales-by-day?from=2025-01-01&to=2026-03-02')).toMatchObject({ status: 400, field: 'from' })
    expect(await refusal('/sales-by-day?branch=nowhere')).toMatchObject({ code: 'BRANCH_UNKNOWN', field: 'branch' })
    expect(await refusal('/sales-by-day?and=more')).toMatchObject({ status: 400 })
    expect(await refusal('/secrets')).toMatchObject({ status: 400, field: 'name' })
    expect(await refusal('/sales-by-day?from=1900-01-01&to=1900-01-02')).toMatchObject({ status: 400, field: 'from' })
  })

  describe('that MySQL has lost', () => {
    const path = '/sales-by-day?from=2026-03-01&to=2026-03-02'

    it.each([
      ['a view', 'DROP VIEW order_sold', "order_sold' doesn't exist"],
      ['a table', 'DROP TABLE orders', 'order_sold'],
      ["the mirror's own table", 'DROP TABLE outpost_mirror', "outpost_mirror' doesn't exist"],
      ['the whole database', 'DROP DATABASE', 'Unknown database'],
    ])(
      'come again after the first read that misses %s, and the mirror says what it missed',
      async (_what, sql, words) => {
        trade()
        const kept = fixture.start()
        await kept.level()
        mirror = kept
        await open()
        await fixture.db.query(sql === 'DROP DATABASE' ? `DROP DATABASE \`${fixture.db.name}\`` : sql)
        expect(await refusal(path)).toMatchObject({
          code: 'MIRROR_TABLES',
          message: expect.stringContaining('what is missing it makes') as string,
        })
        const rows = async () => (await read(path)).rows ?? []
        await expect.poll(rows, { timeout: 20_000 }).toHaveLength(3)
        expect(kept.status().lastError).toMatchObject({
          code: 'MIRROR_TABLES',
          message: expect.stringContaining(words) as string,
        })
      },
    )

    it('name what a mapping lacks that a view reads, and have the mirror do nothing', async () => {
      const declarations = COLLECTIONS.map((one) =>
        one.name === 'branches'
          ? {
              ...one,
              mirror: [{ table: 'branch', key: ['id'], columns: { id: { from: 'id', type: 'key' } } }] as const,
            }
          : one,
      )
      const kept = fixture.start({ declarations })
      await kept.level()
      mirror = kept
      await open()
      expect(await refusal(path)).toMatchObject({
        message: expect.stringContaining('the mapping has no branch.name; add that') as string,
      })
      expect(kept.status()).toMatchObject({ state: 'running' })
      expect(kept.status().lastError).toBe(undefined)
    })

    it('are left to whoever may make views, where the mirror may not', async () => {
      await fixture.start().level()
      const kept = fixture.start({ create: false })
      await kept.level()
      mirror = kept
      await open()
      await fixture.db.query('DROP VIEW order_sold')
      expect(await refusal(path)).toMatchObject({ message: expect.stringContaining('outpost mirror init') as string })
      expect(kept.status().lastError).toBe(undefined)
    })
  })

  it('are not there without a database, and not while it is away, and the list says which there are', async () => {
    await open({ target: undefined })
    expect(await refusal('/sales-by-day')).toMatchObject({ status: 503, code: 'MIRROR_UNAVAILABLE' })
    const list = (await (await get('')).json()) as DashboardList
    expect(list).toMatchObject({ timeZone: 'Asia/Shanghai', currency: 'CNY', today: '2026-03-04' })
    expect(list.mirror).toBeUndefined()
    expect(list.dashboards.map(({ name }) => name)).toEqual(DASHBOARD_NAMES)
    await served.close()
    await open({ target: { name: 'outpost', url: 'mysql://nobody@127.0.0.1:1/outpost' } })
    expect(await refusal('/sales-by-day')).toMatchObject({ status: 503, code: 'MIRROR_UNAVAILABLE' })
    expect(((await (await get('')).json()) as DashboardList).mirror).toEqual({
      name: 'outpost',
      state: 'running',
      lag: 3,
      filling: [],
    })
  })
})
