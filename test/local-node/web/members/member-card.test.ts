import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../../../support/browser.ts'
import { openPairedPage } from '../../../support/paired-page.ts'
import { RealChain } from '../../../support/real-chain.ts'

let browser: Browser
let chain: RealChain

beforeAll(async () => {
  browser = await launchBrowser()
  chain = await RealChain.start()
})

afterAll(async () => {
  await browser.close()
  await chain.stop()
})

it('shows the points of orders that headquarters, and then the node, have not heard of, and spends no more', async () => {
  const branch = await chain.addBranch('b1')
  await branch.node.post('/api/sync/settings', { action: 'off' })
  const { page, errors } = await openPairedPage(browser, branch.node)
  const card = page.getByTestId('member-card')
  await page.getByTestId('phone-input').fill('13800138000')
  await page.getByTestId('register-name').fill('Li Na')
  await page.getByTestId('register-submit').click()
  await card.waitFor()
  expect(await card.textContent()).toContain('No points counted yet')

  await page.getByTestId('member-select').click()
  await page.getByTestId('line-name').fill('Tea')
  await page.getByTestId('line-price').fill('12.50')
  await page.getByTestId('line-add').click()
  await page.getByTestId('order-pay').click()
  await page.getByTestId('order-done').waitFor()

  await page.getByTestId('nav-members').click()
  await page.getByTestId('phone-input').fill('13800138000')
  await card.filter({ hasText: '12 points' }).waitFor()

  // The node is away: what this device sells counts at once, and nobody spends more than stands on the screen.
  await branch.node.stop()
  await page.getByTestId('member-select').click()
  await page.getByTestId('line-price').fill('1')
  await page.getByTestId('line-add').click()
  await page.getByTestId('spend-points').fill('14')
  await page.getByTestId('spend-problem').filter({ hasText: 'the member has 12, so at most 13 can be spent' }).waitFor()
  expect(await page.getByTestId('order-pay').isDisabled()).toBe(true)
  await page.getByTestId('spend-points').fill('10')
  await page.getByTestId('order-pay').click()
  await page.getByTestId('order-done').waitFor()
  await page.getByTestId('nav-members').click()
  await page.getByTestId('phone-input').fill('13800138000')
  await card.filter({ hasText: '3 points' }).waitFor()
  expect(errors).toEqual([])
}, 120_000)
