/** What axe finds wrong with any screen of the branch app. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appScreens, standStill } from '../../scripts/screenshots/app-screens.ts'
import { launchBrowser } from '../support/browser.ts'
import { newCode, openPairedPage } from '../support/paired-page.ts'
import { RealChain, testOrder, testProduct } from '../support/real-chain.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SERIOUS: ReadonlySet<unknown> = new Set(['serious', 'critical'])
const THEMES = ['light', 'dark'] as const
/** Of places only: what is in the store has its id when the test runs. */
const SCREENS = appScreens({ memberId: '', memberName: '', orderId: '', product: '' }).map(({ name }) => name)

let browser: Browser
let chain: RealChain
let page: Page
let url: string
let screens: ReturnType<typeof appScreens>

beforeAll(async () => {
  chain = await RealChain.start()
  browser = await launchBrowser()
  const branch = await chain.addBranch('b1')
  await chain.cloud.post('/api/import', [testProduct('1').record])
  const { node } = branch
  url = node.url
  const { id: memberId } = await node.post<{ id: string }>('/api/members', { name: 'Li Na', phone: '13800138000' })
  await node.post('/api/documents/orders', testOrder('o1', 'b1', memberId))
  await node.post('/api/documents/orders', { ...testOrder('o2', 'b1'), placedAt: new Date().toISOString() })
  await node.post('/api/staff', { name: 'Wang Wei', role: 'cashier', pin: '4071' })
  await chain.level()
  page = (await openPairedPage(browser, node)).page
  screens = appScreens({ memberId, memberName: 'Li Na', orderId: 'o1', product: 'Tea' })
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await chain?.stop()
})

describe('the branch app, in light and in dark colours', () => {
  it.each(SCREENS)('has nothing serious wrong with its screen %s', async (name) => {
    const { place, act } = screens.find((screen) => screen.name === name)!
    // The page stays, and draws its new screen before the second frame.
    await page.goto(`${url}/#/${place}`)
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())))')
    await act?.(page)
    expect(await problemsOf(page)).toEqual([])
  })

  it('has nothing serious wrong where a device is paired', async () => {
    const context = await browser.newContext({ locale: 'zh-CN' })
    const fresh = await context.newPage()
    await fresh.goto(`${url}/#/pair/${await newCode(chain.branches[0]!.node)}`)
    await fresh.getByTestId('pair-submit').waitFor()
    expect(await problemsOf(fresh)).toEqual([])
    await context.close()
  })

  it('has nothing serious wrong where people log in, neither among the names nor at the PIN', async () => {
    const storageState = await page.context().storageState()
    const context = await browser.newContext({ locale: 'en-US', storageState })
    const locked = await context.newPage()
    await locked.addInitScript("localStorage.removeItem('outpost.login')")
    await locked.goto(url)
    await locked.getByTestId('login-person').first().waitFor()
    expect(await problemsOf(locked)).toEqual([])
    await locked.getByTestId('login-person').first().click()
    await locked.getByTestId('pin').waitFor()
    expect(await problemsOf(locked)).toEqual([])
    await context.close()
  })
})

/** @returns for each violation in either theme its rule, what it means, and where */
async function problemsOf(on: Page): Promise<string[]> {
  const problems: string[] = []
  await on.evaluate(AXE)
  for (const theme of THEMES) {
    await on.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
    await standStill(on)
    const { violations, passes } = await on.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })")
    // An empty page has no violations either.
    expect(passes.length).toBeGreaterThan(10)
    const serious = violations.filter(({ impact }) => SERIOUS.has(impact))
    for (const { id, help, nodes } of serious) {
      problems.push(`${theme}: ${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
    }
  }
  return problems
}
