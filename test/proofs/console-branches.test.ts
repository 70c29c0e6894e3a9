/** The room of branches in real Chromium: a branch from opening to closing, with its real PC. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enrolBranch } from '../../local-node/enrol-branch.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { CloudFolder } from '../support/cloud-folder.ts'
import { closeConsole, expectUsable, openConsole, openRoom, says } from '../support/console-page.ts'
import { startNode, type NodeProcess } from '../support/node-process.ts'
import { statusWhere } from '../support/status-events.ts'

let browser: Browser
let folder: CloudFolder
let cloud: NodeProcess

beforeAll(async () => {
  ;({ browser, folder, cloud } = await openConsole())
}, 60_000)

afterAll(() => closeConsole({ browser, folder }))

async function confirm(page: Page, action: string): Promise<void> {
  await page.getByTestId(`do-${action}`).click()
  await page.getByTestId('ask-first-yes').click()
}

const stateIs = (page: Page, id: string, words: string) =>
  page.getByTestId(`branch-state-${id}`).filter({ hasText: words }).waitFor()

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
function ignore(): void {}

function startPc(data: string): Promise<NodeProcess> {
  return startNode(['branch', 'start', '--data', data, '--cloud', cloud.url, '--interval', '0.2'])
}

async function addOnPage(page: Page, id: string, name: string): Promise<void> {
  await page.getByTestId('branch-add').click()
  await page.getByTestId('add-id').fill(id)
  await page.getByTestId('add-name').fill(name)
  await page.getByTestId('ask-first-yes').click()
  await says(page, `${name} was added`)
}

describe('the room of branches', () => {
  it('says that a code is to be copied by hand where the browser refuses, and that a branch could not be read', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'branches', 'administrator')
    await addOnPage(page, 'west', 'West Gate')
    await confirm(page, 'code')
    await page.evaluate(
      "Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } }) && 0",
    )
    await page.getByTestId('code-copy').click()
    await page.getByTestId('code-by-hand').waitFor()
    expect(errors).toEqual([])
    await page.getByTestId('code-close').click()

    await page.route('**/api/branches/west', (route) => route.abort())
    await page.reload()
    const failed = page.getByTestId('branch-page').getByTestId('failed')
    await failed.waitFor()
    await page.unroute('**/api/branches/west')
    await failed.getByRole('button').click()
    await failed.waitFor({ state: 'detached' })
    await page.context().close()
  }, 60_000)

  it('opens a branch with a code that is shown once, keeps it out and lets it in, closes it and opens it again', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'branches', 'administrator')
    await addOnPage(page, 'north', 'North Road')
    await stateIs(page, 'north', 'No PC yet')

    await confirm(page, 'code')
    const code = (await page.getByTestId('code').textContent())!
    await page.getByTestId('code-close').click()
    expect(await page.content()).not.toContain(code)
    const data = join(folder.path, 'north')
    await enrolBranch({ dataDir: data, cloudUrl: cloud.url, code, declarations: COLLECTIONS, log: silent })
    const pc = await startPc(data)
    await stateIs(page, 'north', 'Let in')

    await confirm(page, 'disable')
    await says(page, 'North Road is refused from its next request on.')
    await statusWhere<BranchNodeStatus>(pc, ({ sync }) => sync.refused?.code === 'BRANCH_DISABLED')
    await stateIs(page, 'north', 'Disabled')
    expect(await page.getByTestId('do-code').count()).toBe(0)
    await confirm(page, 'enable')
    await statusWhere<BranchNodeStatus>(
      pc,
      ({ sync }) => sync.refused === undefined && sync.verdict.state === 'in-sync',
    )

    await page.getByTestId('do-rename').click()
    await page.getByTestId('rename-name').fill('North Street')
    await page.getByTestId('ask-first-yes').click()
    await says(page, 'North Street')
    await expect
      .poll(() => pc.get('/api/documents/branches/north'), { timeout: 20_000 })
      .toMatchObject({ name: 'North Street' })
    expect(await pc.get('/api/status')).toMatchObject({ branchName: 'North Street' })

    await page.getByTestId('do-retire').click()
    await page.getByTestId('ask-first-no').click()
    await stateIs(page, 'north', 'Let in')
    await confirm(page, 'retire')
    await statusWhere<BranchNodeStatus>(pc, ({ sync }) => sync.refused?.code === 'BRANCH_RETIRED')
    await stateIs(page, 'north', 'Retired')
    await confirm(page, 'revive')
    await statusWhere<BranchNodeStatus>(
      pc,
      ({ sync }) => sync.refused === undefined && sync.verdict.state === 'in-sync',
    )
    await stateIs(page, 'north', 'Let in')

    await confirm(page, 'revoke')
    await says(page, 'Keys that were good until now: 1.')
    await statusWhere<BranchNodeStatus>(pc, ({ sync }) => sync.refused?.code === 'REVOKED')
    expect(errors).toEqual([])
    await page.context().close()
  }, 180_000)

  it('shows two PCs that say that they are one branch, and lets the one in that a person names', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'branches', 'administrator')
    await addOnPage(page, 'south', 'South Road')
    await confirm(page, 'code')
    const code = (await page.getByTestId('code').textContent())!
    await page.getByTestId('code-close').click()
    const data = join(folder.path, 'south')
    await enrolBranch({ dataDir: data, cloudUrl: cloud.url, code, declarations: COLLECTIONS, log: silent })
    const first = await startPc(data)
    await stateIs(page, 'south', 'Let in')
    await first.stop()
    cpSync(data, `${data}-copy`, { recursive: true })
    await startPc(data)
    await startPc(`${data}-copy`)
    await stateIs(page, 'south', 'Two PCs')
    const { branches } = await cloud.get<CloudNodeStatus>('/api/status')
    const { epoch } = branches.find(({ id }) => id === 'south')!.suspected![0]!
    await page.getByTestId(`keep-${epoch}`).click()
    await page.getByTestId('ask-first-yes').click()
    await says(page, 'the others are refused')
    await stateIs(page, 'south', 'Let in')
    expect(await page.getByTestId('suspected').count()).toBe(0)
    expect(errors).toEqual([])
    await page.context().close()
  }, 180_000)

  it('offers what the account may do, and says why something did not work', async () => {
    const viewer = await openRoom(browser, cloud, 'branches', 'viewer')
    await viewer.page.getByTestId('branch-search').fill('sou')
    await viewer.page.getByTestId('branch-north').waitFor({ state: 'detached' })
    expect(await viewer.page.getByTestId('branch-add').count()).toBe(0)
    await viewer.page.getByTestId('branch-open-south').click()
    await viewer.page.getByTestId('look-only').first().waitFor()
    expect(await viewer.page.locator('[data-testid^=do-]').count()).toBe(0)
    await viewer.page.context().close()

    const operator = await openRoom(browser, cloud, 'branches', 'operator')
    await operator.page.getByTestId('branch-open-south').click()
    await operator.page.getByTestId('do-disable').waitFor()
    expect(await operator.page.locator('[data-testid^=do-]').count()).toBe(1)
    await operator.page.goBack()
    await operator.page.getByTestId('branch-open-south').waitFor()
    await operator.page.context().close()

    const { page } = await openRoom(browser, cloud, 'branches', 'administrator')
    await page.getByTestId('branch-add').click()
    await page.getByTestId('add-name').fill('Another')
    await page.getByTestId('add-id').fill('South')
    await page.getByText('Begin with a small letter or digit').waitFor()
    expect(await page.getByTestId('ask-first-yes').isDisabled()).toBe(true)
    await page.getByTestId('add-id').fill('south')
    await page.keyboard.press('Enter')
    await page.getByTestId('failed').filter({ hasText: 'Choose another id. BRANCH_EXISTS' }).waitFor()
    await page.context().close()
  }, 120_000)

  it('has nothing serious wrong for those who do not see or do not point, in both themes, wide and narrow', async () => {
    const { page } = await openRoom(browser, cloud, 'branches', 'administrator')
    await page.getByTestId('branch-open-south').waitFor()
    await expectUsable(page)
    await page.getByTestId('branch-add').click()
    await expectUsable(page)
    await page.keyboard.press('Escape')
    await page.getByTestId('branch-open-south').click()
    await page.getByTestId('do-retire').waitFor()
    await expectUsable(page)
    await page.context().close()
  }, 120_000)
})
