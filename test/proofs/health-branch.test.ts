/** The page of one branch at headquarters, and the health screen of a branch, in real Chromium on a real chain. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import { Exceptions } from '../../adapters/exchange/exceptions.ts'
import { STREAM_LIMITS } from '../../adapters/http/stream-pauses.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { BranchNodeStatus, BranchRow, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { launchBrowser } from '../support/browser.ts'
import { openCloudFolder, type CloudFolder } from '../support/cloud-folder.ts'
import { addAccounts, expectUsable, openRoom } from '../support/console-page.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { login, openPairedPage } from '../support/paired-page.ts'
import { programAt } from '../support/paired-program.ts'
import { testOrder } from '../support/real-chain.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'

let browser: Browser
let folder: CloudFolder
let cloud: NodeProcess
let link: FaultProxy
/** Well, behind a link that can be cut, and with documents that nobody can take. */
let south: NodeProcess
let east: NodeProcess
let north: NodeProcess

beforeAll(async () => {
  browser = await launchBrowser()
  folder = openCloudFolder()
  cloud = await folder.start()
  await addAccounts(cloud)
  for (const [id, name] of [
    ['south', 'South Lake'],
    ['east', 'East Gate'],
    ['north', 'North Road'],
  ]) {
    await cloud.post('/api/branches', { id, name })
  }
  const port = new URL(cloud.url).port
  await cloud.stop()
  losePast()
  cloud = await folder.start('--port', port)
  link = await FaultProxy.open(cloud.url)
  const start = (id: string, to?: FaultProxy) =>
    startBranch(cloud, { id, dataDir: join(folder.path, id), ...(to && { link: to }) }, ['--interval', '0.5'])
  south = await start('south')
  east = await start('east', link)
  followNothing(join(folder.path, 'north'))
  north = await start('north')
  for (const [id, node] of [
    ['south', south],
    ['east', east],
  ] as const) {
    await node.post('/api/documents/orders', testOrder(`${id}-1`, id))
    await rowWhere(id, ({ verdict, documents }) => verdict.state === 'in-sync' && documents.here > 0)
  }
  await refuseOneThere()
  await rowWhere('north', ({ reported }) => (reported?.exceptions ?? 0) > 0)
}, 180_000)

afterAll(async () => {
  await browser?.close()
  await link?.close()
  await folder?.remove()
})

/** A branch whose older system is not there. */
function followNothing(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  writeFileSync(join(dataDir, 'legacy-url'), 'mysql://till@127.0.0.1:1/till\n', { mode: 0o600 })
  writeFileSync(join(dataDir, 'legacy.yaml'), 'version: 1\n')
  writeFileSync(join(dataDir, 'outpost.yaml'), 'legacy: { urlFile: legacy-url, map: legacy.yaml }\n', { mode: 0o600 })
}

/** As after a restore from a backup: a branch brought a product that headquarters does not know. */
function losePast(): void {
  const store = new Store({
    file: join(folder.path, 'cloud', 'store.sqlite'),
    declarations: COLLECTIONS,
    tracksPending: false,
  })
  const state = { id: 'lost', name: 'Lost cake', price: 900, currency: 'CNY', _deleted: false }
  const document = JSON.stringify({ ...state, clock: { r: { name: '0mwqd9kna0000wwwwwww1' } } })
  const about = {
    direction: 'here',
    branchId: 'north',
    collection: 'products',
    id: 'lost',
    code: 'LOST_FUTURE',
  } as const
  store.transaction('test', () => new Exceptions(store).fail({ ...about, reason: 'came back', document }, 0, 3))
  store.close()
}

/** A browser with another chain's key: its member is refused by the branch's own node. */
async function refuseOneThere(): Promise<void> {
  const clock = { r: { name: '0mwqd9kna0000wwwwwww1' } }
  const wrong = { id: 'f'.repeat(32), scope: 'shared', phone: '+8613800138009', generation: 0, name: 'X', tags: [] }
  const pushed = { ...wrong, registrations: [], aliases: [], followUps: [], clock, _deleted: false }
  await callNode(await programAt(north), 'POST', '/members/1/push', [{ newDocumentState: pushed }])
}

const rowWhere = (id: string, holds: (row: BranchRow) => boolean) =>
  statusWhere<CloudNodeStatus>(cloud, ({ branches }) => branches.some((row) => row.id === id && holds(row)))
const openBranch = async (id: string, role: 'viewer' | 'operator' = 'viewer') => {
  const opened = await openRoom(browser, cloud, 'health', role)
  await opened.page.goto(`${cloud.url}/#/health?branch=${id}`)
  await opened.page.getByTestId('branch-health').or(opened.page.getByTestId('branch-unknown')).waitFor()
  return opened
}
const standing = (page: Page, word: string, timeout = 30_000) =>
  page.getByTestId('branch-standing').filter({ hasText: word }).waitFor({ timeout })
/** Headquarters trusts the end of a stream once one has lasted: what lies between may cut them short. */
const streamAge = async () => {
  const { branches, time } = await cloud.get<CloudNodeStatus>('/api/status')
  const held = branches.find(({ id }) => id === 'east')?.link
  return held?.state === 'open' ? Date.parse(time) - Date.parse(held.since) : 0
}
const textOf = (page: Page, testId: string) => page.getByTestId(testId).textContent()

describe('the page of one branch at headquarters', () => {
  it('shows of one that is well what was exchanged, how long it took, and what it said of itself', async () => {
    const { page, errors } = await openBranch('south')
    await standing(page, 'in sync')
    await page.getByTestId('fact-link').filter({ hasText: 'open' }).waitFor()
    await page.getByTestId('figure-rate').filter({ hasText: '100' }).waitFor()
    expect(await textOf(page, 'fact-exceptions')).toMatch(/0$/)
    expect(await textOf(page, 'fact-disk')).toMatch(/free.*store takes/)
    expect(await textOf(page, 'fact-clock')).toMatch(/right/)

    const sent = page.getByTestId('sync-cycle').filter({ hasText: 'Sent 1 (orders)' })
    await sent.filter({ hasText: 'went well' }).waitFor()
    await sent.getByTestId('cycle-entries').click()
    await sent.getByRole('table').filter({ hasText: 'Sent 1 (orders)' }).waitFor()
    expect(await sent.getByTestId('cycle-log').getAttribute('href')).toMatch(/^#\/log\?branch=south&request=\S+$/)

    const chart = page.getByTestId('chart-documents')
    expect(await chart.getByRole('img').getAttribute('aria-label')).toMatch(
      /^Documents over 24 hours: [1-9]\d* to headquarters/,
    )
    expect(await chart.locator('.sync-gap').count()).toBeGreaterThan(0)
    await page.getByTestId('chart-documents-table').click()
    await chart.getByRole('table').waitFor()
    await page.getByTestId('sync-range').selectOption('quarter')
    await chart.getByRole('img', { name: /^Documents over 90 days/ }).waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('shows what is exchanged while somebody looks', async () => {
    const { page, errors } = await openBranch('south')
    await page.getByTestId('sync-cycle').first().waitFor()
    const before = await page.getByTestId('sync-cycle').filter({ hasText: 'Sent 3 (orders)' }).count()
    expect(before).toBe(0)
    const orders = ['south-2', 'south-3', 'south-4']
    await Promise.all(orders.map((id) => south.post('/api/documents/orders', testOrder(id, 'south'))))
    await page.getByTestId('fact-documents').filter({ hasText: /4/ }).waitFor()
    await page.getByTestId('sync-cycle').filter({ hasText: /ago/ }).first().waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('says within moments that a branch is cut off, shows its last word as old, and recovers by itself', async () => {
    const { page, errors } = await openBranch('east')
    // A request that was under way when the link was cut may still be answered: then it is silent only a minute later.
    page.setDefaultTimeout(90_000)
    await standing(page, 'in sync')
    await expect.poll(streamAge, { timeout: 90_000 }).toBeGreaterThan(STREAM_LIMITS.longMs)
    link.cut()
    await standing(page, 'silent', 90_000)
    await page.getByTestId('fact-link').filter({ hasText: 'lost' }).waitFor()
    await page.getByTestId('trouble-silent-branch').filter({ hasText: 'Ring the shop' }).waitFor()
    await page.getByTestId('branch-said').locator('.sync-old').waitFor()
    expect(await textOf(page, 'branch-said')).toMatch(/said .* ago/)
    await page.getByTestId('runbook-silent-branch').click()
    await page.getByTestId('runbook').filter({ hasText: 'A branch is not heard' }).waitFor()
    expect(await textOf(page, 'runbook')).toMatch(/outpost cloud branch retire/)
    await expectUsable(page)
    await page.getByTestId('runbook-close').click()
    await east.post('/api/documents/orders', testOrder('east-2', 'east'))
    link.restore()
    await page.getByTestId('fact-documents').filter({ hasText: /2/ }).waitFor()
    await standing(page, 'in sync')
    expect(await page.getByTestId('trouble-silent-branch').count()).toBe(0)
    expect(errors).toEqual([])
    await page.context().close()
  }, 240_000)

  it('shows of a poisoned one what waits for a person on both sides, to a viewer with nothing to act on', async () => {
    const { page, errors } = await openBranch('north')
    await standing(page, 'in trouble')
    await page.getByTestId('trouble-exceptions').filter({ hasText: 'wait for a person: 1' }).waitFor()
    expect(await textOf(page, 'exceptions-there')).toMatch(/: 1\. Only there/)
    await page.getByTestId('exception-products-lost').waitFor()
    await page.getByTestId('look-only').waitFor()
    expect(await page.getByTestId('exception-actions').count()).toBe(0)
    expect(await page.getByTestId('branch-exceptions-all').getAttribute('href')).toBe('#/exceptions?branch=north')
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('lets an operator try again from here what failed', async () => {
    const { page, errors } = await openBranch('north', 'operator')
    await page.getByTestId('exception-products-lost').getByTestId('retry').click()
    await page.getByTestId('ask-first-yes').click()
    await page.getByTestId('said').filter({ hasText: 'products lost is at headquarters again' }).waitFor()
    await page.getByTestId('exception-products-lost').waitFor({ state: 'detached' })
    await expect
      .poll(() => north.get('/api/documents/products/lost').catch(() => undefined), { timeout: 30_000 })
      .toMatchObject({ name: 'Lost cake' })
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('shows nothing as current once headquarters does not answer the page', async () => {
    const { page, errors } = await openBranch('south')
    await standing(page, 'in sync')
    await page.context().setOffline(true)
    await standing(page, 'not checked')
    await page.locator('.old[data-testid=branch-health]').waitFor()
    expect(await page.getByTestId('branch-standing').getAttribute('class')).toContain('badge-unknown')
    await page.context().setOffline(false)
    await page.locator('.old').waitFor({ state: 'detached' })
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('says that it does not know a branch, and leads back to all', async () => {
    const { page, errors } = await openBranch('nowhere')
    expect(await textOf(page, 'branch-unknown')).toMatch(/no branch “nowhere”/)
    await page.getByTestId('branch-back').click()
    await page.getByTestId('branch-row-south').waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('is usable by those who do not see or do not point, in both languages and themes, wide and narrow', async () => {
    const { page, errors } = await openBranch('north', 'operator')
    await page.getByTestId('sync-cycle').first().waitFor()
    await page.getByTestId('sync-cycle').first().getByTestId('cycle-entries').click()
    await page.getByTestId('chart-requests-table').click()
    await expectUsable(page)
    await page.getByTestId('lang-switch').click()
    await standing(page, '需要处理')
    await expectUsable(page)
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)
})

describe('the health screen of a branch', () => {
  it('shows a manager the link, figures, charts and cycles, and what the PC has', async () => {
    const { page, errors } = await openPairedPage(browser, south, '/#/sync')
    await page.getByTestId('sync-health').click()
    await page.getByTestId('health-verdict').filter({ hasText: 'In sync' }).waitFor()
    await page.getByTestId('health-stream').filter({ hasText: 'open' }).waitFor()
    await page.getByTestId('figure-rate').filter({ hasText: '%' }).waitFor()
    await page.getByTestId('sync-cycle').filter({ hasText: '(orders)' }).first().waitFor()
    await page.getByTestId('chart-requests').getByRole('img').waitFor()
    expect(await page.getByTestId('chart-delays').count()).toBe(0)
    expect(await textOf(page, 'health-pc')).toMatch(/free.*Clock of the PC.*Version/)
    await expectUsable(page)
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('tells that headquarters is out of reach, why, and what to do; and that it is back', async () => {
    const { page, errors } = await openPairedPage(browser, east, '/#/health', 'Counter')
    await page.getByTestId('health-verdict').filter({ hasText: 'In sync' }).waitFor()
    link.cut()
    await page.getByTestId('health-verdict').filter({ hasText: 'No link' }).waitFor()
    await page.getByTestId('health-error').filter({ hasText: 'LINK_FAILED' }).waitFor()
    await east.post('/api/documents/orders', testOrder('east-3', 'east'))
    await page.getByTestId('sync-backlogs').filter({ hasText: 'Orders' }).waitFor()
    await page.getByTestId('code-LINK_FAILED').getByTestId('runbook-LINK_FAILED').click()
    await page.getByTestId('runbook').filter({ hasText: 'What to do' }).waitFor()
    await page.getByTestId('runbook-close').click()
    link.restore()
    await page.getByTestId('health-verdict').filter({ hasText: 'In sync' }).waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('shows nothing as current once the node does not answer the device', async () => {
    const { page, errors } = await openPairedPage(browser, south, '/#/health', 'Office')
    await page.getByTestId('health-verdict').filter({ hasText: 'In sync' }).waitFor()
    await page.context().setOffline(true)
    await page.getByTestId('health-away').filter({ hasText: 'last word' }).waitFor()
    await page.getByTestId('health-verdict').filter({ hasText: 'Not known' }).waitFor()
    await page.context().setOffline(false)
    await page.getByTestId('health-away').waitFor({ state: 'detached' })
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('says that the older system cannot be read, and why', async () => {
    const { page, errors } = await openPairedPage(browser, north, '/#/health')
    const fact = page.getByTestId('health-legacy').filter({ hasText: 'cannot be read, tried again' })
    await fact.waitFor()
    expect(await textOf(page, 'health-pc')).toContain('the legacy database on 127.0.0.1 answers ECONNREFUSED')
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('is for managers', async () => {
    await south.post('/api/staff', { name: 'Wang Wei', role: 'cashier', pin: '4071' })
    const { page, errors } = await openPairedPage(browser, south, '/#/health', 'Bar')
    await page.getByTestId('health').waitFor()
    await page.getByTestId('lock').click()
    await login(page, { name: 'Wang Wei', pin: '4071' })
    await page.getByText('Only a manager may do this').waitFor()
    await page.goto(`${south.url}/#/sync`)
    await page.getByTestId('sync-summary').waitFor()
    expect(await page.getByTestId('sync-health').count()).toBe(0)
    await statusWhere<BranchNodeStatus>(south, ({ sync }) => sync.enabled)
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)
})
