/** The page of the chain's figures in real Chromium, on a database that a real node mirrors into. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { standStill } from '../../scripts/screenshots/app-screens.ts'
import type { Dashboard, DashboardList } from '../../schemas/protocol/dashboards.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { launchBrowser, openPage } from '../support/browser.ts'
import { openCloudFolder, PASSWORD, type CloudFolder } from '../support/cloud-folder.ts'
import { createTestDatabase, type TestDatabase } from '../support/mysql-database.ts'
import { startNode, type NodeProcess } from '../support/node-process.ts'
import { seedFigures } from '../support/seeded-figures.ts'
import { statusWhere } from '../support/status-events.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const BRANCHES = ['north', 'south', 'east']

let browser: Browser
let cloud: CloudFolder
let db: TestDatabase
let node: NodeProcess

beforeAll(async () => {
  browser = await launchBrowser()
  db = await createTestDatabase()
  cloud = openCloudFolder()
  const added = await cloud.command(['account', 'add', 'Li', '--role', 'viewer'], PASSWORD)
  expect(added).toMatchObject({ code: 0 })
  node = await startNode(['cloud', 'start', '--data', join(cloud.path, 'cloud')], { MYSQL_URL: db.url })
  for (const id of BRANCHES) await node.post('/api/branches', { id, name: `Branch ${id}` })
  await statusWhere<CloudNodeStatus>(node, ({ mirrors: [mirror] }) => mirror?.state === 'running' && mirror.lag === 0)
  await seedFigures(db, BRANCHES, 20, Date.now())
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await cloud?.remove()
  await db?.drop()
})

async function openFigures(hash = '#/dashboards'): Promise<{ page: Page; errors: string[] }> {
  const opened = await openPage(browser, `${node.url}/${hash}`)
  const { page } = opened
  await page.getByTestId('login-name').fill('Li')
  await page.getByTestId('login-password').fill(PASSWORD)
  await page.getByTestId('login-submit').click()
  await page
    .getByTestId('freshness')
    .filter({ hasText: /Read \d/ })
    .waitFor()
  return opened
}

const today = async () => (await node.get<DashboardList>('/api/dashboards')).today

/** Sums of the database itself. */
async function sold(where = ''): Promise<{ orders: number; sales: number }> {
  const [row] = await db.query<{ orders: number; sales: string }>(
    `SELECT COUNT(*) AS orders, SUM(total) AS sales FROM orders WHERE status IN ('paid', 'fulfilled', 'closed') ${where}`,
  )
  return { orders: row!.orders, sales: Number(row!.sales) }
}

const yuan = (minor: number) =>
  new Intl.NumberFormat('en', { style: 'currency', currency: 'CNY', currencyDisplay: 'narrowSymbol' }).format(
    minor / 100,
  )

describe('the page of the chain’s figures', () => {
  it('shows what the database holds, says how old it is, and follows days and branch, which its address keeps', async () => {
    const { page, errors } = await openFigures()
    await page.getByTestId('room-health').click()
    await page.getByTestId('mirror-lag').waitFor()
    await page.getByTestId('room-dashboards').click()
    const all = await sold()
    await page
      .getByTestId('sum-sales')
      .filter({ hasText: yuan(all.sales) })
      .waitFor()
    expect(await page.getByTestId('sum-orders').textContent()).toBe(String(all.orders))
    expect(await page.getByTestId('freshness').textContent()).toMatch(
      /everything that headquarters has is in it.*Asia\/Shanghai/,
    )
    await page.getByTestId('late-branches').filter({ hasText: 'Branch north (never heard)' }).waitFor()
    expect(await page.getByTestId('sales-by-day-chart').getAttribute('aria-label')).toMatch(
      /^Bars: sales by day\. Most on .*¥/,
    )

    await page.getByTestId('branch').selectOption('south')
    const south = await sold("AND branch_id = 'south'")
    await page
      .getByTestId('sum-sales')
      .filter({ hasText: yuan(south.sales) })
      .waitFor()
    expect(await page.getByTestId('sales-by-branch').count()).toBe(0)
    await page.getByTestId('days-1').click()
    await page.locator('[data-testid=days-1][aria-pressed=true]').waitFor()
    expect(new URL(page.url()).hash).toBe('#/dashboards?days=1&branch=south')
    await page.reload()
    await page.getByTestId('sales-by-day-chart').waitFor()
    expect(await page.getByTestId('branch').inputValue()).toBe('south')
    expect(await page.getByTestId('from').inputValue()).toBe(await today())

    await page.getByTestId('from').fill('2031-01-05')
    await page.getByTestId('to').fill('2031-01-01')
    await page.getByTestId('days-problem').filter({ hasText: 'before the first' }).waitFor()
    await page.getByTestId('from').fill('2019-12-01')
    await page.getByTestId('to').fill('2020-01-01')
    await page.getByTestId('sales-by-day-empty').filter({ hasText: 'Nothing was sold in these days.' }).waitFor()
    expect(new URL(page.url()).hash).toBe('#/dashboards?from=2019-12-01&to=2020-01-01&branch=south')
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('gives each figure as a table and as a file, by the keyboard alone', async () => {
    const { page, errors } = await openFigures()
    const summary = page.getByTestId('orders-by-status-table')
    await summary.focus()
    await page.keyboard.press('Enter')
    const rows = page.getByTestId('orders-by-status').locator('tbody tr')
    expect(await rows.count()).toBe(6)
    const refunded = await db.query<{ orders: number }>(
      "SELECT COUNT(*) AS orders FROM orders WHERE status = 'refunded'",
    )
    expect(await rows.filter({ hasText: 'Refunded' }).locator('td').nth(1).textContent()).toBe(
      String(refunded[0]!.orders),
    )
    await page.getByTestId('members-csv').focus()
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
    expect(download.suggestedFilename()).toMatch(/^members_\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d\.csv$/)
    const text = readFileSync(await download.path(), 'utf8')
    expect(text).toMatch(/^\uFEFFMember id,Member,Whose,Currency,Orders,Spent,Last bought on,Days since\r\n/)
    expect(text).toContain('"\'=王 Wang"')
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('has nothing serious wrong for those who do not see or do not point, in both themes, wide and narrow', async () => {
    const { page } = await openFigures()
    await page.getByTestId('sales-by-day-chart').waitFor()
    await page.getByTestId('sales-by-day-table').click()
    await page.evaluate(AXE)
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 })
      for (const theme of ['light', 'dark']) {
        await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
        await standStill(page)
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
        const { violations, passes } = await page.evaluate<AxeResults>(
          "axe.run(document, { resultTypes: ['violations'] })",
        )
        expect(passes.length).toBeGreaterThan(15)
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        expect(
          serious.map(({ id, nodes }) => `${theme} ${width}: ${id}: ${nodes.map(({ html }) => html).join(' | ')}`),
        ).toEqual([])
      }
    }
    await page.context().close()
  }, 120_000)

  it('draws its charts in the colours of the theme, and in the light ones on paper', async () => {
    const { page } = await openFigures()
    const chart = page.getByTestId('sales-by-branch-chart')
    await chart.waitFor()
    const drawn = () => chart.evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL())
    await page.emulateMedia({ colorScheme: 'light' })
    const light = await drawn()
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(drawn).not.toBe(light)
    const dark = await drawn()
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(await drawn()).toBe(light)
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    await expect.poll(drawn).toBe(dark)
    await page.context().close()
  }, 120_000)

  it('says in words that the database or the views are away, keeps asking when told to, and goes on once they are back', async () => {
    const { page } = await openFigures()
    await page.getByTestId('sales-by-day-chart').waitFor()
    await db.query('RENAME TABLE orders TO orders_away')
    await page.getByTestId('refresh').click()
    const failed = page.getByTestId('figures-failed')
    await failed.filter({ hasText: 'MIRROR_TABLES' }).waitFor()
    await page.getByTestId('lang-switch').click()
    await failed.filter({ hasText: '数据库中没有所需的视图' }).waitFor()
    await db.query('RENAME TABLE orders_away TO orders')
    await page.getByTestId('again').click()
    await page.getByTestId('sales-by-day-chart').waitFor()
    await failed.waitFor({ state: 'detached' })
    await page.context().close()
  }, 120_000)

  it('has the first of a ranking in the currency that is looked at, however little it comes to in another', async () => {
    await db.query(
      "INSERT INTO orders (id, branch_id, number, placed_at, status, round, member_id, registration_id, total, currency, ver) VALUES ('eur', 'north', 'E-1', UTC_TIMESTAMP(3), 'paid', 1, 'm1', 'r1', 5, 'EUR', 1)",
    )
    await db.query(
      "INSERT INTO order_line (order_id, line_no, product_id, name, price, quantity, discount, total, ver) VALUES ('eur', 0, 'p1', 'x', 5, 1, 0, 5, 1)",
    )
    const { page } = await openFigures()
    const members = page.getByTestId('members').locator('tbody tr')
    await expect.poll(() => members.count()).toBe(20)
    expect(await page.getByTestId('members-truncated').textContent()).toBe(
      'The first 20. The CSV file has up to 50,000.',
    )
    await page.getByTestId('currency').selectOption('EUR')
    await members.filter({ hasText: '€0.05' }).waitFor()
    expect(await members.count()).toBe(1)
    expect(await page.getByTestId('members-truncated').count()).toBe(0)
    await page.context().close()
  }, 120_000)

  it('calls sums what they are at least where there are more rows than an answer has, and says that the file has no more', async () => {
    const { page } = await openFigures()
    const all = await sold("AND currency = 'CNY'")
    await page.route('**/api/dashboards/sales-by-day*', async (route) => {
      const response = await route.fetch()
      const answer = (await response.json()) as Dashboard
      await route.fulfill({ response, json: { ...answer, truncated: true } })
    })
    await page.getByTestId('refresh').click()
    await page
      .getByTestId('sum-sales')
      .filter({ hasText: `at least ${yuan(all.sales)}` })
      .waitFor()
    expect(await page.getByTestId('sum-orders').textContent()).toBe(`at least ${all.orders}`)
    expect(await page.getByTestId('sum-average').textContent()).toBe('—')
    expect(await page.getByTestId('sales-by-branch-truncated').textContent()).toMatch(
      /^There are more than these [0-9]+, and the CSV file has no more either/,
    )
    await page.context().close()
  }, 120_000)

  it('stays a page with a hundred days of 500 branches: bars of the first ones, rows by the hundred', async () => {
    const { page, errors } = await openFigures()
    await page.route('**/api/dashboards/sales-by-day*', async (route) => {
      const response = await route.fetch()
      const answer = (await response.json()) as Dashboard
      const rows = Array.from({ length: 50_000 }, (_, n) => ({
        day: new Date(Date.parse(answer.from) + Math.floor(n / 500) * 86_400_000).toISOString().slice(0, 10),
        branch_id: `b${n % 500}`,
        branch_name: `Branch ${n % 500}`,
        currency: 'CNY',
        orders: 1,
        sales: 100 + (n % 500),
      }))
      await route.fulfill({ response, json: { ...answer, rows } })
    })
    await page.getByTestId('refresh').click()
    await page.getByTestId('sum-orders').filter({ hasText: '50,000' }).waitFor()
    const card = page.getByTestId('sales-by-day')
    await card.getByTestId('sales-by-day-table').click()
    expect([await card.locator('tbody tr').count(), await card.getByTestId('page-shown').textContent()]).toEqual([
      100,
      '1 to 100 of 50,000',
    ])
    await card.getByTestId('page-after').click()
    await card.getByTestId('page-shown').filter({ hasText: '101 to 200' }).waitFor()
    const ranked = page.getByTestId('sales-by-branch')
    expect(await ranked.locator('canvas').evaluate(({ clientHeight }) => clientHeight)).toBeLessThan(700)
    await ranked.getByTestId('sales-by-branch-table').click()
    expect(await ranked.getByTestId('page-shown').textContent()).toBe('1 to 100 of 500')
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)
})
