/** The job of `npm run screenshots`: a chain of three branches, a device of one of them for each language, and headquarters' page. */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { callNode } from '../../adapters/cli/node-client.ts'
import { MysqlSession } from '../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../adapters/mysql/mysql-target.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import type { OrderPage } from '../../schemas/protocol/listings.ts'
import type { PairingCode } from '../../schemas/protocol/staff.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { DemoChain, type BranchHandle } from '../demo/chain.ts'
import { waitUntilInSync } from '../demo/final-report.ts'
import { createProgress } from '../demo/progress.ts'
import { statusWhere } from '../demo/status-events.ts'
import { CATALOGUE } from '../demo/trade-day.ts'
import { stopAll } from '../lib/process-tree.mjs'
import { letIn, openBrowser, type Person } from './app-page.ts'
import { appScreens, showScreen, standStill, type ShownDocuments } from './app-screens.ts'
import { consoleRooms, showRoom } from './console-rooms.ts'
import { tradeAt, tradeSinceOpening } from './day-of-trade.ts'
import { tradeForAWeek } from './shown-branch.ts'

const LANGUAGES = { zh: 'zh-CN', en: 'en-US' } as const
const THEMES = ['light', 'dark'] as const
const SIZES = { tablet: { width: 820, height: 1180 }, desktop: { width: 1280, height: 800 } } as const
const PHONE = { width: 390, height: 844 } as const
const SYNC_DEADLINE_MS = 60_000
const LASTING_MS = 61_000
/** Orders at the branch that falls silent. */
const WAITING = 12
const BRANCH = { id: 'north', name: '城北店 North Gate' } as const
/** Only headquarters shows these: one whose link is cut, and one with an order that somebody has to decide about. */
const SILENT_BRANCH = { id: 'south', name: '城南店 South Gate' } as const
const TROUBLED_BRANCH = { id: 'west', name: '城西店 West Market' } as const
/** Of five minutes: three hours are enough for charts. */
const STEPS = 36
const YESTERDAY_MS = 25 * 3_600_000
const MANAGER: Person = { name: '张敏 Zhang Min', role: 'manager', pin: '830417' }
const CASHIER: Person = { name: '王伟 Wang Wei', role: 'cashier', pin: '407193' }
const ADMINISTRATOR = { name: '李娜 Li Na', role: 'administrator', password: 'only for these pictures' } as const
/** Those that the README shows, and what they are called there. */
const SHOWN = {
  'order-zh-light-desktop': 'app-order',
  'member-en-light-desktop': 'app-member',
  'today-zh-dark-desktop': 'app-today',
  'sync-en-dark-desktop': 'app-sync',
  'cloud-figures-en-light-desktop': 'figures-page',
  'cloud-health-en-light-desktop': 'health-page',
} as const
/** Of nobody else: it is dropped at the beginning, or pictures would show what is left of those before. */
const DATABASE = 'outpost_screenshots'
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
  const mysqlUrl = await withoutRows(process.env['MYSQL_URL']!)
  const start = () => startChain(folder, mysqlUrl)
  const staff = { cashier: CASHIER.name, manager: MANAGER.name }
  let shown: ShownDocuments | undefined
  // Before the hours that charts show: so much at once would dwarf everything else.
  await tradeAt(YESTERDAY_MS, start, async ({ branches }) => {
    shown = await tradeForAWeek(branches[0]!.node, BRANCH.id, Date.now(), staff)
    await tradeForAWeek(branches[1]!.node, SILENT_BRANCH.id, Date.now(), staff, 2)
  })
  await tradeSinceOpening(start, STEPS, progress)
  const chain = await start()
  const { node } = chain.branches[0]!
  await waitUntilInSync(chain, progress, SYNC_DEADLINE_MS)
  await disturb(chain)
  for (const language of Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[]) {
    progress.say(`taking pictures in ${LANGUAGES[language]}`)
    await takePictures(language, node, shown!, join(folder, `device-${language}`))
    await takeCloudPictures(language, chain.cloud, shown!.memberName, join(folder, `cloud-${language}`))
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

/** @returns the URL of an own database on the server, which has nothing in it */
async function withoutRows(server: string): Promise<string> {
  const url = new URL(server)
  url.pathname = `/${DATABASE}`
  const session = await MysqlSession.open(parseMysqlUrl(url.href))
  await session.command(`DROP DATABASE ${DATABASE}`)
  session.destroy()
  return url.href
}

async function startChain(folder: string, mysqlUrl: string): Promise<DemoChain> {
  const chain = await DemoChain.start({
    folder,
    mysqlUrl,
    country: 'CN',
    currency: 'CNY',
    cloudPort: 0,
    branchPort: 0,
    onLine: (line) => progress.say(line),
  })
  const isNew = Object.values((await chain.cloudStatus()).collections).every(({ documents }) => documents === 0)
  if (isNew) {
    await callNode(chain.cloud, 'POST', '/api/import', CATALOGUE)
    await callNode(chain.cloud, 'POST', '/api/accounts', ADMINISTRATOR)
  }
  for (const { id, name } of [BRANCH, SILENT_BRANCH, TROUBLED_BRANCH]) await chain.addBranch(id, name)
  if (isNew) await callNode(chain.branches[0]!.node, 'POST', '/api/staff', CASHIER)
  return chain
}

/** One branch falls silent with something to send, another one and headquarters end an order in two ways. */
async function disturb({ cloud, branches }: DemoChain): Promise<void> {
  const [, silent, troubled] = branches as [BranchHandle, BranchHandle, BranchHandle]
  const { orders } = await callNode<OrderPage>(cloud, 'GET', `/api/orders?branch=${troubled.id}`)
  const id = orders[0]!.id
  troubled.link.cut()
  await callNode(troubled.node, 'POST', '/api/documents/orders', { id, status: 'refunded' })
  await callNode(cloud, 'POST', '/api/documents/orders', { id, status: 'closed' })
  troubled.link.restore()
  await callNode(silent.node, 'POST', '/api/sync/settings', { action: 'set', suspend: ['orders'] })
  for (let i = 0; i < WAITING; i++) {
    const order = { id: `waits-${i}`, branchId: silent.id, number: `C-${i}`, placedAt: new Date().toISOString() }
    const sold = { status: 'paid', round: 1, lines: [], total: 0, currency: 'CNY' }
    await callNode(silent.node, 'POST', '/api/documents/orders', { ...order, ...sold })
  }
  await statusWhere<CloudNodeStatus>(
    cloud,
    ({ branches: rows, exceptions }) =>
      exceptions > 0 &&
      rows.some(({ id: of, reported }) => of === silent.id && reported?.backlog.documents === WAITING) &&
      rows.some(({ id: of, reported }) => of === troubled.id && reported!.exceptions > 0),
  )
  // Only of a stream that has lasted its end is a sign.
  await statusWhere<CloudNodeStatus>(
    cloud,
    ({ time, branches: rows }) =>
      rows.every(({ link }) => link?.state === 'open' && Date.parse(time) - Date.parse(link.since) > LASTING_MS),
    2 * LASTING_MS,
  )
  silent.link.cut()
}

async function takePictures(
  language: keyof typeof LANGUAGES,
  node: NodeAddress,
  shown: ShownDocuments,
  profile: string,
): Promise<void> {
  const context = await openBrowser(profile, { locale: LANGUAGES[language], reducedMotion: 'reduce' })
  const page = context.pages()[0]!
  try {
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
  } finally {
    await context.close()
  }
}

async function takeCloudPictures(
  language: keyof typeof LANGUAGES,
  cloud: NodeAddress,
  memberName: string,
  profile: string,
): Promise<void> {
  const context = await openBrowser(profile, { locale: LANGUAGES[language], reducedMotion: 'reduce' })
  const page = context.pages()[0]!
  try {
    await page.goto(cloud.url)
    await page.getByTestId('login-name').fill(ADMINISTRATOR.name)
    await page.getByTestId('login-password').fill(ADMINISTRATOR.password)
    await page.getByTestId('login-submit').click()
    await page.getByTestId('tally-silent').filter({ hasText: /^1/ }).waitFor()
    const chain = { wellBranch: BRANCH.id, silentBranch: SILENT_BRANCH.id, troubledBranch: TROUBLED_BRANCH.id }
    for (const room of consoleRooms({ ...chain, memberName })) {
      await showRoom(page, cloud.url, room)
      const { width, height } = SIZES.desktop
      const desktop = { width, height: room.height ?? height }
      await pictures(page, `cloud-${room.name}-${language}`, { ...SIZES, desktop, phone: PHONE }, true)
    }
  } finally {
    await context.close()
  }
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
