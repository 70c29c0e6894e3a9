/** A room of headquarters' page with somebody logged in, and what every room must be like. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { standStill } from '../../scripts/screenshots/app-screens.ts'
import type { AccountRole } from '../../schemas/access.ts'
import { openPage } from './browser.ts'
import { PASSWORD } from './cloud-folder.ts'
import type { NodeProcess } from './node-process.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

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
