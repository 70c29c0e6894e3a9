/** The health screen of a branch while its node stands still, stops, comes back, and while who looks at it loses the right to. */
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readNodeFile } from '../../adapters/node/node-file.ts'
import type { StaffMember } from '../../schemas/protocol/staff.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { launchBrowser } from '../support/browser.ts'
import { openCloudFolder, type CloudFolder } from '../support/cloud-folder.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { givePin, login, MANAGER, openPairedPage } from '../support/paired-page.ts'
import { testOrder } from '../support/real-chain.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'

let browser: Browser
let folder: CloudFolder
let cloud: NodeProcess
let north: NodeProcess

const start = (...flags: string[]) =>
  startBranch(cloud, { id: 'north', dataDir: join(folder.path, 'north') }, ['--interval', '0.5', ...flags])

beforeAll(async () => {
  browser = await launchBrowser()
  folder = openCloudFolder()
  cloud = await folder.start()
  await cloud.post('/api/branches', { id: 'north', name: 'North Road' })
  north = await start()
  await north.post('/api/documents/orders', testOrder('o1', 'north'))
  await statusWhere<CloudNodeStatus>(cloud, ({ branches }) => branches[0]?.verdict.state === 'in-sync')
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await folder?.remove()
})

const verdict = (page: Page, word: string) => page.getByTestId('health-verdict').filter({ hasText: word }).waitFor()
const away = (page: Page) => page.getByTestId('health-away')
const back = async (page: Page) => {
  await away(page).waitFor({ state: 'detached' })
  await verdict(page, 'In sync')
}
const staffId = async (name: string) =>
  (await north.get<StaffMember[]>('/api/staff/all')).find((one) => one.name === name)!.id

describe('the health screen of a branch', () => {
  it('calls nothing in sync while its node stands still or is stopped, by any tab and after a sleep of the device; and goes on when it is back', async () => {
    const { page, errors } = await openPairedPage(browser, north, '/#/health')
    const second = await page.context().newPage()
    await second.goto(`${north.url}/#/health`)
    await verdict(page, 'In sync')
    await verdict(second, 'In sync')
    const { pid } = readNodeFile(north.dataDir)!
    process.kill(pid, 'SIGSTOP')
    try {
      for (const tab of [page, second]) {
        await tab.evaluate('Date.now = ((now) => () => now() + 10 * 60 * 1000)(Date.now)')
      }
      for (const tab of [page, second]) {
        await away(tab)
          .filter({ hasText: /1[01]\smin old/ })
          .waitFor()
        await verdict(tab, 'Not known')
      }
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await back(page)
    await back(second)
    const port = new URL(north.url).port
    await north.stop()
    for (const tab of [page, second]) {
      await away(tab).waitFor()
      await verdict(tab, 'Not known')
    }
    north = await start('--port', port)
    await back(page)
    await back(second)
    await page.getByTestId('figure-rate').filter({ hasText: '%' }).waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)

  it('says that there is no link while headquarters stands still', async () => {
    const { page, errors } = await openPairedPage(browser, north, '/#/health', 'Counter')
    await verdict(page, 'In sync')
    const { pid } = readNodeFile(cloud.dataDir)!
    process.kill(pid, 'SIGSTOP')
    try {
      page.setDefaultTimeout(90_000)
      await page
        .getByTestId('health-verdict')
        .filter({ hasText: /No link|Not known|Not checked/i })
        .waitFor()
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await verdict(page, 'In sync')
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)

  it('asks for the PIN where the session at the node has ended, takes no wrong one, and shows no new figures without it', async () => {
    const { page, errors } = await openPairedPage(browser, north, '/#/health', 'Office')
    await page.getByTestId('figure-rate').filter({ hasText: '%' }).waitFor()
    // As when the device is locked in a way that this tab does not hear of.
    await page.evaluate(
      "fetch('/api/staff/logout', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })",
    )
    await north.post('/api/documents/orders', testOrder('o2', 'north'))
    await page.getByTestId('pin-dialog').waitFor()
    await givePin(page, '111111')
    await page.getByTestId('pin-note').filter({ hasText: /./ }).waitFor()
    await page.getByTestId('pin-cancel').click()
    await page.getByTestId('pin-dialog').waitFor({ state: 'detached' })
    await page.getByText('the node has to know who asks').waitFor()
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByTestId('pin-dialog').waitFor()
    await givePin(page, MANAGER.pin)
    await page.getByTestId('pin-dialog').waitFor({ state: 'detached' })
    await page.getByTestId('sync-cycle').filter({ hasText: '(orders)' }).first().waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)

  it('leaves nothing of itself to whoever is no manager any more, nor behind the lock, nor by the way back', async () => {
    const deputy = { name: 'Wu Gang', role: 'manager', pin: '552301' } as const
    await north.post('/api/staff', deputy)
    const { page, errors } = await openPairedPage(browser, north, '/#/members', 'Bar')
    await page.getByTestId('lock').click()
    await login(page, deputy)
    await page.goto(`${north.url}/#/health`)
    await page.getByTestId('figure-rate').filter({ hasText: '%' }).waitFor()
    await north.post(`/api/staff/${await staffId(deputy.name)}/role`, { role: 'cashier' })
    await north.post('/api/documents/orders', testOrder('o3', 'north'))
    await page.getByText('Only a manager may do this').or(page.getByTestId('login')).first().waitFor()
    expect(await page.getByTestId('health').count()).toBe(0)
    await page.goBack()
    await page.goForward()
    expect(await page.getByTestId('health').count()).toBe(0)
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)
})
