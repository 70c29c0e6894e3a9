/** The frame of the branch app in Chromium: the ways between screens, the sync page, the settings of a device. */
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import { enrol } from '../../scripts/demo/enrol.ts'
import type { PairedDevice } from '../../schemas/protocol/staff.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { launchBrowser } from '../support/browser.ts'
import { killAllNodes, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { openPairedPage } from '../support/paired-page.ts'
import { programAt } from '../support/paired-program.ts'
import { testOrder } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

let browser: Browser
let folder: ReturnType<typeof temporaryFolder>
let branch: NodeProcess

beforeAll(async () => {
  browser = await launchBrowser()
}, 60_000)

afterAll(() => browser.close())

beforeEach(async () => {
  folder = temporaryFolder()
  const cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud')])
  await cloud.post('/api/branches', { id: 'b1', name: 'North' })
  await enrol(cloud, { id: 'b1', dataDir: join(folder.path, 'b1'), cloudUrl: cloud.url })
  branch = await startNode(['branch', 'start', '--data', join(folder.path, 'b1'), '--interval', '0.2'])
}, 60_000)

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await killAllNodes()
  folder.remove()
})

async function registerMember(page: Page, name: string, phone: string): Promise<void> {
  await page.getByTestId('nav-members').click()
  await page.getByTestId('phone-input').fill(phone)
  await page.getByTestId('register-name').fill(name)
  await page.getByTestId('register-submit').click()
  await page.getByTestId('member-card').filter({ hasText: name }).waitFor()
}

const titled = (page: Page, title: string) => page.waitForFunction(`document.title === ${JSON.stringify(title)}`)

it('leads to every screen by key, tells where one is, and begins there at the heading', async () => {
  const { page, errors } = await openPairedPage(browser, branch, '/#/members')
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
  const { page, errors } = await openPairedPage(browser, branch, '/#/settings')
  await page.getByTestId('settings-theme-dark').check()
  const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  expect(await ground()).toBe('rgb(14, 21, 19)')
  await page.getByTestId('settings-language-zh').check()
  await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)')
  await page.reload()
  await branch.stop()
  await page.context().setOffline(true)
  await page.reload()
  await titled(page, '设置 · North')
  expect(await ground()).toBe('rgb(14, 21, 19)')
  await page.getByTestId('sync-node-state').filter({ hasText: '连接不上' }).waitFor()
  expect(errors).toEqual([])
}, 120_000)

it('shows what the node has refused with the reason, and a manager has it tried again or gives it up', async () => {
  const { page, errors } = await openPairedPage(browser, branch, '/#/sync')
  await page.getByTestId('sync-summary').filter({ hasText: 'All is well' }).waitFor()
  const row = { newDocumentState: { ...testOrder('o1', 'b1'), total: 'much' } }
  await callNode(await programAt(branch), 'POST', '/orders/0/push', [row])
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
  await statusWhere<BranchNodeStatus>(branch, ({ exceptions }) => exceptions === 0)
  await item.waitFor({ state: 'detached' })
  await page.getByTestId('sync-summary').filter({ hasText: 'All is well' }).waitFor()
  expect(errors).toEqual([])
}, 120_000)

it('takes a device out of use and deletes what is on it, though never while something on it is nowhere else', async () => {
  const { page } = await openPairedPage(browser, branch)
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
  await statusWhere<BranchNodeStatus>(branch, ({ collections }) => collections['members']!.documents === 1)

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
  expect(await branch.get<PairedDevice[]>('/api/devices')).toEqual([])
  const databases = await page.evaluate<{ name: string }[]>('indexedDB.databases()')
  const kept = {
    databases: databases.map(({ name }) => name).filter((name) => name !== 'outpost-access'),
    session: await page.evaluate<string | null>("localStorage.getItem('outpost.session')"),
  }
  expect(kept).toEqual({ databases: [], session: null })
}, 120_000)
