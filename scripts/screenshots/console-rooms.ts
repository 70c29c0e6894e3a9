/** Every room of headquarters' page and how one comes there, for whoever looks at all of them. */
import type { Page } from 'playwright-core'
import { standStill } from './app-screens.ts'

export interface ConsoleRoom {
  readonly name: string
  /** After `#/`. */
  readonly place: string
  /** What a person does there until it looks as it mostly does. */
  readonly act: (page: Page) => Promise<void>
  /** On a desktop, where more than one window of it is to be seen at once. */
  readonly height?: number
}

/** Branches, each in another state, and part of a member's name. */
export interface ShownChain {
  readonly wellBranch: string
  readonly silentBranch: string
  readonly troubledBranch: string
  readonly memberName: string
}

export function consoleRooms({ wellBranch, silentBranch, troubledBranch, memberName }: ShownChain): ConsoleRoom[] {
  const branchPage = (name: string, id: string): ConsoleRoom => ({
    name,
    place: `health?branch=${id}`,
    act: async (page) => {
      await page.getByTestId('sync-cycle').first().waitFor()
      await page.getByTestId('chart-requests').getByRole('img').waitFor()
    },
  })
  return [
    {
      name: 'health',
      place: 'health',
      height: 1360,
      act: async (page) => {
        await page.getByTestId(`branch-sales-${wellBranch}`).waitFor()
        await page.getByTestId('slo-rate').filter({ hasText: '%' }).waitFor()
        await page.getByTestId('alerts').waitFor()
      },
    },
    branchPage('branch-well', wellBranch),
    branchPage('branch-silent', silentBranch),
    branchPage('branch-trouble', troubledBranch),
    { name: 'log', place: 'log', act: (page) => page.getByTestId('log-open').first().waitFor() },
    {
      name: 'log-entry',
      place: 'log?kind=push',
      act: async (page) => {
        await page.getByTestId('log-open').first().click()
        await page.getByTestId('log-entry').waitFor()
      },
    },
    {
      name: 'log-trail',
      place: 'log?kind=push',
      act: async (page) => {
        await page.getByTestId('log-request-open').first().click()
        await page.getByTestId('trail-verdict').waitFor()
      },
    },
    { name: 'figures', place: 'dashboards', act: (page) => page.getByTestId('new-members-chart').waitFor() },
    {
      name: 'branches',
      place: 'branches',
      act: (page) => page.getByTestId(`branch-state-${silentBranch}`).waitFor(),
    },
    {
      name: 'branch',
      place: `branches?branch=${wellBranch}`,
      act: (page) => page.locator('main h2, main h3').first().waitFor(),
    },
    { name: 'products', place: 'products', act: (page) => page.getByTestId('product-count').waitFor() },
    {
      name: 'orders',
      place: 'orders',
      act: async (page) => {
        await page.getByTestId('orders-branch').selectOption(wellBranch)
        await page.locator('[data-testid^=order-status-]').first().waitFor()
      },
    },
    {
      name: 'exceptions',
      place: 'exceptions',
      act: (page) => page.getByTestId('exception-look').first().waitFor(),
    },
    {
      name: 'exception',
      place: 'exceptions',
      act: async (page) => {
        await page.getByTestId('exception-look').first().click()
        await page.getByTestId('states').waitFor()
      },
    },
    {
      name: 'members',
      place: 'members',
      act: async (page) => {
        await page.getByTestId('find-what').fill(memberName)
        await page.getByTestId('find-do').click()
        await page.locator('[data-testid^=request-]').first().waitFor()
      },
    },
  ]
}

/** Loads the room anew, so that nothing of the one before is left, and waits until it stands still. */
export async function showRoom(page: Page, url: string, { place, act }: ConsoleRoom): Promise<void> {
  await page.goto('about:blank')
  await page.goto(`${url}/#/${place}`)
  await act(page)
  await standStill(page)
}
