/** The health page in Chromium with somebody logged in, who may look and no more unless said. */
import type { Browser, Page } from 'playwright-core'
import type { AccountRole } from '../../schemas/access.ts'
import { openPage } from './browser.ts'
import type { NodeProcess } from './node-process.ts'

const PASSWORD = 'correct horse battery'

/** Once for each role and headquarters. */
export async function openHealthPage(
  browser: Browser,
  cloud: NodeProcess,
  role: AccountRole = 'viewer',
): Promise<{ page: Page; errors: string[] }> {
  const name = `Chen the ${role}`
  await cloud.post('/api/accounts', { name, password: PASSWORD, role })
  const opened = await openPage(browser, cloud.url)
  await opened.page.getByTestId('login-name').fill(name)
  await opened.page.getByTestId('login-password').fill(PASSWORD)
  await opened.page.getByTestId('login-submit').click()
  return opened
}
