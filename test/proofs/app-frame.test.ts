/** The frame of the branch app in Chromium: the ways between screens, the sync page, the settings of a device. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import type { PairedDevice } from '../../schemas/protocol/staff.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { registerMember } from '../support/app-device.ts'
import { launchBrowser } from '../support/browser.ts'
import { NorthBranch } from '../support/north-branch.ts'
import { login, MANAGER, newCode, openPairedPage } from '../support/paired-page.ts'
import { programAt } from '../support/paired-program.ts'
import { testOrder } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

/** The databases and keys that tell anything of the branch. The page has made an empty vault by then. */
async function keptOfBranch(page: Page): Promise<string[]> {
  const databases = await page.evaluate<{ name: string }[]>('indexedDB.databases()')
  const keys = await page.evaluate<string[]>('Object.keys(localStorage)')
  const vault = await page.evaluate<string[]>(VAULT_KEYS)
  return [
    ...databases.map(({ name }) => name).filter((name) => name !== 'outpost-access'),
    ...keys.filter((key) => /session|login|pin|device|draft|tags/.test(key)),
    ...vault,
  ]
}

const VAULT_KEYS = `new Promise((resolve) => {
  const opening = indexedDB.open('outpost-access')
  opening.onsuccess = () => {
    const asking = opening.result.transaction('kept').objectStore('kept').getAllKeys()
    asking.onsuccess = () => (opening.result.close(), resolve(asking.result))
  }
})`

const DELETE_ONE = `{
  const whole = IDBFactory.prototype.deleteDatabase
  let count = 0
  IDBFactory.prototype.deleteDatabase = function (name) {
    if (count++ === 0) return whole.call(this, name)
    globalThis.isInterrupted = true
    return new EventTarget()
  }
}`

const titled = (page: Page, title: string) => page.waitForFunction(`document.title === ${JSON.stringify(title)}`)

it('leads to every screen by key, tells where one is, and begins there at the heading', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  const { page, errors } = await openPairedPage(browser, north.node, '/#/members')
  await titled(page, 'Members · North')
  await page.keyboard.press('Alt+6')
  await titled(page, 'Sync · North')
  await page.locator('#sync-title:focus').waitFor()
  expect(await page.locator('nav [aria-current=page]').getAttribute('data-testid')).toBe('nav-sync')

  await page.keyboard.press('Shift+?')
  await page.getByTestId('key-help').waitFor()
  await page.keyboard.press('Escape')
  await page.getByTestId('key-help').waitFor({ state: 'detached' })
  await page.keyboard.press('Alt+8')
  await titled(page, 'Settings · North')
  await page.getByTestId('settings-keys').uncheck()
  await page.keyboard.press('Alt+1')
  await page.keyboard.press('Shift+?')
  expect(await page.title()).toBe('Settings · North')
  expect(await page.getByTestId('key-help').count()).toBe(0)

  // On a phone, what is not in the bar is behind "more".
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByTestId('nav-more').click()
  await page.getByTestId('more-requests').click()
  await titled(page, 'Requests · North')
  await page.getByTestId('more').waitFor({ state: 'detached' })
  expect(errors).toEqual([])
}, 120_000)

it('keeps colours and language of the device over a start with no network at all, at whatever screen it was', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  const { page, errors } = await openPairedPage(browser, north.node, '/#/settings')
  await page.getByTestId('settings-theme-dark').check()
  const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  expect(await ground()).toBe('rgb(14, 21, 19)')
  await page.getByTestId('settings-language-zh').check()
  await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)')
  await page.reload()
  await north.node.stop()
  await page.context().setOffline(true)
  await page.reload()
  await titled(page, '设置 · North')
  expect(await ground()).toBe('rgb(14, 21, 19)')
  await page.getByTestId('sync-node-state').filter({ hasText: '连接不上' }).waitFor()
  expect(errors).toEqual([])
}, 120_000)

it('shows what the node has refused with the reason, and a manager has it tried again or gives it up', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  const { page, errors } = await openPairedPage(browser, north.node, '/#/sync')
  await page.getByTestId('sync-summary').filter({ hasText: 'All is well' }).waitFor()
  const row = { newDocumentState: { ...testOrder('o1', 'b1'), total: 'much' } }
  await callNode(await programAt(north.node), 'POST', '/orders/1/push', [row])
  await page.getByTestId('sync-node-state').filter({ hasText: '1 refused' }).waitFor()
  const item = page.getByTestId('exception-item')
  await item
    .filter({ hasText: 'Something in it is missing or wrong' })
    .filter({ hasText: 'DOCUMENT_INVALID' })
    .waitFor()
  await page.getByTestId('sync-summary').filter({ hasText: 'Somebody has to look after' }).waitFor()

  await item.getByTestId('exception-retry').click()
  const said = page.getByTestId('exceptions-said')
  await said.filter({ hasText: 'refused again' }).waitFor()
  await item.getByTestId('exception-discard').click()
  await item.getByTestId('exception-discard-yes').click()
  const copy = said.getByRole('link', { name: 'Save the copy' })
  const saving = page.waitForEvent('download')
  await copy.click()
  expect((await saving).suggestedFilename()).toMatch(/^orders-x[0-9a-f]+\.json$/)
  await statusWhere<BranchNodeStatus>(north.node, ({ exceptions }) => exceptions === 0)
  await item.waitFor({ state: 'detached' })
  await page.getByTestId('sync-summary').filter({ hasText: 'All is well' }).waitFor()
  expect(errors).toEqual([])
}, 120_000)

it('takes a device out of use and deletes what is on it, though never while something on it is nowhere else', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  const { page } = await openPairedPage(browser, north.node)
  await page.getByTestId('phone-input').waitFor()
  await page.context().setOffline(true)
  await registerMember(page, 'Li Na', '13800138000')
  await page.getByTestId('sync-here-state').filter({ hasText: 'Waiting here: 1' }).waitFor()
  await page.getByTestId('nav-sync').click()
  await page.getByTestId('unsent-members').filter({ hasText: 'Li Na' }).waitFor()
  await page.getByTestId('nav-settings').click()
  for (const what of ['clear', 'unpair']) {
    await page.getByTestId(`settings-${what}-not-now`).filter({ hasText: 'would be lost' }).waitFor()
    expect(await page.getByTestId(`settings-${what}`).isDisabled()).toBe(true)
  }
  await page.context().setOffline(false)
  await statusWhere<BranchNodeStatus>(north.node, ({ collections }) => collections['members']!.documents === 1)

  // It is loaded again from the node; whoever works here goes on.
  await page.getByTestId('settings-clear').and(page.locator(':enabled')).click()
  const loaded = page.waitForEvent('load')
  await page.getByTestId('settings-clear-yes').click()
  await loaded
  await page.getByTestId('nav-members').click()
  await page.getByTestId('phone-input').fill('13800138000')
  await page.getByTestId('member-card').filter({ hasText: 'Li Na' }).waitFor()

  await page.getByTestId('nav-settings').click()
  await page.getByTestId('settings-unpair').and(page.locator(':enabled')).click()
  await page.getByTestId('settings-unpair-yes').click()
  await page.getByTestId('pair').waitFor()
  expect(await north.node.get<PairedDevice[]>('/api/devices')).toEqual([])
  expect(await keptOfBranch(page)).toEqual([])
}, 120_000)

it('deletes what is on a lost device once it meets the node: locked, in all its tabs, and on after an interruption', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  const manager = await openPairedPage(browser, north.node, '/#/staff')
  const { page } = await openPairedPage(browser, north.node, '/#/members', 'Tablet')
  await page.getByTestId('phone-input').waitFor()
  const context = page.context()
  const tabs = [page, await context.newPage()]
  await tabs[1]!.goto(`${north.node.url}/#/settings`)
  await tabs[1]!.getByTestId('person').waitFor()
  await context.setOffline(true)
  await registerMember(page, 'Li Na', '13800138000')
  await page.getByTestId('sync-here-state').filter({ hasText: 'Waiting here: 1' }).waitFor()
  await page.getByTestId('lock').click()
  for (const tab of tabs) await tab.getByTestId('login').waitFor()
  expect(await keptOfBranch(page)).toContain('outpost.session')

  await manager.page.reload()
  const device = manager.page.getByTestId('device-item')
  const own = device.filter({ hasText: 'This device' })
  await own.getByTestId('device-revoke').click()
  await own.getByTestId('device-revoke-yes').waitFor()
  expect(await own.getByTestId('device-revoke-lost').count()).toBe(0)
  const tablet = device.filter({ hasText: 'Tablet' })
  await tablet.getByTestId('device-revoke').click()
  const means = tablet.getByTestId('device-revoke-means')
  await means.filter({ hasText: 'then sends what it has not sent' }).waitFor()
  await tablet.getByTestId('device-revoke-lost').check()
  await means.filter({ hasText: 'What it has not sent is lost' }).waitFor()
  await tablet.getByTestId('device-revoke-yes').filter({ hasText: 'Shut out and delete' }).click()
  await tablet.waitFor({ state: 'detached' })

  // One database is deleted, and then the power goes.
  for (const tab of tabs) await tab.addInitScript(DELETE_ONE)
  await context.setOffline(false)
  await Promise.any(tabs.map((tab) => tab.waitForFunction('globalThis.isInterrupted')))
  for (const tab of tabs) await tab.getByTestId('login').waitFor({ state: 'detached' })
  const next = await context.newPage()
  for (const tab of tabs) await tab.close()
  await next.goto(`${north.node.url}/#/members`)
  await next.getByTestId('lost').filter({ hasText: 'reported lost' }).waitFor()
  expect(await keptOfBranch(next)).toEqual([])

  // The node goes on saying it, and once is enough; it may be found.
  await next.reload()
  await next.getByTestId('lost').waitFor()
  await next.getByTestId('pair-code').fill(await newCode(north.node))
  await next.getByTestId('pair-name').fill('Tablet')
  await next.getByTestId('pair-submit').click()
  await login(next, MANAGER)
  await next.getByTestId('phone-input').fill('13800138000')
  await next.getByTestId('register-name').waitFor()
  const names = (await north.node.get<PairedDevice[]>('/api/devices')).map(({ name }) => name)
  expect(names).toEqual(['Tablet', 'Till'])
}, 120_000)

it('deletes what is on a device that was shut out and turns out to be lost later', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  const manager = await openPairedPage(browser, north.node, '/#/staff')
  const { page } = await openPairedPage(browser, north.node, '/#/members', 'Tablet')
  await registerMember(page, 'Li Na', '13800138000')

  await manager.page.reload()
  const tablet = manager.page.getByTestId('device-item').filter({ hasText: 'Tablet' })
  await tablet.getByTestId('device-revoke').click()
  await tablet.getByTestId('device-revoke-yes').click()
  await tablet.waitFor({ state: 'detached' })
  await page.getByTestId('shut-out').waitFor()
  expect(await keptOfBranch(page)).not.toEqual([])

  await manager.page.getByText('Shut out (1)').click()
  const out = manager.page.getByTestId('device-out').filter({ hasText: 'Tablet' })
  await out.getByTestId('device-out-lost').click()
  await out.getByTestId('device-out-yes').click()
  await out.waitFor({ state: 'detached' })
  await page.reload()
  await page.getByTestId('lost').filter({ hasText: 'reported lost' }).waitFor()
  expect(await keptOfBranch(page)).toEqual([])
}, 120_000)

it('lists a device no more as shut out that was taken out of use at itself, once everything on it is deleted', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  const { page } = await openPairedPage(browser, north.node, '/#/settings')
  await page.getByTestId('settings-unpair').click()
  const loaded = page.waitForEvent('load')
  await page.getByTestId('settings-unpair-yes').click()
  await loaded
  await page.getByTestId('pair-code').waitFor()
  await expect.poll(() => north.node.get('/api/devices/shut-out'), { timeout: 30_000 }).toEqual([])
  expect(await north.node.get('/api/devices')).toEqual([])
  expect(await keptOfBranch(page)).toEqual([])
}, 120_000)
