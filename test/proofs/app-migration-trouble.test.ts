/** A device with documents of an older app on which bringing them to today's app goes wrong. */
import { readFileSync } from 'node:fs'
import type { Download, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { Doc } from '../../schemas/json.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { OlderDevice } from '../support/older-device.ts'
import { login, MANAGER } from '../support/paired-page.ts'
import { testOrder } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

const members = (device: OlderDevice, first: number, last: number): Doc[] =>
  Array.from({ length: last - first + 1 }, (_, i) => device.member(first + i))
const idsOf = (documents: readonly Doc[]): string[] => documents.map(({ id }) => id as string).toSorted()

const countAt = (node: NodeProcess, collection: string, count: number) =>
  statusWhere<BranchNodeStatus>(node, ({ collections }) => collections[collection]!.documents === count)

/** Says how much was brought along. */
const PROGRESS = `Number(document.querySelector('[data-testid=migration-progress]')?.textContent.split('of')[0].replaceAll(',', '') ?? 0)`

it('goes on where a killed browser left it: nothing is lost, nothing is sent twice', async () => {
  await using device = await OlderDevice.pair()
  const [known, fresh] = [members(device, 1, 1_000), members(device, 1_001, 6_000)]
  await device.call('fill', known)
  await device.call('write', 'orders', testOrder('o-sent', 'b1', known[0]!['id'] as string))
  await device.call('exchange')
  await device.call('fill', fresh)
  await device.call('write', 'orders', testOrder('o-unsent', 'b1', fresh[0]!['id'] as string))
  await device.call('write', 'members', { id: known[1]!['id'], note: 'edited offline' })
  // Whom the device belongs to has long been on its disk.
  await device.context.close()
  await device.startBrowser()

  const node = await device.upgradeNode()
  await device.goToApp(node)
  await device.page.waitForFunction(`${PROGRESS} >= 1500`, undefined, { polling: 'raf' })
  await device.killBrowser()
  expect(device.sent).toEqual({})
  expect((await node.get<BranchNodeStatus>('/api/status')).collections['members']!.documents).toBe(1_000)

  await device.startBrowser()
  await device.openApp(node)
  await countAt(node, 'members', 6_000)
  await countAt(node, 'orders', 2)
  await device.page.getByTestId('sync-here-state').filter({ hasText: 'All sent' }).waitFor()
  expect(device.sent['members']!.toSorted()).toEqual(idsOf([known[1]!, ...fresh]))
  expect(device.sent['orders']).toEqual(['o-unsent'])
  expect(await node.get(`/api/documents/members/${known[1]!['id'] as string}`)).toMatchObject({
    note: 'edited offline',
  })
  expect(device.errors).toEqual([])
}, 180_000)

/** Nobody is logged in, and names and phone numbers leave the device: a manager types a PIN. */
async function saveUnsent(page: Page): Promise<Download> {
  await page.getByTestId('stuck-save').click()
  await page.getByTestId('approve-dialog').filter({ hasText: 'in clear' }).waitFor()
  expect(await page.getByTestId('stuck-saved').count()).toBe(0)
  const saving = page.waitForEvent('download')
  await typePin(page)
  const file = await saving
  await page.getByTestId('stuck-saved').filter({ hasText: file.suggestedFilename() }).waitFor()
  return file
}

async function emptyDevice(page: Page): Promise<void> {
  await page.getByTestId('stuck-empty').click()
  await page.getByTestId('stuck-empty-found').check()
  await page.getByTestId('stuck-empty-yes').click()
  await typePin(page)
}

async function typePin(page: Page): Promise<void> {
  await page.getByTestId('pin').fill(MANAGER.pin)
  await page.getByTestId('pin-done').click()
}

/** As a failing disk or another program might: the browser's own store takes anything. */
const spoilName = (id: string) => `new Promise((resolve, reject) => {
  const opening = indexedDB.open('rxdb-dexie-outpost-b1--0--members')
  opening.onsuccess = () => {
    const database = opening.result
    const docs = database.transaction('docs', 'readwrite').objectStore('docs')
    const reading = docs.get('${id}')
    reading.onsuccess = () => {
      const writing = docs.put({ ...reading.result, name: 7 })
      writing.onsuccess = () => (database.close(), resolve())
      writing.onerror = () => reject(writing.error)
    }
  }
})`

it('names a document that does not fit, keeps what is unsent as a file, and is emptied by a manager only', async () => {
  await using device = await OlderDevice.pair()
  const [known, fresh] = members(device, 1, 2)
  await device.call('write', 'members', known!)
  await device.call('exchange')
  await device.call('write', 'members', fresh!)
  await device.call('write', 'orders', testOrder('o-unsent', 'b1', fresh!['id'] as string))
  await device.page.evaluate(spoilName(known!['id'] as string))
  await device.page.goto('about:blank')

  const node = await device.upgradeNode()
  await device.goToApp(node)
  const { page } = device
  await page.getByTestId('stuck-refused').waitFor()
  await page.getByTestId('start-retry').click()
  await page
    .getByTestId('stuck-why')
    .filter({ hasText: known!['id'] as string })
    .filter({ hasText: 'name' })
    .waitFor()
  // What was spoilt is not as the node has it.
  await page.getByTestId('stuck-unsent').filter({ hasText: 'Members 2, Orders 1' }).waitFor()
  expect(await page.getByTestId('stuck-empty').isDisabled()).toBe(true)

  const file = await saveUnsent(page)
  expect(file.suggestedFilename()).toMatch(/^outpost-unsent-b1-\d{4}-\d\d-\d\d\.json$/)
  const saved = JSON.parse(readFileSync(await file.path(), 'utf8')) as { documents: Record<string, Doc[]> }
  expect(idsOf(saved.documents['members']!)).toEqual(idsOf([known!, fresh!]))
  expect(saved.documents['orders']).toMatchObject([{ id: 'o-unsent', total: 2400 }])

  await page.getByTestId('stuck-empty').click()
  await page.getByTestId('stuck-empty-sure').filter({ hasText: 'Not sent: 3.' }).waitFor()
  await page.getByTestId('stuck-empty-sure').filter({ hasText: file.suggestedFilename() }).waitFor()
  expect(await page.getByTestId('stuck-empty-yes').isDisabled()).toBe(true)
  await page.getByTestId('stuck-empty-found').check()
  await page.getByTestId('stuck-empty-yes').click()
  await page.getByTestId('approve-cancel').click()
  await page.getByTestId('approve-dialog').waitFor({ state: 'detached' })
  await page.reload()
  await page.getByTestId('stuck-unsent').filter({ hasText: 'Members 2, Orders 1' }).waitFor()

  await saveUnsent(page)
  await emptyDevice(page)
  await login(page, MANAGER)
  await page.getByTestId('phone-input').fill('1380013')
  await page.getByTestId('member-card').filter({ hasText: 'Member 1' }).waitFor()
  expect(await page.getByTestId('member-card').count()).toBe(1)
  expect(device.errors).toEqual([])
}, 120_000)

/** The browser has room for so many pages of members, until somebody has made some. */
const ROOM_FOR_PAGES = `{
  const put = IDBObjectStore.prototype.put
  let left = 2_500
  IDBObjectStore.prototype.put = function (...of) {
    const isFull = this.transaction.db.name.endsWith('--1--members') && this.name === 'docs' && left-- <= 0
    if (isFull && !localStorage.getItem('has-room')) throw new DOMException('no room', 'QuotaExceededError')
    return put.apply(this, of)
  }
}`

it('says that there is no room, and goes on when there is some', async () => {
  await using device = await OlderDevice.pair()
  const fresh = members(device, 1, 5_000)
  await device.call('fill', fresh)
  const node = await device.upgradeNode()
  await device.context.addInitScript(ROOM_FOR_PAGES)
  await device.goToApp(node)
  const { page } = device
  await page.getByTestId('stuck-full').waitFor()
  await page
    .getByTestId('stuck-room')
    .filter({ hasText: /used of/ })
    .waitFor()
  await page.getByTestId('stuck-unsent').filter({ hasText: 'Members 5,000' }).waitFor()
  await page.evaluate("localStorage.setItem('has-room', 'yes')")
  await page.getByTestId('start-retry').click()
  await login(page, MANAGER)
  await countAt(node, 'members', 5_000)
  await page.getByTestId('sync-here-state').filter({ hasText: 'All sent' }).waitFor()
  expect(device.sent['members']!.toSorted()).toEqual(idsOf(fresh))
  expect(device.errors).toEqual([])
}, 120_000)

it('lets a manager save what is unsent and empty the device where an older app has come back', async () => {
  await using device = await OlderDevice.pair()
  const fresh = device.member(1)
  const node = await device.upgradeNode()
  await device.openApp(node)
  const { page } = device
  await device.context.route(/\/members\/\d+\/push$/, (route) => route.abort())
  await page.getByTestId('phone-input').fill(fresh['phone'] as string)
  await page.getByTestId('register-name').fill('Li Na')
  await page.getByTestId('register-submit').click()
  await page.getByTestId('member-card').filter({ hasText: 'Li Na' }).waitFor()
  // As an app leaves it whose members have a later version.
  await page.evaluate("localStorage.setItem('outpost.versions.outpost-b1', JSON.stringify({ members: 99 }))")
  await page.reload()
  await page.getByTestId('start-newer').waitFor()
  await page.getByTestId('stuck-unsent').filter({ hasText: 'Members 1' }).waitFor()
  expect(await page.getByTestId('stuck-empty').isDisabled()).toBe(true)
  // A manager is still logged in, and has to type the PIN all the same.
  const file = await saveUnsent(page)
  const saved = JSON.parse(readFileSync(await file.path(), 'utf8')) as { documents: Record<string, Doc[]> }
  expect(saved.documents).toMatchObject({ members: [{ name: 'Li Na' }] })
  const loaded = page.waitForEvent('load')
  await emptyDevice(page)
  await loaded
  await page.getByTestId('phone-input').waitFor()
  expect(await page.getByTestId('member-card').count()).toBe(0)
}, 120_000)
