/** The branch app as a person opens it: in Chromium, on a device that is paired, with somebody logged in. */
import { chromium, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { callNode } from '../../adapters/cli/node-client.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import type { PairingCode, StaffMember } from '../../schemas/protocol/staff.ts'
import { ensureChromium } from '../lib/chromium.mjs'

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Person {
  readonly name: string
  readonly role: 'manager' | 'cashier'
  readonly pin: string
}

/**
 * @param profile a folder; what it keeps is there at the next visit
 * @param more arguments of Chromium's command line
 */
export async function openBrowser(
  profile: string,
  options: BrowserContextOptions = {},
  more: readonly string[] = [],
): Promise<BrowserContext> {
  const executablePath = await ensureChromium()
  const args = [...ARGUMENTS, ...more]
  return chromium.launchPersistentContext(profile, { executablePath, args, headless: true, ...options })
}

/**
 * Pairs the device under a name and logs the person in, who is added to the branch's staff unless already there.
 *
 * @param url where the device finds the node, unless it is the same machine
 */
export async function letIn(
  page: Page,
  node: NodeAddress,
  person: Person,
  device: string,
  url = node.url,
): Promise<void> {
  const staff = await callNode<StaffMember[]>(node, 'GET', '/api/staff/all')
  if (!staff.some(({ name }) => name === person.name)) await callNode(node, 'POST', '/api/staff', person)
  const { code } = await callNode<PairingCode>(node, 'POST', '/api/pairing-codes', {})
  // The code is read when the app starts.
  await page.goto('about:blank')
  await page.goto(`${url}/#/pair/${code}`)
  await page.getByTestId('pair-name').fill(device)
  await page.getByTestId('pair-submit').click()
  await logIn(page, person)
}

/** Chooses the name where there are several. */
export async function logIn(page: Page, { name, pin }: Pick<Person, 'name' | 'pin'>): Promise<void> {
  const choice = page.getByTestId('login-person').filter({ hasText: name })
  const greeting = page.getByTestId('login-name').filter({ hasText: name })
  await choice.or(greeting).first().waitFor()
  if (await choice.isVisible()) await choice.click()
  await greeting.waitFor()
  await page.getByTestId('pin').fill(pin)
  await page.getByTestId('pin-done').click()
  await page.getByTestId('person').filter({ hasText: name }).waitFor()
}
