import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { launchBrowser, openPage } from '../support/browser.ts'
import { RealChain, testOrder, testProduct } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

let browser: Browser
let chain: RealChain

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
})

beforeEach(async () => {
  chain = await RealChain.start()
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await chain.stop()
})

describe('the branch app in Chromium', () => {
  it('registers a member and takes an order while the local node is stopped; both arrive in MySQL after it is back', async () => {
    await chain.cloud.post('/api/import', [testProduct('1').record])
    const branch = await chain.addBranch('b1')
    await chain.level()
    const { page, errors } = await openPage(browser, branch.node.url)
    await page.getByTestId('phone-input').waitFor()
    await page.getByTestId('nav-order').click()
    await page.getByTestId('product-search').fill('Tea')
    await page.getByTestId('product-result').first().waitFor()

    await branch.node.stop()
    await page.getByTestId('nav-members').click()
    await page.getByTestId('phone-input').fill('138 0013 8000')
    await page.getByTestId('register-name').fill('Li Na')
    await page.getByTestId('register-submit').click()
    await page.getByTestId('member-card').filter({ hasText: 'Li Na' }).waitFor()
    await page.getByTestId('member-select').click()
    await page.getByTestId('product-search').fill('Tea')
    await page.getByTestId('product-result').first().click()
    await page.getByTestId('order-pay').click()
    await page.getByTestId('order-done').waitFor()
    expect(await chain.mysql.query('SELECT COUNT(*) AS n FROM orders')).toEqual([{ n: 0 }])

    await branch.restart()
    await statusWhere<CloudNodeStatus>(
      chain.cloud.url,
      ({ collections, mirror }) =>
        collections['orders']!.documents === 1 && collections['members']!.documents === 1 && mirror.lag === 0,
    )
    const [row] = await chain.mysql.query(
      'SELECT o.branch_id, o.status, o.total, m.name, m.phone FROM orders o JOIN member m ON m.id = o.member_id',
    )
    expect(row).toEqual({ branch_id: 'b1', status: 'paid', total: 1200, name: 'Li Na', phone: '+8613800138000' })
    expect(errors).toEqual([])
  }, 120_000)

  it('offers the member that has the phone already instead of a second one', async () => {
    const branch = await chain.addBranch('b1')
    const first = await openPage(browser, branch.node.url)
    await first.page.getByTestId('phone-input').fill('13800138000')
    await first.page.getByTestId('register-name').fill('Li Na')
    await first.page.getByTestId('register-submit').click()
    await first.page.getByTestId('member-card').filter({ hasText: 'Li Na' }).waitFor()
    await chain.level()
    const second = await openPage(browser, branch.node.url)
    await second.page.getByTestId('phone-input').fill('+86 138-0013-8000')
    await second.page.getByTestId('member-card').filter({ hasText: 'Li Na' }).waitFor()
    expect(await second.page.getByTestId('register-submit').count()).toBe(0)
    expect(await second.page.getByTestId('member-card').textContent()).toContain('138****8000')
    expect([...first.errors, ...second.errors]).toEqual([])
  }, 120_000)
})

describe('the health page in Chromium', () => {
  it('shows a branch behind while its last word is that something waits, then in sync, without reloading', async () => {
    const branch = await chain.addBranch('b1')
    await chain.level()
    const { page, errors } = await openPage(browser, chain.cloud.url)
    const verdict = page.getByTestId('branch-verdict-b1')
    await verdict.filter({ hasText: /in sync/i }).waitFor()
    // Headquarters has something that the branch, cut off, cannot fetch.
    branch.link.cut()
    await chain.cloud.post('/api/import', [testProduct('1').record])
    await verdict.filter({ hasText: /behind/i }).waitFor()
    await branch.node.post('/api/documents/orders', testOrder('o1', 'b1'))
    branch.link.restore()
    await verdict.filter({ hasText: /in sync/i }).waitFor()
    await chain.level()
    const row = page.getByTestId('branch-row-b1')
    await row.filter({ hasText: '1' }).waitFor()
    expect(await page.getByTestId('mirror-state').textContent()).toMatch(/running/i)
    expect(errors).toEqual([])
  }, 120_000)
})
