/** A room of headquarters' page with somebody logged in, and what every room must be like. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { standStill } from '../../scripts/screenshots/app-screens.ts'
import type { AccountRole } from '../../schemas/access.ts'
import { launchBrowser, openPage } from './browser.ts'
import { openCloudFolder, PASSWORD, type CloudFolder } from './cloud-folder.ts'
import type { NodeProcess } from './node-process.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface Console {
  readonly browser: Browser
  readonly folder: CloudFolder
  readonly cloud: NodeProcess
}

/** Headquarters with an account of each role, and a browser for its pages. */
export async function openConsole(): Promise<Console> {
  const browser = await launchBrowser()
  const folder = openCloudFolder()
  const cloud = await folder.start()
  await addAccounts(cloud)
  return { browser, folder, cloud }
}

/** What of it could be opened. */
export async function closeConsole({ browser, folder }: Partial<Console>): Promise<void> {
  await browser?.close()
  await folder?.remove()
}

/** Once for each role and headquarters, before any of their pages is opened. */
export async function addAccounts(cloud: NodeProcess): Promise<void> {
  for (const role of ['viewer', 'operator', 'administrator'] as const) {
    await cloud.post('/api/accounts', { name: nameOf(role), password: PASSWORD, role })
  }
}

export async function openRoom(
  browser: Browser,
  cloud: NodeProcess,
  room: string,
  role: AccountRole,
): Promise<{ page: Page; errors: string[] }> {
  const opened = await openPage(browser, `${cloud.url}/#/${room}`)
  const { page } = opened
  await page.getByTestId('login-name').fill(nameOf(role))
  await page.getByTestId('login-password').fill(PASSWORD)
  await page.getByTestId('login-submit').click()
  await page.locator(`[data-testid=room-${room}][aria-current=page]`).waitFor()
  return opened
}

/** Until the page says that something was done. */
export async function says(page: Page, words: string | RegExp): Promise<void> {
  await page.getByTestId('said').filter({ hasText: words }).waitFor()
}

/** In the room of members. */
export async function findMember(page: Page, text: string): Promise<void> {
  await page.getByTestId('find-what').fill(text)
  await page.getByTestId('find-what').press('Enter')
}

/** In both themes, wide and narrow: nothing serious for those who do not see or do not point, and nothing beside the page. */
export async function expectUsable(page: Page): Promise<void> {
  await page.evaluate(AXE)
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 })
    for (const theme of ['light', 'dark']) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
      await standStill(page)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      const { violations, passes } = await page.evaluate<AxeResults>(
        "axe.run(document, { resultTypes: ['violations'] })",
      )
      expect(passes.length).toBeGreaterThan(10)
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(
        serious.map(({ id, nodes }) => `${theme} ${width}: ${id}: ${nodes.map(({ html }) => html).join(' | ')}`),
      ).toEqual([])
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 })
}

function nameOf(role: AccountRole): string {
  return `Chen the ${role}`
}
