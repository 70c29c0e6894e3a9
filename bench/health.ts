/**
 * Headquarters' health page, its figures and its sync log with hundreds of branches and a full log: how large the log's
 * file becomes, what noting costs a push, how soon addresses answer and pages show something. Node, browser and whoever
 * asks share the machine.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { callNode, commandHeaders } from '../adapters/cli/node-client.ts'
import { SyncLog } from '../adapters/synclog/sync-log.ts'
import { SyncRecorder } from '../adapters/synclog/sync-recorder.ts'
import type { SyncLogPage } from '../schemas/protocol/sync-log.ts'
import { openBrowser } from '../scripts/screenshots/app-page.ts'
import { addProbe, readyAt } from './support/app-probe.ts'
import { branchIds, fillLog, hearBranches, type ManyBranches } from './support/headquarters-of-many.ts'
import { orderBatches } from './support/order-batches.ts'
import { startCloud, type NodeServer } from './support/outpost-nodes.ts'
import { openPushPeer } from './support/push-peer.ts'
import { runBenchmark, type BenchmarkRun } from './support/run-benchmark.ts'
import { median, pairedRatio, percentile, timed } from './support/samples.ts'

export const description =
  "Headquarters' health page, addresses and sync log with 500 branches and a million entries, and what noting costs a push"

const MOST_BRANCHES = 500
const ENTRIES_A_BRANCH = 2000
/** Pushes of each kind, and questions at each address; fewer of a small log. */
const MOST_TIMES = 200
const WARM_UP = 10
const VISITS = 5
const ACCOUNT = { name: 'Chen', password: 'correct horse battery', role: 'viewer' } as const
const nothing = () => undefined
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** @param size entries of the sync log */
await runBenchmark(import.meta.url, 1_000_000, async (run) => {
  const { size, report, folder, say } = run
  const branches = branchIds(Math.max(3, Math.min(MOST_BRANCHES, Math.ceil(size / ENTRIES_A_BRANCH))))
  const many = { folder: join(folder, 'cloud'), branches }
  mkdirSync(many.folder)
  report.figure('branches', branches.length, 'branches')
  hearBranches(many)
  const file = await measureSize(run, many)
  await measureNoting(run, file)
  say('starting headquarters')
  const node = await startCloud(many.folder)
  await callNode(node, 'POST', '/api/accounts', ACCOUNT)
  await measureAddresses(run, node)
  await measurePages(run, node)
  await node.stop()
})

function timesOf(size: number): number {
  return Math.max(10, Math.min(MOST_TIMES, Math.floor(size / 1000)))
}

/** Until the log holds what it keeps, and then half as much again. */
async function measureSize({ size, report, say }: BenchmarkRun, many: ManyBranches): Promise<string> {
  say(`noting ${1.5 * size} exchanges of ${many.branches.length} branches`)
  const rounds = [{ entries: size, hours: 24 }, ...[1, 2].map(() => ({ entries: Math.ceil(size / 4), hours: 6 }))]
  const { file, ms, mb } = await fillLog(many, size, rounds)
  const [full, , after] = mb as [number, number, number]
  report.figure('log.sqlite, full', full, 'MB')
  report.figure('log.sqlite, after half as much again', after, 'MB')
  report.figure('noting an exchange, written and forgotten', (ms[2]! * 1000) / Math.ceil(size / 4), 'µs')
  report.ratio('log.sqlite after half as much again / full', after / full)
  report.below('log.sqlite, MB', 600, after)
  // The history of the last hours comes on top of entries and documents, which stay as many.
  report.below('log.sqlite after half as much again / full', 1.1, after / full)
  return file
}

/** Pushes into two headquarters in turn, of which one notes them in the full log. */
async function measureNoting({ size, report, folder, say }: BenchmarkRun, file: string): Promise<void> {
  for (const orders of [1, 100]) {
    say(`pushing ${orders === 1 ? 'single orders' : `batches of ${orders} orders`}, noted and unnoted in turn`)
    const syncLog = new SyncLog({ file, log, nowMs: Date.now })
    const recorder = new SyncRecorder(log)
    recorder.onEntry(syncLog.note)
    const noted = await openPushPeer(join(folder, `noted-${orders}`), true, recorder)
    const unnoted = await openPushPeer(join(folder, `unnoted-${orders}`), true)
    const [withIt, without]: number[][] = [[], []]
    for (const [i, batch] of orderBatches(timesOf(size) + WARM_UP, orders).entries()) {
      const turns = [
        async () => withIt!.push(await timed(() => noted.push(batch))),
        async () => without!.push(await timed(() => unnoted.push(batch))),
      ]
      for (const turn of i % 2 === 0 ? turns : turns.toReversed()) await turn()
    }
    for (const peer of [noted, unnoted]) await peer.close()
    syncLog.close()
    const [ours, theirs] = [withIt!.slice(WARM_UP), without!.slice(WARM_UP)]
    const what = `push of ${orders} order${orders === 1 ? '' : 's'}`
    report.figure(`${what}, noted, p50`, median(ours), 'ms')
    report.figure(`${what}, unnoted, p50`, median(theirs), 'ms')
    report.ratio(`${what} noted / unnoted`, pairedRatio(ours, theirs))
    report.below(`${what} noted / unnoted`, 1.1, pairedRatio(ours, theirs))
  }
}

async function measureAddresses({ size, report, say }: BenchmarkRun, node: NodeServer): Promise<void> {
  say('asking for figures')
  const { entries } = await callNode<SyncLogPage>(node, 'GET', '/api/sync-log?kind=push&outcome=ok&limit=1')
  const request = entries[0]?.requestId ?? 'none'
  const dayAgo = encodeURIComponent(new Date(Date.now() - 24 * 3_600_000).toISOString())
  const asked: readonly (readonly [name: string, path: string, aimMs?: number])[] = [
    ['/metrics', '/metrics', 200],
    ['/api/status', '/api/status', 100],
    ['/api/chain-figures', '/api/chain-figures', 100],
    ['/api/sync-figures', '/api/sync-figures'],
    ['/api/sync-history of a day', '/api/sync-history'],
    ['sync log, newest', '/api/sync-log?limit=50', 50],
    ['sync log, a branch', '/api/sync-log?limit=50&branch=b0002', 50],
    ['sync log, a kind', '/api/sync-log?limit=50&kind=stats', 50],
    ['sync log, failures', '/api/sync-log?limit=50&outcome=failed', 50],
    ['sync log, a code of a branch', '/api/sync-log?limit=50&code=CLOCK_AHEAD&branch=b0002', 50],
    ['sync log, until a day ago', `/api/sync-log?limit=50&to=${dayAgo}`, 50],
    ['sync log, a document that is not there', '/api/sync-log?limit=50&document=orders/none', 50],
    ['sync log, a request’s trail', `/api/sync-log/request/${request}`, 100],
  ]
  for (const [name, path, aimMs] of asked) {
    const times: number[] = []
    let bytes = 0
    for (let i = -5; i < timesOf(size); i++) {
      const ms = await timed(async () => {
        const answer = await fetch(`${node.url}${path}`, { headers: commandHeaders(node) })
        bytes = (await answer.arrayBuffer()).byteLength
        if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`)
      })
      if (i >= 0) times.push(ms)
    }
    report.figure(`${name}, p50`, median(times), 'ms')
    report.figure(`${name}, p99`, percentile(times, 99), 'ms')
    if (path.startsWith('/api/chain-figures')) report.figure(`${name}, uncompressed`, bytes / 1000, 'kB')
    if (aimMs !== undefined) report.below(`${name}, p99, ms`, aimMs, percentile(times, 99))
  }
}

/** As somebody finds it who is signed in and opens it anew. */
async function measurePages({ report, folder, say }: BenchmarkRun, node: NodeServer): Promise<void> {
  say('opening the pages')
  const browser = await openBrowser(join(folder, 'profile'), {
    locale: 'en-US',
    viewport: { width: 1280, height: 800 },
  })
  const page = await signIn(browser, node)
  for (const [room, testId] of [
    ['health', 'branches'],
    ['log', 'log-open'],
  ] as const) {
    const times: number[] = []
    for (let visit = 0; visit < VISITS; visit++) {
      await page.goto('about:blank')
      await page.goto(`${node.url}/#/${room}`)
      times.push(await readyAt(page, testId))
    }
    report.figure(`page ${room}, first data, p50`, median(times), 'ms')
    report.below(`page ${room}, first data, p50, ms`, 1000, median(times))
  }
  await browser.close()
}

async function signIn(browser: BrowserContext, node: NodeServer): Promise<Page> {
  const page = browser.pages()[0] ?? (await browser.newPage())
  await addProbe(page)
  await page.goto(node.url)
  await page.getByTestId('login-name').fill(ACCOUNT.name)
  await page.getByTestId('login-password').fill(ACCOUNT.password)
  await page.getByTestId('login-submit').click()
  await page.getByTestId('room-log').waitFor()
  return page
}
