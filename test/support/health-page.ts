/** The health page in Chromium with somebody logged in who may look. */
import type { Browser, Page } from 'playwright-core'
import { openPage } from './browser.ts'
import type { NodeProcess } from './node-process.ts'

const VIEWER = { name: 'Chen', password: 'correct horse battery' } as const

/** Once for each headquarters. */
export async function openHealthPage(browser: Browser, cloud: NodeProcess): Promise<{ page: Page; errors: string[] }> {
  await cloud.post('/api/accounts', { ...VIEWER, role: 'viewer' })
  const opened = await openPage(browser, cloud.url)
  await opened.page.getByTestId('login-name').fill(VIEWER.name)
  await opened.page.getByTestId('login-password').fill(VIEWER.password)
  await opened.page.getByTestId('login-submit').click()
  return opened
}
