/**
 * The pages of health in real Chromium, of three real branches with the interval that shops have: one is cut off, one gets
 * what it cannot take, one is well. Each state is seen within five seconds of its cause, and goes by itself when the cause has gone.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import { STREAM_LIMITS } from '../../adapters/http/stream-pauses.ts'
import { BRANCH_STANDINGS, type BranchStanding } from '../../schemas/branch-standing.ts'
import type { ExceptionPage } from '../../schemas/protocol/exceptions.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { STANDING_WORDS } from '../../schemas/standing-words.ts'
import { launchBrowser } from '../support/browser.ts'
import { openCloudFolder, type CloudFolder } from '../support/cloud-folder.ts'
import { addAccounts, expectUsable, openRoom } from '../support/console-page.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { openPairedPage } from '../support/paired-page.ts'
import { programAt } from '../support/paired-program.ts'
import { testOrder } from '../support/real-chain.ts'
import { soon, type Sight } from '../support/soon.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'

const NAMES = { south: 'South Lake', north: 'North Road', east: 'East Gate' } as const
type Id = keyof typeof NAMES
const IDS = Object.keys(NAMES) as Id[]
/** Waits of what has no deadline of its own. */
const AT_LAST_MS = 45_000

let browser: Browser
let folder: CloudFolder
let cloud: NodeProcess
/** Of south. */
let link: FaultProxy
let south: NodeProcess
let north: NodeProcess
/** Headquarters' overview, as an operator has it open all the time. */
let page: Page
let errors: string[]

beforeAll(async () => {
  browser = await launchBrowser()
  folder = openCloudFolder()
  // The north branch was set up earlier, and cannot take the long notices of headquarters yet.
  writeFileSync(declared('new'), notices(false))
  writeFileSync(declared('old'), notices(true))
  cloud = await folder.start('--collections', declared('new'))
  await addAccounts(cloud)
  for (const id of IDS) await cloud.post('/api/branches', { id, name: NAMES[id] })
  link = await FaultProxy.open(cloud.url)
  south = await startHere('south', 'new', link)
  north = await startHere('north', 'old')
  const east = await startHere('east', 'new')
  for (const [id, node] of Object.entries({ south, north, east })) {
    await node.post('/api/documents/orders', testOrder(`${id}-1`, id))
  }
  ;({ page, errors } = await openRoom(browser, cloud, 'health', 'operator'))
  await standings({ south: 'in-sync', north: 'in-sync', east: 'in-sync' })(AT_LAST_MS)
  // A stream that has lasted is cut by nothing in between: when it ends, the branch has gone.
  await statusWhere<CloudNodeStatus>(
    cloud,
    ({ time, branches }) =>
      branches.every(
        ({ link: stream }) =>
          stream?.state === 'open' && Date.parse(time) - Date.parse(stream.since) > STREAM_LIMITS.longMs,
      ),
    2 * STREAM_LIMITS.longMs,
  )
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await link?.close()
  await folder?.remove()
})

function declared(name: 'new' | 'old'): string {
  return join(folder.path, `${name}.mjs`)
}

/** A module that declares notices; who has the strict one refuses what is long. */
function notices(isStrict: boolean): string {
  const schema = {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: { type: 'string', minLength: 1, maxLength: 128 },
      text: { type: 'string', maxLength: 500 },
      clock: { type: 'object', additionalProperties: true },
    },
    required: ['id', 'text'],
    additionalProperties: false,
  }
  const merge = { key: 'id', immutable: [], registers: {}, sets: [], hasStatus: false, authority: [] }
  const declaration = { name: 'notices', schema, syncClass: 15, direction: 'down', scope: 'shared', merge }
  const refusal = { code: 'DOCUMENT_INVALID', field: 'text', reason: 'text: fits no line of the old display' }
  const refuse = `refuse: (doc) => (${isStrict} && doc.text.length > 20 ? ${JSON.stringify(refusal)} : undefined)`
  return `export default { ...${JSON.stringify(declaration)}, ${refuse} }`
}

function startHere(id: Id, version: 'new' | 'old', over?: FaultProxy): Promise<NodeProcess> {
  const branch = { id, dataDir: join(folder.path, id), ...(over && { link: over }) }
  return startBranch(cloud, branch, ['--collections', declared(version)])
}

const badge = (id: Id, standing: BranchStanding) =>
  page.getByTestId(`branch-verdict-${id}`).filter({ hasText: new RegExp(`^\\W*${wordOf(standing)}$`, 'i') })

function wordOf(standing: BranchStanding): string {
  return STANDING_WORDS.en[standing]
}

/** The table shows them so, and the tally counts the same. */
function standings(expected: Readonly<Record<Id, BranchStanding>>): Sight {
  return async (timeoutMs) => {
    const untilMs = performance.now() + timeoutMs
    const left = () => Math.max(1, untilMs - performance.now())
    for (const id of IDS) await badge(id, expected[id]).waitFor({ timeout: left() })
    for (const standing of BRANCH_STANDINGS.filter((one) => one !== 'off')) {
      const count = IDS.filter((id) => expected[id] === standing).length
      await page
        .getByTestId(`tally-${standing}`)
        .filter({ hasText: new RegExp(`^${count}\\D`) })
        .waitFor({ timeout: left() })
    }
  }
}

const shows = (where: Page, testId: string, text: string | RegExp): Sight => {
  const found = where.getByTestId(testId).filter({ hasText: text })
  return (timeout) => found.waitFor({ timeout })
}
const gone = (where: Page, testId: string): Sight => {
  const found = where.getByTestId(testId)
  return (timeout) => found.waitFor({ state: 'detached', timeout })
}
/** Another page of the operator's, of one branch. */
async function openBranch(id: Id): Promise<Page> {
  const other = await page.context().newPage()
  other.on('pageerror', (error) => errors.push(error.message))
  await other.goto(`${cloud.url}/#/health?branch=${id}`)
  await other.getByTestId('branch-standing').waitFor()
  return other
}
/** When the last document was parked there; ms since 1970. */
async function parkedAt(node: NodeProcess): Promise<number> {
  const { exceptions } = await node.get<ExceptionPage>('/api/exceptions?waiting=false')
  return Math.max(0, ...exceptions.map(({ lastAt }) => Date.parse(lastAt)))
}
const rowText = (id: Id) => page.getByTestId(`branch-row-${id}`).textContent()

describe('the pages of health, of a branch that is cut off, one with a poison document and one that is well', () => {
  it('show within five seconds that a branch is cut off, what waited there when it was heard last, and how long ago', async () => {
    const ofSouth = await openBranch('south')
    const { page: there, errors: errorsThere } = await openPairedPage(browser, south, '/#/health')
    await south.post('/api/sync/settings', { action: 'set', suspend: ['orders'] })
    await south.post('/api/documents/orders', testOrder('south-2', 'south'))
    await statusWhere<CloudNodeStatus>(cloud, ({ branches }) =>
      branches.some(({ id, reported }) => id === 'south' && reported?.backlog.documents === 1),
    )
    await standings({ south: 'behind', north: 'in-sync', east: 'in-sync' })(AT_LAST_MS)
    await there.getByTestId('health-stream').filter({ hasText: 'open' }).waitFor()

    await soon(() => link.cut(), {
      'the overview says that South Lake is silent': standings({ south: 'silent', north: 'in-sync', east: 'in-sync' }),
      'the overview says so in its sentence': shows(page, 'chain-headline', 'Not heard: 1 of 3'),
      'its own page says so': shows(ofSouth, 'branch-standing', /silent/i),
      'its own page says what it said last, and when': shows(ofSouth, 'branch-said', /said .* ago.*1/s),
      'the branch’s own node says that it has no link': shows(there, 'health-verdict', 'No link'),
    })
    expect(await rowText('south')).toMatch(/connection lost .* ago/)
    await page
      .getByTestId('branch-as-of-south')
      .filter({ hasText: /as of .* ago/ })
      .waitFor()
    expect(await page.getByTestId('slo-backlog').textContent()).toMatch(/1 of them at silent branches/)
    await there.getByTestId('health-error').filter({ hasText: 'LINK_FAILED' }).waitFor()
    expect(errorsThere).toEqual([])
    await ofSouth.close()
    await there.context().close()
  }, 120_000)

  it('show within five seconds that a branch cannot take a document, and why', async () => {
    const ofNorth = await openBranch('north')
    await soon(() => cloud.post('/api/documents/notices', { id: 'rules', text: 'Nothing is given on credit.' }), {
      'the overview says that North Road is in trouble': standings({
        south: 'silent',
        north: 'trouble',
        east: 'in-sync',
      }),
      'the overview says so in its sentence': shows(page, 'chain-headline', 'In trouble: 1 of 3'),
      'its own page says so': shows(ofNorth, 'branch-standing', /trouble/i),
      'its own page names the document and the reason': shows(
        ofNorth,
        'exception-notices-rules',
        /missing or wrong.*DOCUMENT_INVALID/s,
      ),
    })
    expect(await rowText('north')).toMatch(/exceptions wait for a person/)
    await ofNorth.close()
  }, 120_000)

  it('are usable in all three states by those who do not see or do not point, in both themes, wide and narrow', async () => {
    await standings({ south: 'silent', north: 'trouble', east: 'in-sync' })(AT_LAST_MS)
    await expectUsable(page)
    for (const id of IDS) {
      await page.goto(`${cloud.url}/#/health?branch=${id}`)
      await page.getByTestId('sync-cycle').first().waitFor()
      await expectUsable(page)
    }
    await page.goto(`${cloud.url}/#/health`)
    const { page: there, errors: errorsThere } = await openPairedPage(browser, south, '/#/health', 'Counter')
    await there.getByTestId('health-verdict').filter({ hasText: 'No link' }).waitFor()
    await expectUsable(there)
    expect([...errors, ...errorsThere]).toEqual([])
    await there.context().close()
  }, 180_000)

  it('let an operator send again what was refused, say that it was in vain, and show that it worked once it can', async () => {
    const ofNorth = await openBranch('north')
    const item = ofNorth.getByTestId('exception-notices-rules')
    const retry = () => item.getByTestId('retry').click()
    await item.filter({ hasText: 'waits for a person' }).waitFor()
    const before = await parkedAt(north)
    await retry()
    await ofNorth.getByTestId('said').filter({ hasText: 'handed out once more' }).waitFor()
    await expect.poll(() => parkedAt(north), { timeout: AT_LAST_MS }).toBeGreaterThan(before)
    await item.filter({ hasText: 'waits for a person' }).waitFor()
    await standings({ south: 'silent', north: 'trouble', east: 'in-sync' })(AT_LAST_MS)

    const port = new URL(north.url).port
    await north.stop()
    const branch = { id: 'north', dataDir: north.dataDir }
    north = await startBranch(cloud, branch, ['--collections', declared('new'), '--port', port])
    await item.filter({ hasText: 'waits for a person' }).waitFor()
    await standings({ south: 'silent', north: 'trouble', east: 'in-sync' })(AT_LAST_MS)
    await soon(retry, {
      'its own page lists it no more': gone(ofNorth, 'exception-notices-rules'),
      'its own page says that it is in sync': shows(ofNorth, 'branch-standing', /in sync/i),
      'the overview says so': standings({ south: 'silent', north: 'in-sync', east: 'in-sync' }),
    })
    expect(await north.get('/api/documents/notices/rules')).toMatchObject({ text: 'Nothing is given on credit.' })
    await ofNorth.close()
  }, 120_000)

  it('show by themselves that the link is back, and what had waited there arrive', async () => {
    const { page: there, errors: errorsThere } = await openPairedPage(browser, south, '/#/health', 'Bar')
    await there.getByTestId('health-verdict').filter({ hasText: 'No link' }).waitFor()
    await south.post('/api/sync/settings', { action: 'set', resume: ['orders'] })
    link.restore()
    await standings({ south: 'in-sync', north: 'in-sync', east: 'in-sync' })(AT_LAST_MS)
    await shows(page, 'chain-headline', 'All 3 branches are in sync')(AT_LAST_MS)
    expect(await page.getByTestId('branch-as-of-south').count()).toBe(0)
    await there.getByTestId('health-verdict').filter({ hasText: 'In sync' }).waitFor()
    expect(await cloud.get('/api/documents/orders/south-2')).toMatchObject({ branchId: 'south' })
    expect(errorsThere).toEqual([])
    await there.context().close()
  }, 120_000)

  it('show within five seconds what a branch’s own node has refused, and that somebody there has seen to it', async () => {
    const wrong = { ...testOrder('east-9', 'east'), _deleted: false }
    const till = await programAt(north)
    const push = () => callNode(till, 'POST', '/orders/1/push', [{ newDocumentState: wrong }])
    // The next heartbeat that its timer makes is a whole interval away then.
    const since = new Date().toISOString()
    await statusWhere<CloudNodeStatus>(cloud, ({ branches }) =>
      branches.some(({ id, lastHeartbeatAt = '' }) => id === 'north' && lastHeartbeatAt > since),
    )
    await soon(push, {
      'the overview says that North Road is in trouble': standings({
        south: 'in-sync',
        north: 'trouble',
        east: 'in-sync',
      }),
    })
    const [exception] = (await north.get<ExceptionPage>('/api/exceptions')).exceptions
    await soon(() => north.post(`/api/exceptions/${exception!.id}/discard`, {}), {
      'the overview says that it is over': standings({ south: 'in-sync', north: 'in-sync', east: 'in-sync' }),
    })
  }, 120_000)

  it('show nothing as current once headquarters is gone, and come back by themselves with it', async () => {
    const ofEast = await openBranch('east')
    const { page: there, errors: errorsThere } = await openPairedPage(browser, south, '/#/health', 'Office')
    await there.getByTestId('health-verdict').filter({ hasText: 'In sync' }).waitFor()
    const unknown = standings({ south: 'unchecked', north: 'unchecked', east: 'unchecked' })
    await soon(() => cloud.kill(), {
      'the overview says that it is not answered': shows(page, 'stream-notice', /does not answer.*old/),
      'the overview claims nothing of any branch': unknown,
      'the overview says so in its sentence': shows(page, 'chain-headline', 'not known'),
      'the page of a branch claims nothing of it': shows(ofEast, 'branch-standing', /not checked/i),
      'a branch’s own node says that it has no link': shows(there, 'health-verdict', 'No link'),
    })
    for (const one of [page, ofEast]) expect(await one.locator('.old').count()).toBeGreaterThan(0)

    const port = new URL(cloud.url).port
    cloud = await folder.start('--collections', declared('new'), '--port', port)
    await standings({ south: 'in-sync', north: 'in-sync', east: 'in-sync' })(AT_LAST_MS)
    await gone(page, 'stream-notice')(AT_LAST_MS)
    await shows(ofEast, 'branch-standing', /^\W*in sync$/i)(AT_LAST_MS)
    for (const one of [page, ofEast]) expect(await one.locator('.old').count()).toBe(0)
    await there.getByTestId('health-verdict').filter({ hasText: 'In sync' }).waitFor()
    expect([...errors, ...errorsThere]).toEqual([])
  }, 120_000)
})
