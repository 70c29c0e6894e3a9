/**
 * The branch app of a large branch in real Chromium, against its real local node, with headquarters away: what the
 * device takes at its first visit, and how quick it is at the second one, when everything is there. All times but the first
 * load are the page's own.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserContext, Page } from 'playwright-core'
import { letIn, openBrowser } from '../scripts/screenshots/app-page.ts'
import { startLargeBranch } from './support/app-branch.ts'
import { memberName, phoneNumber } from './support/app-documents.ts'
import { areCardsKept, bundleBytes, documentsHeld } from './support/app-load.ts'
import { addProbe, readyAt, timeOf } from './support/app-probe.ts'
import { runBenchmark, type BenchmarkRun } from './support/run-benchmark.ts'
import { median, percentile, timed } from './support/samples.ts'

export const description =
  'The branch app in Chromium with 100,000 members and 20,000 orders: its start, finding a member, saving an order'

const MEMBERS_AN_ORDER = 5
const VISITS = 5
const SEARCHES = 8
const ORDERS = 30
const LOOK_EVERY_MS = 500
const PATIENCE_MS = 1_800_000
const QUIET_LOOKS = 10
const MOST_BUSY = 0.1
const MANAGER = { name: 'Zhang Min', role: 'manager', pin: '830417' } as const
const DEVICE = { locale: 'en-US', viewport: { width: 1280, height: 800 } } as const

/** @param size members; a fifth as many orders */
await runBenchmark(import.meta.url, 100_000, async (run) => {
  const { size, report, folder, say } = run
  const branch = { members: size, orders: Math.ceil(size / MEMBERS_AN_ORDER) }
  say(`writing ${branch.members} members and ${branch.orders} orders into the branch's store`)
  const node = await startLargeBranch(folder, branch)
  const profile = join(folder, 'profile')

  say('first visit: pairing, then everything comes from the node')
  let browser = await openBrowser(profile, DEVICE)
  const first = await firstPage(browser)
  await letIn(first, node, MANAGER, 'Till')
  await readyAt(first, 'phone-input')
  const bundle = (await bundleBytes(first)) / 1_000
  report.figure('bundle of the first screen, gzip', bundle, 'kB')
  report.below('bundle of the first screen, gzip, kB', 350, bundle)
  const loadMs = await timed(() => loadAll(first, branch, say))
  report.figure('first visit until all documents are on the device', loadMs / 1_000, 's')
  // What it has received it still goes through for what it would have to send.
  const restMs = await timed(() => atRest(first))
  report.figure('first visit, from then until the page is at rest', restMs / 1_000, 's')
  await browser.close()

  const [ready, searchable]: [number[], number[]] = [[], []]
  for (let visit = 1; visit <= VISITS; visit++) {
    say(`visit ${visit + 1}`)
    browser = await openBrowser(profile, DEVICE)
    const page = await firstPage(browser)
    await page.goto(node.url)
    ready.push(await readyAt(page, 'phone-input'))
    // Somebody who is among the last in whatever order they are read.
    await page.getByTestId('phone-input').fill(memberName(size - 1))
    searchable.push(await readyAt(page, 'member-card'))
    if (visit < VISITS) await browser.close()
  }
  const page = browser.pages()[0]!
  report.figure('second visit, members screen ready for typing, p50', median(ready), 'ms')
  report.figure('second visit, all members found, p50', median(searchable), 'ms')
  report.below('second visit, members screen ready for typing, ms', 2_000, median(ready))

  say('finding members')
  tell(run, 'a key while finding a member, shown', await keystrokes(page, size), 50)
  say('taking orders')
  tell(run, 'saving an order, from the tap until it says so', await savedOrders(page), 100)
  await browser.close()
  await node.stop()
})

async function firstPage(browser: BrowserContext): Promise<Page> {
  const page = browser.pages()[0] ?? (await browser.newPage())
  page.setDefaultTimeout(60_000)
  await addProbe(page)
  return page
}

/** Until the device holds everything and has put its cards away for the next visit. */
async function loadAll(
  page: Page,
  count: Record<'members' | 'orders', number>,
  say: (line: string) => void,
): Promise<void> {
  let saidAt = 0
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    const [members, orders] = [await documentsHeld(page, 'members'), await documentsHeld(page, 'orders')]
    const isWhole = members >= count.members && orders >= count.orders
    if (isWhole && (await areCardsKept(page, 'members')) && (await areCardsKept(page, 'orders'))) return
    if (performance.now() - saidAt > 10_000) {
      say(`  ${members} members, ${orders} orders`)
      saidAt = performance.now()
    }
    await sleep(LOOK_EVERY_MS)
  }
  throw new Error('the device did not get everything')
}

/** Until the page has been idle for most of some seconds in a row. */
async function atRest(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const busySeconds = async () =>
    (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')!.value
  let [quiet, before] = [0, await busySeconds()]
  for (let waited = 0; quiet < QUIET_LOOKS; waited += LOOK_EVERY_MS) {
    if (waited > PATIENCE_MS) throw new Error('the page does not come to rest')
    await sleep(LOOK_EVERY_MS)
    const now = await busySeconds()
    quiet = (now - before) * 1_000 < LOOK_EVERY_MS * MOST_BUSY ? quiet + 1 : 0
    before = now
  }
  await session.detach()
}

/** Half of a name and half of a phone, key by key; each search begins with an empty field. */
async function keystrokes(page: Page, members: number): Promise<number[]> {
  const times: number[] = []
  const field = page.getByTestId('phone-input')
  for (let i = 0; i < SEARCHES; i++) {
    const number = Math.floor((members * (i + 0.5)) / SEARCHES)
    for (const text of [memberName(number), phoneNumber(number).slice('+86'.length)]) {
      await field.fill('')
      await field.focus()
      for (const key of text) times.push(await timeOf(page, () => page.keyboard.insertText(key), { event: 'input' }))
      await page.getByTestId('member-card').first().waitFor()
    }
  }
  return times
}

async function savedOrders(page: Page): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < ORDERS; i++) {
    await page.getByTestId('nav-members').click()
    await page.getByTestId('phone-input').fill(phoneNumber(i))
    await page.getByTestId('member-select').first().click()
    await page.getByTestId('product-search').fill('Longjing')
    await page.getByTestId('product-result').first().click()
    const pay = page.getByTestId('order-pay')
    times.push(await timeOf(page, () => pay.click(), { event: 'click', testId: 'order-done' }))
  }
  return times
}

function tell({ report, say }: BenchmarkRun, name: string, times: readonly number[], aimMs: number): void {
  for (const p of [50, 95, 99]) report.figure(`${name}, p${p}`, percentile(times, p), 'ms')
  report.below(`${name}, p95, ms`, aimMs, percentile(times, 95))
  say(`  p50 ${median(times).toFixed(1)} ms, p95 ${percentile(times, 95).toFixed(1)} ms of ${times.length}`)
}
