import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OrderDocument } from '../../schemas/collections/orders.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { launchBrowser } from '../support/browser.ts'
import { givePin, login, MANAGER, openPairedPage } from '../support/paired-page.ts'
import { RealChain, testOrder, testProduct } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

const CASHIER = { name: 'Wang Wei', role: 'cashier', pin: '5927' } as const

let chain: RealChain
let branch: Awaited<ReturnType<RealChain['addBranch']>>

beforeEach(async () => {
  chain = await RealChain.start()
  await chain.cloud.post('/api/import', [testProduct('1').record])
  branch = await chain.addBranch('b1')
  await chain.level()
})

afterEach(() => chain.stop())

describe('an order in the branch app', () => {
  it('is one order, whether it is paid twice, in two tabs, or reloaded in between', async () => {
    await using browser = await launchBrowser()
    const { page, errors } = await openPairedPage(browser, branch.node, '/#/order')
    await addTea(page)
    await page.getByTestId('order-discount-open').click()
    await page.getByTestId('order-discount').fill('10')
    await page.reload()
    await page.getByTestId('order-total').filter({ hasText: '10.80' }).waitFor()

    const other = await page.context().newPage()
    await other.goto(`${branch.node.url}/#/order`)
    await other.getByTestId('order-total').filter({ hasText: '10.80' }).waitFor()
    await Promise.all([page, page, other].map((tab) => tab.getByTestId('order-pay').dispatchEvent('click')))
    for (const tab of [page, other]) await tab.getByTestId('order-line').waitFor({ state: 'detached' })

    await page.goto(`${branch.node.url}/#/orders`)
    await page.getByTestId('order-where').filter({ hasText: 'In headquarters’ books' }).waitFor()
    expect(await page.getByTestId('order-row').count()).toBe(1)
    const rows = await chain.mysql.query('SELECT status, total, payment FROM orders')
    expect(rows).toEqual([{ status: 'paid', total: 1080, payment: 'cash' }])
    const lines = await chain.mysql.query('SELECT price, discount, total FROM order_line')
    expect(lines).toEqual([{ price: 1200, discount: 120, total: 1080 }])
    expect(errors).toEqual([])
  }, 120_000)

  it('is saved without payment, and paid later with change on the receipt', async () => {
    await using browser = await launchBrowser()
    const { page, errors } = await openPairedPage(browser, branch.node, '/#/order')
    await addTea(page)
    await page.getByTestId('order-save').click()
    await page.getByTestId('order-done').filter({ hasText: 'Saved without payment' }).waitFor()
    await page.getByTestId('order-open').click()
    await page.getByTestId('order-status').filter({ hasText: 'Open' }).waitFor()
    await page.getByTestId('do-paid').click()
    await page.getByTestId('cash-given').fill('10')
    await page.getByText('¥2.00 are missing').waitFor()
    expect(await page.getByTestId('do-confirm').isDisabled()).toBe(true)
    await page.getByTestId('cash-given').fill('20')
    await page.getByTestId('do-confirm').click()
    await page.getByTestId('receipt').filter({ hasText: '找零 Change¥8.00' }).waitFor()
    await page.getByTestId('receipt-close').click()
    await page.getByTestId('order-status').filter({ hasText: 'Paid' }).waitFor()
    expect(await page.getByTestId('order-move').allInnerTexts()).toEqual([MANAGER.name, MANAGER.name])
    await page.locator('[data-testid=order-way][data-where=mirror]').waitFor()
    expect(errors).toEqual([])
  }, 120_000)

  it('is refunded by a cashier with a manager’s PIN while the node is away, and says who did it and why', async () => {
    await using browser = await launchBrowser()
    await branch.node.post('/api/staff', CASHIER)
    await branch.node.post('/api/documents/orders', testOrder('o1', 'b1'))
    const { page, errors } = await openPairedPage(browser, branch.node, '/#/orders/o1')
    await page.getByTestId('order-status').waitFor()
    await page.getByTestId('lock').click()
    await login(page, CASHIER)
    await branch.node.stop()

    await page.getByTestId('do-refunded').click()
    await page.getByTestId('do-confirm').click()
    expect(await page.getByTestId('approve-dialog').count()).toBe(0)
    await page.getByTestId('order-reason').fill('Cold tea')
    await page.getByTestId('do-confirm').click()
    await givePin(page, '111999')
    await page.getByTestId('pin-note').filter({ hasText: 'This is not the PIN' }).waitFor()
    await givePin(page, MANAGER.pin)
    await page.getByTestId('order-status').filter({ hasText: 'Refunded' }).waitFor()
    await page.locator('[data-testid=order-way][data-where=device]').waitFor()

    await branch.restart()
    await page.locator('[data-testid=order-way][data-where=mirror]').waitFor()
    await statusWhere<BranchNodeStatus>(branch.node, ({ backlog }) => backlog.documents === 0)
    expect(await chain.mysql.query('SELECT status, note FROM orders')).toEqual([{ status: 'refunded', note: null }])
    const { moves } = await chain.cloud.get<OrderDocument>('/api/documents/orders/o1')
    const names = { by: CASHIER.name, approvedBy: MANAGER.name }
    expect(moves).toMatchObject([{ ...names, to: 'refunded', round: 1, reason: 'Cold tea' }])
    const steps = page.getByTestId('order-step')
    // A program took it, and said nobody's name.
    expect(await steps.nth(0).getByTestId('order-move').count()).toBe(0)
    expect(await steps.nth(1).getByTestId('order-move').innerText()).toMatch(/^Wang Wei · Zhang Min agreed\s+Cold tea$/)
    await page.getByTestId('person').filter({ hasText: CASHIER.name }).waitFor()
    expect(errors).toEqual([])
  }, 120_000)
})

async function addTea(page: Page): Promise<void> {
  await page.getByTestId('product-search').fill('Tea')
  await page.getByTestId('product-result').first().waitFor()
  await page.getByTestId('product-search').press('Enter')
  await page.getByTestId('order-line').waitFor()
}
