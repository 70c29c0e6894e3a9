/** The room of exceptions in real Chromium, with what a real branch and its headquarters could not agree on. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import { Exceptions } from '../../adapters/exchange/exceptions.ts'
import { withLocalFields } from '../../adapters/exchange/local-fields.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { DiscardOutcome, ExceptionPage } from '../../schemas/protocol/exceptions.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { CloudFolder } from '../support/cloud-folder.ts'
import { closeConsole, expectUsable, openConsole, openRoom, says } from '../support/console-page.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { programAt } from '../support/paired-program.ts'
import { testOrder } from '../support/real-chain.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'

const POISONS = ['tea', 'milk', 'rice']

let browser: Browser
let folder: CloudFolder
let cloud: NodeProcess
let north: NodeProcess

beforeAll(async () => {
  ;({ browser, folder, cloud } = await openConsole())
  await cloud.post('/api/branches', { id: 'north', name: 'North Road' })
  await cloud.post('/api/branches', { id: 'south', name: 'South Lake' })
  for (const id of POISONS) {
    await cloud.post('/api/documents/products', { id, name: id, price: 1200, currency: 'CNY' })
  }
  const port = new URL(cloud.url).port
  await cloud.stop()
  for (const id of POISONS) poison(id)
  losePast()
  cloud = await folder.start('--port', port)
  north = await startBranch(cloud, { id: 'north', dataDir: join(folder.path, 'north') }, ['--interval', '0.2'])
  await contradict()
  await refuseOneThere()
  await statusWhere<CloudNodeStatus>(
    cloud,
    ({ exceptions, branches }) =>
      exceptions === POISONS.length + 2 &&
      branches.some(({ reported }) => (reported?.exceptions ?? 0) > POISONS.length),
  )
}, 180_000)

afterAll(() => closeConsole({ browser, folder }))

/** As an older version or a bug may have left it: nothing of today would have written it. */
function poison(id: string): void {
  const file = join(folder.path, 'cloud', 'store.sqlite')
  const store = new Store({ file, declarations: COLLECTIONS, tracksPending: false })
  const table = store.table('products')
  const doc = { ...table.get(id), price: 12.5 }
  store.transaction('test', (write) =>
    table.put(write, withLocalFields(doc, table.get(id), store.epoch), { state: 0, origin: '' }),
  )
  store.close()
}

/** As after a restore from a backup: a branch brings a product that headquarters does not know. */
function losePast(): void {
  const file = join(folder.path, 'cloud', 'store.sqlite')
  const store = new Store({ file, declarations: COLLECTIONS, tracksPending: false })
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

/** One order, refunded at the branch and completed at headquarters, neither knowing of the other. */
async function contradict(): Promise<void> {
  await north.post('/api/documents/orders', testOrder('o1', 'north'))
  await statusWhere<CloudNodeStatus>(cloud, ({ collections }) => collections['orders']!.documents === 1)
  await cloud.post('/api/branches/north/disable', {})
  await north.post('/api/documents/orders', { id: 'o1', status: 'refunded' })
  await cloud.post('/api/documents/orders', { id: 'o1', status: 'closed' })
  await cloud.post('/api/branches/north/enable', {})
}

/** A browser with another chain's key: its member is refused by the branch's own node. */
async function refuseOneThere(): Promise<void> {
  const clock = { r: { name: '0mwqd9kna0000wwwwwww1' } }
  const wrong = { id: 'f'.repeat(32), scope: 'shared', phone: '+8613800138009', generation: 0, name: 'X', tags: [] }
  const pushed = { ...wrong, registrations: [], aliases: [], followUps: [], clock, _deleted: false }
  await callNode(await programAt(north), 'POST', '/members/1/push', [{ newDocumentState: pushed }])
}

const look = (page: Page, document: string) =>
  page.getByTestId(`exception-${document}`).getByTestId('exception-look').click()
const gone = (page: Page, document: string) => page.getByTestId(`exception-${document}`).waitFor({ state: 'detached' })
const documentsOf = async (node: NodeProcess) =>
  (await node.get<ExceptionPage>('/api/exceptions')).exceptions.map(({ documentId }) => documentId)

describe('the room of exceptions', () => {
  it('shows a viewer what failed, why and what to do, with nothing to act on, and where a branch’s own are to be seen to', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'exceptions', 'viewer')
    const tea = page.getByTestId('exception-products-tea')
    await tea
      .filter({ hasText: 'North Road cannot take what headquarters sends. Something in it is missing or wrong.' })
      .waitFor()
    expect(await tea.textContent()).toMatch(/waits for a person.*What to do: Correct the document\..*DOCUMENT_INVALID/)
    await page.getByTestId('exception-orders-o1').filter({ hasText: 'ended in two ways at once' }).waitFor()
    expect(await page.getByTestId('look-only').textContent()).toMatch(/operators/)
    expect(await page.getByTestId('retry-all').count()).toBe(0)

    const there = page.getByTestId('there-north')
    expect(await there.textContent()).toMatch(/North Road.*\d/)
    expect(await page.getByTestId('exceptions-branches').textContent()).toMatch(
      /only there it can be corrected.*outpost exceptions list --side branch.*Never heard.*South Lake/,
    )

    await page.getByTestId('filter-collection').selectOption('orders')
    await gone(page, 'products-tea')
    expect(new URL(page.url()).hash).toBe('#/exceptions?collection=orders')
    await page.getByTestId('filter-branch').selectOption('south')
    await page.getByTestId('exceptions-none').filter({ hasText: 'as you chose' }).waitFor()
    await page.getByTestId('filter-branch').selectOption('')
    await look(page, 'orders-o1')
    await page.getByTestId('field-status').waitFor()
    expect(await page.getByTestId('exception-actions').count()).toBe(0)
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('keeps what the list was cut down to while one is looked at, is led to by a branch’s figure, and shows what odd addresses ask', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'health', 'viewer')
    await page.getByTestId('branch-row-north').locator('a[href^="#/exceptions"]').click()
    await page.getByTestId('exception-products-tea').waitFor()
    expect(await page.getByTestId('filter-branch').inputValue()).toBe('north')
    await page.getByTestId('filter-collection').selectOption('products')
    await gone(page, 'orders-o1')
    const list = page.url()
    await look(page, 'products-tea')
    await page.getByTestId('states').waitFor()
    await page.reload()
    await page.getByTestId('states').waitFor()
    await page.getByTestId('back').click()
    await page.getByTestId('exception-products-tea').waitFor()
    expect(page.url()).toBe(list)
    await page.goto(`${cloud.url}/#/exceptions?branch=nowhere&collection=%27%3B--&waiting=perhaps&id2=..`)
    await page.getByTestId('exceptions-none').filter({ hasText: 'as you chose' }).waitFor()
    expect(await page.getByTestId('filter-branch').inputValue()).toBe('nowhere')
    expect(await page.getByTestId('failed').count()).toBe(0)
    await page.goto(`${cloud.url}/#/orders?branch=nowhere`)
    await page.getByTestId('orders-branch').waitFor()
    expect(await page.getByTestId('orders-branch').inputValue()).toBe('nowhere')
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('is usable by those who do not see or do not point, in both languages and themes, wide and narrow', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'exceptions', 'operator')
    await page.getByTestId('exception-products-tea').waitFor()
    await expectUsable(page)
    await page.getByTestId('lang-switch').click()
    await page.getByTestId('exceptions-here').filter({ hasText: '总店的特情' }).waitFor()
    await look(page, 'orders-o1')
    await page.getByTestId('states').filter({ hasText: '总店现有内容' }).waitFor()
    await expectUsable(page)
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('corrects headquarters’ document, which the branch then takes, and the exception is over on both sides', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'exceptions', 'operator')
    await look(page, 'products-tea')
    await page.getByTestId('correct').click()
    await page.locator('[data-testid=ask-first-yes]:disabled').waitFor()
    await page.getByTestId('correct-price').fill('a lot')
    await page.locator('[data-testid=ask-first-yes]:disabled').waitFor()
    await page.getByTestId('correct-price').fill('1300')
    await page.getByTestId('ask-first-yes').click()
    await says(page, 'products tea is corrected')
    await gone(page, 'products-tea')
    await expect
      .poll(() => north.get('/api/documents/products/tea').catch(() => undefined), { timeout: 30_000 })
      .toMatchObject({ price: 1300 })
    await expect.poll(() => documentsOf(north), { timeout: 30_000 }).not.toContain('tea')
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('says why headquarters does not send again what is still wrong, and what came of trying all', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'exceptions', 'operator')
    await look(page, 'products-milk')
    await page.getByTestId('retry').click()
    await page.getByTestId('failed').filter({ hasText: 'price must be integer DOCUMENT_INVALID' }).waitFor()
    await page.getByTestId('back').click()
    await page.getByTestId('filter-branch').selectOption('north')
    await page.getByTestId('filter-collection').selectOption('products')
    await page.getByTestId('exception-products-milk').waitFor()
    await page.getByTestId('filter-collection').selectOption('orders')
    await gone(page, 'products-milk')
    await page.getByTestId('retry-all').click()
    await page.getByTestId('ask-first').filter({ hasText: 'Those of North Road, kind: orders.' }).waitFor()
    await page.getByTestId('ask-first-yes').click()
    await says(page, 'Tried again: 0. Refused once more: 0. To be decided one by one: 1.')
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('takes back what headquarters has lost only after asking, and the branch has it', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'exceptions', 'operator')
    await look(page, 'products-lost')
    await page.getByTestId('retry').click()
    await page.getByTestId('ask-first').filter({ hasText: 'every branch that may hold it gets it' }).waitFor()
    expect(await documentsOf(cloud)).toContain('lost')
    await page.getByTestId('ask-first-yes').click()
    await says(page, 'products lost is at headquarters again')
    await expect
      .poll(() => north.get('/api/documents/products/lost').catch(() => undefined), { timeout: 30_000 })
      .toMatchObject({ name: 'Lost cake' })
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('gives one up only after asking, and hands over all that is left of it', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'exceptions', 'operator')
    await look(page, 'products-rice')
    await page.getByTestId('discard').click()
    await page.getByTestId('ask-first').filter({ hasText: 'The exception is forgotten' }).waitFor()
    await page.getByTestId('ask-first-no').click()
    expect(await documentsOf(cloud)).toContain('rice')
    await page.getByTestId('discard').click()
    await page.getByTestId('ask-first-yes').click()
    await says(page, 'products rice was given up')
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('discarded-save').click()])
    const kept = JSON.parse(readFileSync(await download.path(), 'utf8')) as DiscardOutcome
    expect(kept).toMatchObject({ does: 'forget', discarded: { documentId: 'rice', code: 'DOCUMENT_INVALID' } })
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('opens the next round of an order that was ended in two ways, by the keyboard alone, and both sides agree', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'exceptions', 'operator')
    await page.getByTestId('exception-orders-o1').getByTestId('exception-look').focus()
    await page.keyboard.press('Enter')
    await page.getByTestId('round').focus()
    await page.keyboard.press('Enter')
    await page.locator('[data-testid=round-state]:focus').waitFor()
    await page.locator('[data-testid=ask-first-yes]:disabled').waitFor()
    await page.keyboard.type('Comp')
    await page.getByTestId('ask-first-yes').focus()
    await page.keyboard.press('Enter')
    await says(page, 'Round 2 of orders o1 is open: Completed.')
    await gone(page, 'orders-o1')
    await expect
      .poll(() => north.get('/api/documents/orders/o1'), { timeout: 30_000 })
      .toMatchObject({ status: 'closed', round: 2 })
    expect(await documentsOf(cloud)).not.toContain('o1')
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)
})
