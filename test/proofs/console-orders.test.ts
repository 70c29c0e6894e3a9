/** The rooms of products and orders in real Chromium: what is priced and placed there reaches a real branch. */
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OrderDocument } from '../../schemas/collections/orders.ts'
import type { OrderPage, ProductPage } from '../../schemas/protocol/listings.ts'
import type { CloudFolder } from '../support/cloud-folder.ts'
import { closeConsole, expectUsable, openConsole, openRoom, says } from '../support/console-page.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { startBranch } from '../support/start-branch.ts'

let browser: Browser
let folder: CloudFolder
let cloud: NodeProcess
let branch: NodeProcess

beforeAll(async () => {
  ;({ browser, folder, cloud } = await openConsole())
  await cloud.post('/api/branches', { id: 'north', name: 'North Road' })
  await cloud.post('/api/branches', { id: 'old', name: 'Old Town' })
  await cloud.post('/api/branches/old/retire', {})
  branch = await startBranch(cloud, { id: 'north', dataDir: join(folder.path, 'north') }, ['--interval', '0.2'])
  await cloud.post('/api/documents/products', {
    id: 'bun',
    name: 'Bun',
    price: 333,
    currency: 'CNY',
    category: 'Bakery',
  })
  for (let i = 0; i < 60; i++) {
    const id = `p${String(i).padStart(2, '0')}`
    await cloud.post('/api/documents/products', { id, name: `Pot ${id}`, price: 100 + i, currency: 'CNY' })
  }
}, 60_000)

afterAll(() => closeConsole({ browser, folder }))

const atBranch = (path: string) => expect.poll(() => branch.get(path).catch(() => undefined), { timeout: 20_000 })

/** Of an order that headquarters has taken. */
async function loseTheAnswer(page: Page): Promise<void> {
  await page.route('**/api/documents/orders', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await page.getByTestId('order-place').click()
  await page.getByTestId('ask-first-yes').click()
  await page.getByTestId('failed').filter({ hasText: 'not known whether it was done' }).waitFor()
  await page.unroute('**/api/documents/orders')
}

describe('the room of products', () => {
  it('brings a new product, its new price and that it is sold no longer to the branch', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'products', 'operator')
    await page.getByTestId('product-add').click()
    await page.getByTestId('product-name').fill('Longjing')
    await page.getByTestId('product-price').fill('12.805')
    await page.getByText('An amount such as 12.80.').waitFor()
    expect(await page.getByTestId('ask-first-yes').isDisabled()).toBe(true)
    await page.getByTestId('product-price').fill('12.80')
    await page.getByTestId('product-category').fill('Drinks')
    await page.getByTestId('product-code').fill('bun')
    await page.getByTestId('ask-first-yes').click()
    await page.getByTestId('code-taken').filter({ hasText: 'Bun' }).waitFor()
    await page.getByTestId('product-code').fill('6901')
    await page.keyboard.press('Enter')
    await says(page, 'Longjing was added at ¥12.80.')
    await atBranch('/api/documents/products/6901').toMatchObject({ name: 'Longjing', price: 1280, category: 'Drinks' })
    expect(await branch.get('/api/documents/products/bun')).toMatchObject({ name: 'Bun', price: 333 })

    await page.getByTestId('product-search').fill('drinks long')
    await page.getByTestId('product-bun').waitFor({ state: 'detached' })
    await page.getByTestId('product-edit-6901').click()
    await page.getByTestId('product-price').fill('15')
    await page.getByTestId('product-name').fill('Longjing tea')
    await page.getByTestId('ask-first-yes').click()
    await says(page, 'Longjing tea is saved at ¥15.00.')
    await page.getByTestId('product-6901').filter({ hasText: '¥15.00' }).waitFor()
    await atBranch('/api/documents/products/6901').toMatchObject({ name: 'Longjing tea', price: 1500 })

    await page.getByTestId('product-edit-6901').click()
    await page.getByTestId('product-sold').uncheck()
    await page.getByTestId('ask-first-yes').click()
    await page.getByTestId('product-6901').filter({ hasText: 'No longer sold' }).waitFor()
    await atBranch('/api/documents/products/6901').toMatchObject({ discontinued: true })
    await page.getByTestId('product-show').selectOption('false')
    await page.getByTestId('product-6901').waitFor({ state: 'detached' })
    await page.getByText('No product has all of these words').waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('takes no price back that somebody else has set while the product was open', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'products', 'operator')
    await page.getByTestId('product-edit-p01').click()
    await page.locator('[data-testid=ask-first-yes]:disabled').waitFor()
    await cloud.post('/api/documents/products', { id: 'p01', price: 1800 })
    await page.getByTestId('product-category').fill('Kitchen')
    await page.getByTestId('ask-first-yes').click()
    await says(page, 'Pot p01 is saved at ¥18.00.')
    expect(await cloud.get('/api/documents/products/p01')).toMatchObject({ price: 1800, category: 'Kitchen' })
    expect(errors).toEqual([])
    await page.context().close()
  }, 60_000)

  it('shows the rest of a long list when asked, and nobody changes it who may only look', async () => {
    const { page } = await openRoom(browser, cloud, 'products', 'viewer')
    await page.getByTestId('product-more').click()
    await page.getByTestId('product-p59').waitFor()
    const { products } = await cloud.get<ProductPage>('/api/products?limit=200')
    expect(await page.locator('tbody tr').count()).toBe(products.length)
    await page.getByTestId('look-only').waitFor()
    expect(await page.locator('[data-testid^=product-edit], [data-testid=product-add]').count()).toBe(0)
    await page.context().close()
  }, 60_000)

  it('has nothing serious wrong for those who do not see or do not point, in both themes, wide and narrow', async () => {
    const { page } = await openRoom(browser, cloud, 'products', 'operator')
    await page.getByTestId('product-bun').waitFor()
    await expectUsable(page)
    await page.getByTestId('product-edit-bun').click()
    await page.getByTestId('product-price').fill('x')
    await expectUsable(page)
    await page.context().close()
  }, 60_000)
})

describe('the room of orders', () => {
  it('places an order that reaches the branch, and shows what becomes of it there', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'orders', 'operator')
    await page.getByTestId('order-new').click()
    expect(await page.getByTestId('order-branch').locator('option').allTextContents()).toEqual([
      'Choose a branch',
      'North Road (north)',
    ])
    await page.getByTestId('pick-bun').click()
    expect(await page.getByTestId('order-place').isDisabled()).toBe(true)
    await page.getByTestId('order-branch').selectOption('north')
    await page.getByTestId('pick-search').fill('p05')
    await page.getByTestId('pick-bun').waitFor({ state: 'detached' })
    await page.getByTestId('pick-p05').click()
    await page.getByTestId('quantity-bun').fill('2.5')
    await page.keyboard.press('Tab')
    await page.getByTestId('more-p05').click()
    await page.getByTestId('order-note').fill('before noon')
    await page.getByTestId('order-total').filter({ hasText: '¥10.43' }).waitFor()
    await page.getByTestId('order-place').click()
    await page.getByTestId('ask-first').filter({ hasText: '2.5 × Bun' }).waitFor()
    await page.getByTestId('ask-first-yes').click()
    await says(page, /^Order north-\d{8}-[0-9A-Z]{4} is placed for North Road\.$/)

    const { orders } = await cloud.get<OrderPage>('/api/orders')
    expect(orders).toHaveLength(1)
    const { id } = orders[0]!
    await page.getByTestId(`order-status-${id}`).filter({ hasText: 'Created' }).waitFor()
    const wanted = { branchId: 'north', status: 'created', total: 1043, note: 'before noon', source: 'headquarters' }
    await atBranch(`/api/documents/orders/${id}`).toMatchObject(wanted)
    const there = await branch.get<OrderDocument>(`/api/documents/orders/${id}`)
    expect(there.lines.map(({ name, quantity, total }) => ({ name, quantity, total }))).toEqual([
      { name: 'Bun', quantity: 2.5, total: 833 },
      { name: 'Pot p05', quantity: 2, total: 210 },
    ])
    expect(there.moves).toMatchObject([{ by: 'Chen the operator', to: 'created' }])

    await branch.post('/api/documents/orders', { id, status: 'paid' })
    await expect
      .poll(() => cloud.get<OrderPage>('/api/orders').then((page) => page.orders[0]!.status), { timeout: 20_000 })
      .toBe('paid')
    await page.getByTestId('orders-again').click()
    await page.getByTestId(`order-status-${id}`).filter({ hasText: 'Paid' }).waitFor()
    await page.getByTestId('orders-branch').selectOption('old')
    await page.getByText('No orders yet.').waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('makes one order of one that is placed again after its answer was lost', async () => {
    const { page } = await openRoom(browser, cloud, 'orders', 'operator')
    await page.getByTestId('order-new').click()
    await page.getByTestId('order-branch').selectOption('north')
    await page.getByTestId('pick-bun').click()
    const before = (await cloud.get<OrderPage>('/api/orders')).orders.length
    await loseTheAnswer(page)
    await page.getByTestId('ask-first-yes').click()
    await says(page, 'is placed for North Road')
    expect((await cloud.get<OrderPage>('/api/orders')).orders).toHaveLength(before + 1)
    await page.context().close()
  }, 60_000)

  it('does not say of what was changed that it is placed, where the try before was, and places it as another one', async () => {
    const { page } = await openRoom(browser, cloud, 'orders', 'operator')
    await page.getByTestId('order-new').click()
    await page.getByTestId('order-branch').selectOption('north')
    await page.getByTestId('pick-bun').click()
    const before = (await cloud.get<OrderPage>('/api/orders')).orders.length
    await loseTheAnswer(page)
    await page.getByTestId('ask-first-no').click()
    await page.getByTestId('quantity-bun').fill('7')
    await page.keyboard.press('Tab')
    await page.getByTestId('order-place').click()
    await page.getByTestId('ask-first-yes').click()
    const [lost] = (await cloud.get<OrderPage>('/api/orders')).orders
    await page
      .getByTestId('order-earlier')
      .filter({ hasText: `order ${lost!.number} for North Road, ¥3.33. What stands here now is not placed` })
      .waitFor()
    expect(await page.getByTestId('quantity-bun').inputValue()).toBe('7')
    await page.getByTestId('order-place').click()
    await page.getByTestId('ask-first-yes').click()
    await says(page, 'is placed for North Road')
    const { orders } = await cloud.get<OrderPage>('/api/orders')
    expect([orders.length - before, ...orders.slice(0, 2).map(({ total }) => total)]).toEqual([2, 2331, 333])
    await page.context().close()
  }, 60_000)

  it('has nothing serious wrong for those who do not see or do not point, in both themes, wide and narrow', async () => {
    const { page } = await openRoom(browser, cloud, 'orders', 'operator')
    await page.getByTestId('order-new').waitFor()
    await expectUsable(page)
    await page.getByTestId('order-new').click()
    await page.getByTestId('pick-bun').click()
    await page.getByTestId('order-branch').selectOption('north')
    await expectUsable(page)
    await page.getByTestId('order-place').click()
    await expectUsable(page)
    await page.context().close()
  }, 60_000)
})
