/** The job of `npm run screenshots`: a chain of two branches, a device of one of them for each language, and headquarters' page. */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { callNode } from '../../adapters/cli/node-client.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import type { PairingCode } from '../../schemas/protocol/staff.ts'
import { DemoChain } from '../demo/chain.ts'
import { waitUntilInSync } from '../demo/final-report.ts'
import { createProgress } from '../demo/progress.ts'
import { CATALOGUE } from '../demo/trade-day.ts'
import { stopAll } from '../lib/process-tree.mjs'
import { letIn, openBrowser, type Person } from './app-page.ts'
import { appScreens, showScreen, standStill, type ShownDocuments } from './app-screens.ts'
import { tradeForAWeek } from './shown-branch.ts'

const LANGUAGES = { zh: 'zh-CN', en: 'en-US' } as const
const THEMES = ['light', 'dark'] as const
const SIZES = { tablet: { width: 820, height: 1180 }, desktop: { width: 1280, height: 800 } } as const
const PHONE = { width: 390, height: 844 } as const
const SYNC_DEADLINE_MS = 60_000
const BRANCH = { id: 'north', name: '城北店 North Gate' } as const
/** Only headquarters shows it. */
const OTHER_BRANCH = { id: 'south', name: '城南店 South Gate' } as const
const MANAGER: Person = { name: '张敏 Zhang Min', role: 'manager', pin: '830417' }
const CASHIER: Person = { name: '王伟 Wang Wei', role: 'cashier', pin: '407193' }
const VIEWER = { name: '李娜 Li Na', role: 'viewer', password: 'only for these pictures' } as const
/** Those that the README shows, and what they are called there. */
const SHOWN = {
  'order-zh-light-desktop': 'app-order',
  'member-en-light-desktop': 'app-member',
  'today-zh-dark-desktop': 'app-today',
  'sync-en-dark-desktop': 'app-sync',
  'cloud-figures-en-light-desktop': 'figures-page',
} as const
/** Headquarters' rooms: what they are called, how one comes there, and what is there last. */
const CLOUD_ROOMS = [
  ['health', 'room-health', `branch-sales-${OTHER_BRANCH.id}`],
  ['figures', 'room-dashboards', 'new-members-chart'],
] as const
/** Where the device keeps who is logged in. */
const LOGIN_RECORD = 'outpost.login'

const [images = ''] = process.argv.slice(2)
const progress = createProgress()
try {
  const folder = join(process.env['OUTPOST_STATE']!, 'chain')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  rmSync(images, { recursive: true, force: true })
  mkdirSync(images, { recursive: true })
  const chain = await startChain(folder, process.env['MYSQL_URL']!)
  const { node } = chain.branches[0]!
  const staff = { cashier: CASHIER.name, manager: MANAGER.name }
  const shown = await tradeForAWeek(node, BRANCH.id, Date.now(), staff)
  await tradeForAWeek(chain.branches[1]!.node, OTHER_BRANCH.id, Date.now(), staff, 2)
  await waitUntilInSync(chain, progress, SYNC_DEADLINE_MS)
  for (const language of Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[]) {
    progress.say(`taking pictures in ${LANGUAGES[language]}`)
    await takePictures(language, node, shown, join(folder, `device-${language}`))
    await takeCloudPictures(language, chain.cloud, join(folder, `cloud-${language}`))
  }
  for (const [picture, name] of Object.entries(SHOWN)) {
    copyFileSync(join(images, `${picture}.png`), join(dirname(images), `${name}.png`))
  }
  await chain.stop()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exitCode = 1
} finally {
  progress.stop()
  await stopAll()
}

async function startChain(folder: string, mysqlServer: string): Promise<DemoChain> {
  const mysqlUrl = new URL(mysqlServer)
  if (mysqlUrl.pathname.length <= 1) mysqlUrl.pathname = '/outpost_screenshots'
  const chain = await DemoChain.start({
    folder,
    mysqlUrl: mysqlUrl.href,
    country: 'CN',
    currency: 'CNY',
    cloudPort: 0,
    branchPort: 0,
    onLine: (line) => progress.say(line),
  })
  await callNode(chain.cloud, 'POST', '/api/import', CATALOGUE)
  const { node } = await chain.addBranch(BRANCH.id, BRANCH.name)
  await chain.addBranch(OTHER_BRANCH.id, OTHER_BRANCH.name)
  await callNode(chain.cloud, 'POST', '/api/accounts', VIEWER)
  await callNode(node, 'POST', '/api/staff', CASHIER)
  return chain
}

async function takePictures(
  language: keyof typeof LANGUAGES,
  node: NodeAddress,
  shown: ShownDocuments,
  profile: string,
): Promise<void> {
  const context = await openBrowser(profile, { locale: LANGUAGES[language], reducedMotion: 'reduce' })
  const page = context.pages()[0]!
  const take = (name: string) => pictures(page, `${name}-${language}`)
  const { code } = await callNode<PairingCode>(node, 'POST', '/api/pairing-codes', {})
  await page.goto(`${node.url}/#/pair/${code}`)
  await page.getByTestId('pair-submit').waitFor()
  await take('pair')
  await letIn(page, node, MANAGER, `${language === 'zh' ? '收银台' : 'Till'} 1`)
  for (const screen of appScreens(shown)) {
    await showScreen(page, node.url, screen)
    await take(screen.name)
  }
  await page.evaluate(`localStorage.removeItem('${LOGIN_RECORD}')`)
  await page.reload()
  await page.getByTestId('login-person').first().waitFor()
  await take('login')
  await context.close()
}

async function takeCloudPictures(language: keyof typeof LANGUAGES, cloud: NodeAddress, profile: string): Promise<void> {
  const context = await openBrowser(profile, { locale: LANGUAGES[language], reducedMotion: 'reduce' })
  const page = context.pages()[0]!
  await page.goto(cloud.url)
  await page.getByTestId('login-name').fill(VIEWER.name)
  await page.getByTestId('login-password').fill(VIEWER.password)
  await page.getByTestId('login-submit').click()
  for (const [name, room, sign] of CLOUD_ROOMS) {
    await page.getByTestId(room).click()
    await page.getByTestId(sign).waitFor()
    await pictures(page, `cloud-${name}-${language}`, { ...SIZES, phone: PHONE }, true)
  }
  await context.close()
}

/** The same in all themes and sizes. */
async function pictures(
  page: Page,
  name: string,
  sizes: Readonly<Record<string, { width: number; height: number }>> = SIZES,
  fullPage = false,
): Promise<void> {
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme })
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport)
      await standStill(page)
      const path = join(images, `${name}-${colorScheme}-${size}.png`)
      // What the README shows is as large as a window.
      await page.screenshot({ path, animations: 'disabled', fullPage: fullPage && size !== 'desktop' })
    }
  }
}
