import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { PairedDevice, StaffMember } from '../../schemas/protocol/staff.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { launchBrowser, openPage } from '../support/browser.ts'
import { NorthBranch } from '../support/north-branch.ts'
import { givePin, login, MANAGER, newCode, openPairedPage } from '../support/paired-page.ts'
import { statusWhere } from '../support/status-events.ts'

const CASHIER = { name: 'Li Na', role: 'cashier', pin: '275918' } as const

/** As private windows of some browsers. */
const KEEP_NO_KEYS = `{
  const put = IDBObjectStore.prototype.put
  IDBObjectStore.prototype.put = function (value, ...more) {
    if (value instanceof CryptoKey) throw new DOMException('keys are not kept here', 'DataCloneError')
    return put.call(this, value, ...more)
  }
}`

async function takeOrder(page: Page): Promise<void> {
  await page.getByTestId('nav-order').click()
  await page.getByLabel('What').fill('Tea')
  await page.getByLabel('Price (CNY)').fill('12.00')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByTestId('order-pay').click()
  await page.getByTestId('order-done').waitFor()
}

const orders = ({ collections }: BranchNodeStatus) => collections['orders']!.documents

it('pairs a device by its link, makes its first manager, and locks and opens with the PIN', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  const { page, errors } = await openPage(browser, `${north.node.url}/#/pair/${await newCode(north.node)}`)
  await page.getByTestId('pair-name').fill('Till 1')
  await page.getByTestId('pair-manager').fill(MANAGER.name)
  await page.getByTestId('pair-pin').fill('123456')
  await page.getByTestId('pair-pin-again').fill('123456')
  await page.getByTestId('pair-submit').click()
  await page.getByText('This is what a thief tries first').waitFor()
  await page.getByTestId('pair-pin').fill(MANAGER.pin)
  await page.getByTestId('pair-pin-again').fill(MANAGER.pin)
  await page.getByTestId('pair-submit').click()
  await page.getByTestId('person').filter({ hasText: MANAGER.name }).waitFor()
  await page.getByTestId('nav-staff').waitFor()
  expect(page.url()).not.toContain('pair')
  for (const width of [360, 640, 768, 1024, 1280]) {
    await page.setViewportSize({ width, height: 900 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
  }

  await page.reload()
  await page.getByTestId('person').filter({ hasText: MANAGER.name }).waitFor()
  await page.getByTestId('lock').click()
  await page.getByTestId('login-name').waitFor()
  expect(await page.getByTestId('phone-input').count()).toBe(0)
  await page.keyboard.type('830416')
  await page.keyboard.press('Enter')
  await page.getByTestId('pin-note').filter({ hasText: 'This is not the PIN' }).waitFor()
  for (const digit of MANAGER.pin) await page.getByTestId(`pin-${digit}`).click()
  await page.getByTestId('pin-done').click()
  await page.getByTestId('person').waitFor()
  expect((await north.node.get<PairedDevice[]>('/api/devices')).map(({ name }) => name)).toEqual(['Till 1'])
  expect(errors).toEqual([])
}, 120_000)

it('lets a manager add somebody and pair another device, where a cashier has less', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  const manager = await openPairedPage(browser, north.node, '/#/staff')
  await manager.page.getByTestId('staff-add').click()
  await manager.page.getByTestId('staff-name').fill(CASHIER.name)
  await manager.page.getByTestId('staff-add-pin').fill(CASHIER.pin)
  await manager.page.getByTestId('staff-add-pin-again').fill(CASHIER.pin)
  await manager.page.getByTestId('staff-add-submit').click()
  await manager.page.getByTestId('staff-item').filter({ hasText: CASHIER.name }).waitFor()
  await manager.page.getByTestId('pairing-code-new').click()
  const link = await manager.page.getByTestId('pairing-link').textContent()
  expect(link).toBe(`${north.node.url}/#/pair/${await manager.page.getByTestId('pairing-code').textContent()}`)

  const cashier = await openPage(browser, link!)
  await cashier.page.getByTestId('pair-name').fill('Tablet')
  await cashier.page.getByTestId('pair-submit').click()
  await login(cashier.page, CASHIER)
  await cashier.page.getByTestId('nav-sync').click()
  await cashier.page.getByTestId('sync-now').waitFor()
  expect(await cashier.page.getByTestId('sync-switch').count()).toBe(0)
  expect(await cashier.page.getByTestId('nav-staff').count()).toBe(0)
  await cashier.page.goto(`${north.node.url}/#/staff`)
  await cashier.page.getByText('Only a manager may do this').waitFor()

  const item = manager.page.getByTestId('staff-item').filter({ hasText: CASHIER.name })
  await item.getByTestId('staff-close').click()
  await item.filter({ hasText: 'Closed' }).waitFor()
  await cashier.page.getByTestId('nav-sync').click()
  await cashier.page.getByTestId('sync-now').click()
  await cashier.page.getByTestId('login-name').filter({ hasText: MANAGER.name }).waitFor()
  const own = manager.page.getByTestId('staff-item').filter({ hasText: MANAGER.name })
  await own.getByTestId('staff-only-manager').filter({ hasText: 'the only manager' }).waitFor()
  for (const id of ['staff-role', 'staff-close']) expect(await own.getByTestId(id).isDisabled()).toBe(true)
  expect([...manager.errors, ...cashier.errors]).toEqual([])
}, 120_000)

it('logs people in without the node, slows guessing down there too, and asks for the PIN when the node is needed again', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  await north.node.post('/api/staff', CASHIER)
  const { page, errors } = await openPairedPage(browser, north.node)
  await page.getByTestId('phone-input').waitFor()
  await north.node.stop()
  await page.reload()
  await page.getByTestId('lock').click()
  await login(page, CASHIER)
  await takeOrder(page)
  await page.getByTestId('lock').click()
  await page.getByTestId('login-person').filter({ hasText: MANAGER.name }).click()
  for (let at = 0; at < 5; at++) {
    await page.getByTestId('pin').fill('222333')
    await page.getByTestId('pin-done').click()
    await page.getByTestId('pin-note').filter({ hasText: 'This is not the PIN' }).waitFor()
  }
  await page.reload()
  await page.getByTestId('login-person').filter({ hasText: MANAGER.name }).click()
  await page.getByTestId('pin').fill(MANAGER.pin)
  await page.getByTestId('pin-done').click()
  await page.getByTestId('pin-note').filter({ hasText: 'try again in' }).waitFor()
  await page.reload()
  await page.getByTestId('login-person').filter({ hasText: MANAGER.name }).click()
  await page.getByTestId('pin-note').filter({ hasText: 'try again in' }).waitFor()
  expect(await page.getByTestId('pin-1').isDisabled()).toBe(true)
  await page.getByTestId('login-other').click()
  await login(page, CASHIER)

  await north.start()
  await statusWhere<BranchNodeStatus>(north.node, (status) => orders(status) === 1)
  await page.getByTestId('sync-node-state').filter({ hasText: 'Connected' }).waitFor()
  await page.getByTestId('nav-sync').click()
  await page.getByTestId('sync-now').click()
  const dialog = page.getByTestId('pin-dialog')
  await dialog.getByTestId('pin').fill(CASHIER.pin)
  await dialog.getByTestId('pin-done').click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByTestId('sync-now').and(page.locator(':enabled')).waitFor()
  expect(await page.getByTestId('sync-error').count()).toBe(0)
  expect(await page.getByTestId('pin-dialog').count()).toBe(0)
  expect(errors).toEqual([])
}, 120_000)

it('lets in nobody whose PIN was changed or who was closed, once the device has met the node', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  await north.node.post('/api/staff', CASHIER)
  const { page } = await openPairedPage(browser, north.node)
  await page.getByTestId('phone-input').waitFor()
  await page.getByTestId('lock').click()
  await login(page, CASHIER)
  const staff = await north.node.get<StaffMember[]>('/api/staff/all')
  const { id } = staff.find(({ name }) => name === CASHIER.name)!
  await north.node.post(`/api/staff/${id}/pin`, { pin: '640218' })
  await page.reload()
  await page.getByTestId('login-person').first().waitFor()
  await north.node.stop()
  await page.getByTestId('login-person').filter({ hasText: CASHIER.name }).click()
  await page.getByTestId('pin').fill(CASHIER.pin)
  await page.getByTestId('pin-done').click()
  await page.getByTestId('pin-note').filter({ hasText: 'this device cannot let anybody in' }).waitFor()

  // It knows the new one once somebody has logged in there with the node.
  await north.start()
  await page.getByTestId('login-other').click()
  await login(page, MANAGER)
  await north.node.stop()
  await page.getByTestId('lock').click()
  await page.getByTestId('login-person').filter({ hasText: CASHIER.name }).click()
  await page.getByTestId('pin').fill(CASHIER.pin)
  await page.getByTestId('pin-done').click()
  await page.getByTestId('pin-note').filter({ hasText: 'This is not the PIN' }).waitFor()
  await page.getByTestId('login-other').click()
  await login(page, { name: CASHIER.name, pin: '640218' })
}, 120_000)

it('opens in a window whose browser keeps no keys, with the node checking each PIN, and lets nobody in without it', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  await north.node.post('/api/staff', MANAGER)
  await north.node.post('/api/staff', CASHIER)
  const { page, errors } = await openPage(browser, `${north.node.url}/#/pair/${await newCode(north.node)}`)
  await page.addInitScript(KEEP_NO_KEYS)
  await page.reload()
  await page.getByTestId('pair-name').fill('Till')
  await page.getByTestId('pair-submit').click()
  await login(page, MANAGER)
  await page.getByTestId('lock').click()
  await login(page, CASHIER)
  await page.reload()
  await page.getByTestId('person').filter({ hasText: CASHIER.name }).waitFor()
  await north.node.stop()
  await page.getByTestId('lock').click()
  await page.getByTestId('login-person').filter({ hasText: CASHIER.name }).click()
  await givePin(page, CASHIER.pin)
  await page.getByTestId('pin-note').filter({ hasText: 'this device cannot let anybody in' }).waitFor()
  expect(errors).toEqual([])
}, 120_000)

it('keeps what a device has not sent when it is shut out, and sends it once it is paired again', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  const { page, errors } = await openPairedPage(browser, north.node)
  await page.getByTestId('phone-input').waitFor()
  await north.node.stop()
  await takeOrder(page)
  await page.getByTestId('sync-here-state').filter({ hasText: 'Waiting here: 1' }).waitFor()
  expect(await north.command(['device', 'revoke', 'Till'])).toMatchObject({ code: 0, stderr: '' })
  await north.start()
  await page.getByTestId('shut-out').filter({ hasText: 'not been sent yet (1)' }).waitFor()
  expect(await page.getByTestId('nav-today').count()).toBe(0)
  expect(orders(await north.node.get<BranchNodeStatus>('/api/status'))).toBe(0)

  // It knows by now, also after a reload, and asks no more until somebody is there.
  await page.clock.install()
  await page.reload()
  await page.getByTestId('shut-out').filter({ hasText: 'not been sent yet (1)' }).waitFor()
  await page.clock.runFor('00:20')
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.clock.runFor('03:00')
  expect(asked).toEqual([])
  const answer = page.waitForResponse('**/api/access')
  await page.getByTestId('shut-out').click()
  await answer

  // Nobody logs in at it without the node either.
  await north.node.stop()
  await page.reload()
  await page.getByTestId('login-away').waitFor()
  await north.start()
  await page.getByTestId('shut-out').waitFor()
  await page.getByTestId('pair-code').fill((await newCode(north.node)).toLowerCase().replace('-', ' '))
  await page.getByTestId('pair-name').fill('Till')
  await page.getByTestId('pair-submit').click()
  await statusWhere<BranchNodeStatus>(north.node, (status) => orders(status) === 1)
  await login(page, MANAGER)
  await page.getByTestId('nav-today').click()
  await page.getByTestId('order-row').filter({ hasText: 'At headquarters' }).waitFor()
  expect(errors).toEqual([])
}, 120_000)

it('locks in all its tabs when nobody has touched it for a quarter of an hour', async () => {
  await using north = await NorthBranch.start()
  await using browser = await launchBrowser()
  await north.node.post('/api/staff', CASHIER)
  const { page } = await openPairedPage(browser, north.node)
  const context = page.context()
  await page.getByTestId('phone-input').waitFor()
  const other = await context.newPage()
  await other.clock.install()
  await other.goto(`${north.node.url}/#/today`)
  await other.getByTestId('person').filter({ hasText: MANAGER.name }).waitFor()
  await page.getByTestId('lang-switch').click()
  await other.getByTestId('lock').filter({ hasText: '锁定' }).waitFor()
  await other.clock.fastForward('14:00')
  await page.getByTestId('person').waitFor()
  await other.clock.fastForward('02:00')
  await other.getByTestId('login').waitFor()
  await page.getByTestId('login').waitFor()
  await login(page, CASHIER)
  await other.getByTestId('login').waitFor({ state: 'detached' })
}, 120_000)
