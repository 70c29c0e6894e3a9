/** Every screen of the branch app and how one comes there, for whoever looks at all of them. */
import type { Page } from 'playwright-core'

/** Who and what stands in the store, so that no screen is empty. */
export interface ShownDocuments {
  readonly memberId: string
  readonly memberName: string
  readonly orderId: string
  /** Part of the name of a product that is for sale. */
  readonly product: string
}

export interface AppScreen {
  readonly name: string
  /** After `#/`. */
  readonly place: string
  /** What a person does there until it looks as it mostly does. */
  readonly act?: (page: Page) => Promise<void>
}

const FREE_PHONE = '139 1234 5678'

export function appScreens({ memberId, memberName, orderId, product }: ShownDocuments): AppScreen[] {
  return [
    {
      name: 'members',
      place: 'members',
      act: async (page) => {
        await page.getByTestId('phone-input').fill(memberName)
        await page.getByTestId('member-card').first().waitFor()
      },
    },
    {
      name: 'member-new',
      place: 'members',
      act: async (page) => {
        await page.getByTestId('phone-input').fill(FREE_PHONE)
        await page.getByTestId('register-name').waitFor()
      },
    },
    {
      name: 'member',
      place: `members/${encodeURIComponent(memberId)}`,
      act: (page) => page.getByTestId('member-detail').waitFor(),
    },
    {
      name: 'order',
      place: 'order',
      act: async (page) => {
        const line = page.getByTestId('order-line').first()
        await page.getByTestId('product-search').fill(product)
        await page.getByTestId('product-result').first().waitFor()
        // The draft of the last time is kept.
        if (!(await line.isVisible())) await page.getByTestId('product-result').first().click()
        await line.waitFor()
        await page.getByTestId('product-search').fill('')
      },
    },
    { name: 'orders', place: 'orders', act: (page) => page.getByTestId('orders-count').waitFor() },
    {
      name: 'order-page',
      place: `orders/${encodeURIComponent(orderId)}`,
      act: (page) => page.getByTestId('order-detail').waitFor(),
    },
    // The chart is there once the orders are, and has a table behind it.
    { name: 'today', place: 'today', act: (page) => page.locator('main summary').first().waitFor() },
    { name: 'sync', place: 'sync' },
    {
      name: 'health',
      place: 'health',
      act: async (page) => {
        await page.getByTestId('sync-cycle').first().waitFor()
        await page.getByTestId('chart-requests').getByRole('img').waitFor()
      },
    },
    { name: 'health', place: 'health', act: (page) => page.getByTestId('sync-cycle').first().waitFor() },
    { name: 'requests', place: 'requests' },
    { name: 'staff', place: 'staff', act: (page) => page.getByTestId('staff-item').first().waitFor() },
    { name: 'settings', place: 'settings' },
    { name: 'me', place: 'me' },
  ]
}

/** Loads the screen anew, so that nothing of the one before is left, and waits until it stands still. */
export async function showScreen(page: Page, url: string, { place, act }: AppScreen): Promise<void> {
  await page.goto('about:blank')
  await page.goto(`${url}/#/${place}`)
  await page.locator('main').locator('h1, h2').first().waitFor()
  await act?.(page)
  await standStill(page)
}

/** Colours are not themselves while they change. */
export async function standStill(page: Page): Promise<void> {
  await page.evaluate(`document.fonts.ready.then(() => Promise.all(document.getAnimations()
    .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
    .map(({ finished }) => finished.catch(() => undefined)))).then(() => undefined)`)
}
