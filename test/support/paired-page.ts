/** The branch app in Chromium with its device paired and somebody logged in, as most of what people do there begins. */
import type { Browser, Page } from 'playwright-core'
import type { PairingCode, StaffMember } from '../../schemas/protocol/staff.ts'
import { openPage } from './browser.ts'
import type { NodeProcess } from './node-process.ts'

export const MANAGER = { name: 'Zhang Min', role: 'manager', pin: '830417' } as const

/**
 * @param path of the app, such as `/#/today`
 * @param device its name
 */
export async function openPairedPage(
  browser: Browser,
  node: NodeProcess,
  path = '/#/members',
  device = 'Till',
): Promise<{ page: Page; errors: string[] }> {
  const staff = await node.get<StaffMember[]>('/api/staff/all')
  if (!staff.some(({ name }) => name === MANAGER.name)) await node.post('/api/staff', MANAGER)
  const opened = await openPage(browser, `${node.url}/#/pair/${await newCode(node)}`)
  await opened.page.getByTestId('pair-name').fill(device)
  await opened.page.getByTestId('pair-submit').click()
  await login(opened.page, MANAGER)
  await opened.page.goto(`${node.url}${path}`)
  return opened
}

export async function newCode(node: NodeProcess): Promise<string> {
  return (await node.post<PairingCode>('/api/pairing-codes', {})).code
}

/** Chooses the name where there are several. */
export async function login(page: Page, { name, pin }: { readonly name: string; readonly pin: string }): Promise<void> {
  const person = page.getByTestId('login-person').filter({ hasText: name })
  const greeting = page.getByTestId('login-name').filter({ hasText: name })
  await person.or(greeting).first().waitFor()
  if (await person.isVisible()) await person.click()
  await greeting.waitFor()
  await givePin(page, pin)
  await page.getByTestId('person').filter({ hasText: name }).waitFor()
}

/** To the pad that is there. */
export async function givePin(page: Page, pin: string): Promise<void> {
  await page.getByTestId('pin').fill(pin)
  await page.getByTestId('pin-done').click()
}
