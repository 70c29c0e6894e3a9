/** The health page's overview in real Chromium: real headquarters, a real branch, and others that say by hand how they are. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EXCHANGE_PATH } from '../../adapters/http/exchange-path.ts'
import type { AccountRole } from '../../schemas/access.ts'
import type { AlertsView } from '../../schemas/protocol/alerts.ts'
import type { HeartbeatRequest } from '../../schemas/protocol/exchange.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { CloudFolder } from '../support/cloud-folder.ts'
import { closeConsole, expectUsable, openConsole, openRoom } from '../support/console-page.ts'
import { postSigned, signedFetchOf } from '../support/enrolled-signer.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { heartbeatOf } from '../support/served-cloud.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'

/** Branches that nobody has set up, so that there is more than one page of them. */
const EMPTY = Array.from({ length: 30 }, (_, i) => `empty-${String(i + 1).padStart(2, '0')}`)
const HOUR_MS = 3_600_000

let browser: Browser
let folder: CloudFolder
let cloud: NodeProcess
let north: NodeProcess
let page: Page
let errors: string[]

beforeAll(async () => {
  ;({ browser, folder, cloud } = await openConsole())
  await cloud.post('/api/branches', { id: 'north', name: 'North Road' })
  for (const id of ['quiet', 'twins', ...EMPTY]) await cloud.post('/api/branches', { id, name: `Shop ${id}` })
  await hear('quiet', { figures: { backlog: { documents: 120 }, classes: [], exceptions: 0 } })
  await hear('twins', {})
  await hear('twins', { head: { epoch: 'copy', seq: 0 }, epochs: [{ epoch: 'copy', firstSeq: 1 }], host: 'copy' })
  await hear('twins', { beat: 2 })
  await cloud.stop()
  sayEarlier('quiet', HOUR_MS)
  cloud = await folder.start('--port', new URL(cloud.url).port)
  north = await startBranch(cloud, { id: 'north', dataDir: join(folder.path, 'north') }, ['--interval', '0.5'])
  await statusWhere<BranchNodeStatus>(north, ({ sync }) => sync.stream === 'open' && sync.verdict.state === 'in-sync')
  await statusWhere<CloudNodeStatus>(cloud, ({ alerts }) => (alerts?.warning ?? 0) > 0)
}, 180_000)

afterAll(() => closeConsole({ browser, folder }))

async function hear(id: string, changed: Partial<HeartbeatRequest>): Promise<void> {
  const send = await signedFetchOf(cloud, id, join(folder.path, id))
  await postSigned(send, `${EXCHANGE_PATH}/heartbeat`, heartbeatOf(id, changed))
}

/** As if headquarters had heard the branch so much earlier; its node is stopped. */
function sayEarlier(id: string, ms: number): void {
  const store = new Database(join(folder.path, 'cloud', 'store.sqlite'))
  store.prepare('UPDATE branch_contact SET heartbeat_at = heartbeat_at - ? WHERE branch_id = ?').run(ms, id)
  store.close()
}

async function open(role: AccountRole): Promise<void> {
  ;({ page, errors } = await openRoom(browser, cloud, 'health', role))
  await page.getByTestId('tally-in-sync').filter({ hasText: /^1/ }).waitFor()
}

const shown = () =>
  page
    .locator('[data-testid^=branch-row-]')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-testid')?.slice('branch-row-'.length)))
const rowsAre = (ids: readonly string[]) => expect.poll(shown, { timeout: 10_000 }).toEqual(ids)
const beginsWith = (ids: readonly string[]) =>
  expect.poll(async () => (await shown()).slice(0, ids.length), { timeout: 10_000 }).toEqual(ids)

describe('the overview of the health page', () => {
  beforeEach(() => open('operator'))

  it('says in a sentence and in numbers where the branches stand, the gravest first', async () => {
    expect(await page.getByTestId('chain-headline').textContent()).toBe('In trouble: 1 of 33 branches.')
    for (const [standing, count] of Object.entries({ trouble: 1, silent: 1, unchecked: 30, 'in-sync': 1 })) {
      expect(await page.getByTestId(`tally-${standing}`).textContent()).toContain(String(count))
    }
    expect((await shown()).slice(0, 2)).toEqual(['twins', 'quiet'])
    expect(await page.getByTestId('branch-row-quiet').textContent()).toMatch(/120.*as of 1\sh ago/)
    expect(await page.getByTestId('slo-backlog').textContent()).toMatch(/120.*120 of them at silent branches/)
    await page.getByTestId('find-branch').fill('north')
    await rowsAre(['north'])
    expect(await page.getByTestId('branch-link-state-north').textContent()).toBe('connected')
    await page.getByTestId('slo-rate').filter({ hasText: '%' }).waitFor()
    expect(
      await page
        .getByTestId('branch-row-north')
        .getByRole('img', { name: /exchanges in 24 hours/ })
        .count(),
    ).toBe(1)
    expect(errors).toEqual([])
  }, 120_000)

  it('filters, searches, turns pages and sorts, and keeps all of it in the address', async () => {
    await page.getByTestId('tally-silent').click()
    await rowsAre(['quiet'])
    expect(await page.getByTestId('tally-silent').getAttribute('aria-pressed')).toBe('true')
    await page.getByTestId('clear-choice').click()
    expect(await page.getByTestId('page-shown').textContent()).toBe('1 to 25 of 33')
    await page.getByTestId('page-after').click()
    await expect.poll(async () => (await shown()).length).toBe(8)

    await page.getByTestId('sort-backlog').click()
    await beginsWith(['quiet'])
    expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('descending')
    await page.getByTestId('find-branch').fill('shop empty-0')
    await expect.poll(async () => (await shown()).length).toBe(9)
    await page.getByTestId('sort-branch').click()
    await page.getByTestId('sort-branch').click()
    await beginsWith(['empty-09', 'empty-08'])

    await page.reload()
    await beginsWith(['empty-09', 'empty-08'])
    expect(await page.getByTestId('find-branch').inputValue()).toBe('shop empty-0')
    await page.getByTestId('branch-link-empty-09').click()
    await page.getByTestId('branch-back').click()
    await beginsWith(['empty-09', 'empty-08'])
    expect(await page.getByTestId('find-branch').inputValue()).toBe('shop empty-0')
    await page.getByTestId('find-branch').fill('nobody')
    await page.getByText('No branch is like that.').waitFor()
    expect(errors).toEqual([])
  }, 120_000)

  it('is worked by keyboard: a number filters, a head sorts, a name leads to the branch and back', async () => {
    await page.getByTestId('tally-trouble').focus()
    await page.keyboard.press('Space')
    await rowsAre(['twins'])
    await page.keyboard.press('Space')
    await page.getByTestId('sort-branch').focus()
    await page.keyboard.press('Enter')
    await beginsWith(['north'])
    await page.getByTestId('branch-link-north').focus()
    await page.keyboard.press('Enter')
    await page.getByTestId('branch-standing').waitFor()
    expect(new URL(page.url()).hash).toBe('#/health?branch=north&sort=branch')
    await page.goBack()
    await beginsWith(['north'])
    expect(errors).toEqual([])
  }, 120_000)

  it('lets an operator say that somebody sees to an alert, and leads to what to do', async () => {
    const alert = page.getByTestId('alert-suspected-clone:twins')
    await alert.filter({ hasText: 'Shop twins' }).waitFor()
    await page.getByTestId('acknowledge-suspected-clone:twins').click()
    await page.getByTestId('taken-suspected-clone:twins').filter({ hasText: 'Chen the operator' }).waitFor()
    expect(await page.getByTestId('acknowledge-suspected-clone:twins').count()).toBe(0)
    const { alerts } = await cloud.get<CloudNodeStatus>('/api/status')
    expect(alerts).toMatchObject({ critical: 0 })
    await alert.getByTestId('runbook-suspected-clone').click()
    await page.getByTestId('runbook').filter({ hasText: 'What to do' }).waitFor()
    await page.getByTestId('runbook-close').click()
    expect(await page.getByTestId('test-console').count()).toBe(0)
    expect(errors).toEqual([])
  }, 120_000)

  it('shows the first alerts of many, and all of them to whoever asks', async () => {
    await page.route('**/api/alerts', async (route) => {
      const response = await route.fetch()
      const view = (await response.json()) as AlertsView
      const many = Array.from({ length: 20 }, (_, n) => ({ ...view.open[0]!, key: `disk:b${n}`, about: `b${n}` }))
      await route.fulfill({ response, json: { ...view, open: many } })
    })
    await page.reload()
    await page.getByTestId('alert-disk:b5').waitFor()
    expect(await page.locator('[data-testid^="alert-disk:"]').count()).toBe(6)
    await page.getByTestId('alerts-more').click()
    await page.getByTestId('alert-disk:b19').waitFor()
    expect(await page.getByTestId('alerts-more').count()).toBe(0)
    expect(errors).toEqual([])
  }, 120_000)

  it('claims nothing while headquarters does not answer, and goes on by itself', async () => {
    const port = new URL(cloud.url).port
    await cloud.stop()
    await page.getByTestId('stream-notice').waitFor()
    await page.getByTestId('chain-headline').filter({ hasText: 'not known' }).waitFor()
    expect(await page.getByTestId('tally-in-sync').textContent()).toMatch(/^0/)
    await page.getByTestId('find-branch').fill('north')
    await page.getByTestId('branch-verdict-north').filter({ hasText: 'Not checked' }).waitFor()
    cloud = await folder.start('--port', port)
    await page.getByTestId('stream-notice').waitFor({ state: 'detached' })
    await page.getByTestId('branch-verdict-north').filter({ hasText: 'In sync' }).waitFor()
    expect(errors).toEqual([])
  }, 120_000)
})

describe('the overview for others', () => {
  it('shows a viewer all of it and nothing to do, and is usable wide and narrow, light and dark', async () => {
    await open('viewer')
    await page.getByTestId('alert-suspected-clone:twins').waitFor()
    expect(await page.locator('[data-testid^=acknowledge-]').count()).toBe(0)
    await page.getByTestId('alert-channels').click()

    await expectUsable(page)
    await page.setViewportSize({ width: 390, height: 900 })
    await page.getByTestId('sort-by').selectOption('backlog')
    await beginsWith(['quiet'])
    expect(errors).toEqual([])
  }, 120_000)

  it('lets an administrator test a channel', async () => {
    await open('administrator')
    await page.getByTestId('alert-channels').click()
    await page.locator('[data-testid^=test-]').first().click()
    await page.getByText('The test has arrived.').waitFor()
    expect(errors).toEqual([])
  }, 120_000)
})
