/** The sync log of headquarters' page in real Chromium, with two real branches and a mirror in a real database. */
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { SyncLogPage } from '../../schemas/protocol/sync-log.ts'
import { launchBrowser } from '../support/browser.ts'
import { openCloudFolder, type CloudFolder } from '../support/cloud-folder.ts'
import { addAccounts, expectUsable, openRoom } from '../support/console-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/mysql-database.ts'
import { startNode, type NodeProcess } from '../support/node-process.ts'
import { testOrder } from '../support/real-chain.ts'
import { startBranch } from '../support/start-branch.ts'

/** More than one page of the list shows. */
const PRODUCTS = 60

let browser: Browser
let folder: CloudFolder
let db: TestDatabase
let cloud: NodeProcess
let north: NodeProcess

beforeAll(async () => {
  browser = await launchBrowser()
  db = await createTestDatabase()
  folder = openCloudFolder()
  cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud')], { MYSQL_URL: db.url })
  await addAccounts(cloud)
  for (const [id, name] of [
    ['north', 'North Road'],
    ['south', 'South Lake'],
  ] as const) {
    await cloud.post('/api/branches', { id, name })
  }
  north = await startBranch(cloud, { id: 'north', dataDir: join(folder.path, 'north') }, ['--interval', '0.2'])
  await startBranch(cloud, { id: 'south', dataDir: join(folder.path, 'south') }, ['--interval', '0.2'])
  for (let i = 0; i < PRODUCTS; i++) {
    await cloud.post('/api/documents/products', { id: `p${i}`, name: `Tea ${i}`, price: 1200, currency: 'CNY' })
  }
  await expect(cloud.post('/api/documents/products', { id: 'bad', name: 7 })).rejects.toThrow()
  await north.post('/api/documents/orders', testOrder('o1', 'north'))
  await vi.waitUntil(async () => (await log('?kind=mirror&document=orders/o1')).entries.length > 0, { timeout: 60_000 })
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await folder?.remove()
  await db?.drop()
})

const log = (query: string) => cloud.get<SyncLogPage>(`/api/sync-log${query}`)

async function inLog(query: string): Promise<SyncLogPage['entries'][number]> {
  await expect.poll(async () => (await log(query)).entries.length, { timeout: 60_000 }).toBeGreaterThan(0)
  return (await log(query)).entries.at(-1)!
}

const rows = (page: Page) => page.locator('[data-testid=log-list] tbody tr:not(.empty)')
const address = (page: Page) => new URL(page.url()).hash

describe('the sync log', () => {
  it('is searched by each filter, which stands in the address, and goes back further page by page', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'log', 'viewer')
    await expect.poll(() => rows(page).count()).toBeGreaterThanOrEqual(50)
    await page.getByTestId('log-follow').click()
    const before = await rows(page).count()
    await page.getByTestId('log-more').click()
    await expect.poll(() => rows(page).count()).toBeGreaterThan(before)

    await page.getByTestId('log-branch').selectOption('north')
    await page.getByTestId('log-kind').selectOption('push')
    await expect.poll(() => address(page)).toBe('#/log?branch=north&kind=push')
    await expect
      .poll(() => rows(page).first().textContent())
      .toMatch(/North Road.*Sent to headquarters · orders.*1 sent/)
    await page.getByTestId('log-clear').click()

    await page.getByTestId('log-outcome').selectOption('failed')
    await expect.poll(() => rows(page).first().textContent()).toMatch(/Headquarters.*failed.*DOCUMENT_INVALID/)
    await page.getByTestId('log-code').fill('TOO_BUSY')
    await page.getByTestId('log-search').click()
    await page.getByTestId('log-list').filter({ hasText: 'The log has nothing like this' }).waitFor()
    expect(address(page)).toBe('#/log?outcome=failed&code=TOO_BUSY')
    await page.getByTestId('log-clear').click()

    await page.getByTestId('log-document').fill('o1')
    await page.getByTestId('log-search').click()
    await page.getByText('A kind, a slash and an id').waitFor()
    await page.getByTestId('log-document').fill('orders/o1')
    await page.getByTestId('log-document').press('Enter')
    await expect.poll(() => rows(page).last().textContent()).toContain('North Road')
    const ofOrder = await rows(page).count()
    const { at } = await inLog('?kind=push&document=orders/o1')
    const minute = new Date(Math.ceil(Date.parse(at) / 60_000) * 60_000)
    const local = new Date(minute.getTime() - minute.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
    await page.getByTestId('log-from').fill(local)
    await page.getByTestId('log-from').blur()
    await expect
      .poll(() => address(page))
      .toBe(`#/log?document=orders%2Fo1&from=${encodeURIComponent(minute.toISOString())}`)
    await expect.poll(() => rows(page).count()).toBeLessThan(ofOrder)
    await page.getByTestId('log-from').fill('')
    await page.getByTestId('log-to').fill(local)
    await page.getByTestId('log-to').blur()
    await expect.poll(() => rows(page).count()).toBeGreaterThan(0)
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('shows an entry with its documents, and what became of a request step by step into MySQL', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'log', 'viewer')
    const { number, requestId } = await inLog('?kind=push&document=orders/o1')
    await page.goto(`${cloud.url}/#/log?entry=${number}`)
    await page.getByTestId('log-entry').filter({ hasText: 'North Road' }).waitFor()
    await page.getByTestId('log-documents').filter({ hasText: 'orders/o1' }).waitFor()
    await expectUsable(page)
    await page.getByTestId('log-request-open').click()
    await page.getByTestId('trail-push').filter({ hasText: 'this request' }).waitFor()
    expect(address(page)).toBe(`#/log?request=${requestId}`)
    await page
      .getByTestId('trail-mirror')
      .first()
      .filter({ hasText: /MySQL: .*later.*1 written/ })
      .waitFor()
    await page
      .getByTestId('trail-verdict')
      .filter({ hasText: 'A batch into MySQL carried one of its documents' })
      .waitFor()
    await page.getByTestId('trail-documents').getByTestId('log-document-open').click()
    await expect.poll(() => address(page)).toBe('#/log?document=orders%2Fo1')
    await page.goto(`${cloud.url}/#/log?request=unheard-of`)
    await page.getByTestId('trail-gone').waitFor()
    await page.goto(`${cloud.url}/#/log?entry=999999`)
    await page.getByTestId('log-gone').waitFor()
    expect(errors.filter((error) => !error.includes('404'))).toEqual([])
    await page.context().close()
  }, 120_000)

  it('goes on with what comes until it is paused, and says when it is not live any more', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'log', 'viewer')
    await page.getByTestId('log-kind').selectOption('push')
    await page.getByTestId('log-live').waitFor()
    await expect.poll(() => rows(page).count()).toBeGreaterThan(0)
    const before = await rows(page).count()
    await north.post('/api/documents/orders', testOrder('o2', 'north'))
    await expect.poll(() => rows(page).count(), { timeout: 30_000 }).toBeGreaterThan(before)
    await page.getByTestId('log-follow').click()
    await page.getByTestId('log-old').filter({ hasText: 'not renewed for' }).waitFor()
    await page.getByTestId('log-follow').click()
    await page.getByTestId('log-live').waitFor()
    await page.context().setOffline(true)
    await page.getByTestId('failed').waitFor()
    await page.getByTestId('log-old').waitFor()
    expect(await page.getByTestId('log-live').count()).toBe(0)
    await page.context().setOffline(false)
    await page.getByTestId('log-live').waitFor()
    expect(errors.filter((error) => !/ERR_INTERNET_DISCONNECTED/.test(error))).toEqual([])
    await page.context().close()
  }, 120_000)

  it('is usable by those who do not see or do not point, in both languages and themes, wide and narrow', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'log', 'operator')
    await expect.poll(() => rows(page).count()).toBeGreaterThan(0)
    await page.getByTestId('log-outcome').focus()
    await page.keyboard.type('failed')
    await expect.poll(() => address(page)).toBe('#/log?outcome=failed')
    await page.locator('[data-testid=log-outcome]:focus').waitFor()
    await expectUsable(page)
    await page.getByTestId('lang-switch').click()
    await page.getByTestId('log-list').filter({ hasText: '同步记录' }).waitFor()
    const { requestId } = await inLog('?kind=push&document=orders/o1')
    await page.goto(`${cloud.url}/#/log?request=${requestId}`)
    await page.getByTestId('trail').filter({ hasText: '上传到总店' }).waitFor()
    await expectUsable(page)
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)
})
