/** Headquarters' page used otherwise than it was meant: twice at once, by two people, in several tabs, from odd addresses. */
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readNodeFile } from '../../adapters/node/node-file.ts'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import type { AccountView } from '../../schemas/protocol/accounts.ts'
import type { MemberView } from '../../schemas/protocol/identity.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { PASSWORD, type CloudFolder } from '../support/cloud-folder.ts'
import { closeConsole, findMember, openConsole, openRoom } from '../support/console-page.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'

/** More than a page of those whose name begins alike. */
const CHENS = 60

let browser: Browser
let folder: CloudFolder
let cloud: NodeProcess
const ids: Record<string, string> = {}

beforeAll(async () => {
  ;({ browser, folder, cloud } = await openConsole())
  await cloud.post('/api/branches', { id: 'north', name: 'North Road' })
  const north = await startBranch(cloud, { id: 'north', dataDir: join(folder.path, 'north') }, ['--interval', '0.2'])
  const people = ['Li Na', 'li ming', 'LI Wei', '100%_"\\ sure', 'Zhao Lei']
  for (const [at, name] of [...people, ...Array.from({ length: CHENS }, (_, chen) => `Chen ${chen}`)].entries()) {
    const { id } = await north.post<MemberView>('/api/members', { name, phone: `1380013${String(8000 + at)}` })
    ids[name] = id
  }
  await north.post(`/api/members/${ids['Zhao Lei']}/requests`, { do: 'erase', reason: 'he asked for it' })
  await statusWhere<CloudNodeStatus>(
    cloud,
    ({ collections }) =>
      collections['members']!.documents === people.length + CHENS && collections['requests']!.documents === 1,
  )
}, 180_000)

afterAll(() => closeConsole({ browser, folder }))

async function askToMerge(page: Page, name: string, into: string): Promise<void> {
  await page.goto(`${cloud.url}/#/members?id=${ids[name]}`)
  await page.getByTestId('member').filter({ hasText: name }).waitFor()
  await page.getByTestId('do-merge').click()
  await page.getByTestId('merge-into').fill(into)
}

const memberOf = (name: string) => cloud.get<MemberView>(`/api/members/${ids[name]}`)
const yes = (page: Page) => page.getByTestId('ask-first-yes')
const preview = (page: Page) => page.getByTestId('preview')

describe('a dialog of headquarters’ page', () => {
  it('takes a double press for one: nothing is decided that nobody has seen', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'operator')
    await askToMerge(page, 'Chen 1', ids['Chen 2']!)
    // As slow as a hand: the answer is there before the second press.
    await yes(page).dblclick({ delay: 150 })
    await preview(page).waitFor()
    await page.getByTestId('merge-into').press('Control+a')
    await page.keyboard.type(ids['Chen 3']!)
    await page.keyboard.down('Enter')
    await preview(page).filter({ hasText: ids['Chen 3']! }).waitFor()
    // Held down, it repeats.
    await page.keyboard.down('Enter')
    await page.keyboard.up('Enter')
    await page.getByTestId('ask-first-no').click()
    await page.getByTestId('ask-first').waitFor({ state: 'detached' })
    expect((await memberOf('Chen 1')).id).toBe(ids['Chen 1'])
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('stays with what was typed while somebody presses between its fields or marks text to beyond its edge, and goes at a press beside it', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'operator')
    await askToMerge(page, 'Chen 4', 'something')
    const dialog = page.getByTestId('ask-first')
    const { x, y, width, height } = (await dialog.boundingBox())!
    await page.mouse.click(x + 4, y + height / 2)
    const field = (await page.getByTestId('merge-into').boundingBox())!
    await page.mouse.move(field.x + 20, field.y + field.height / 2)
    await page.mouse.down()
    await page.mouse.move(x - 40, field.y)
    await page.mouse.up()
    expect(await page.getByTestId('merge-into').inputValue()).toBe('something')
    await page.mouse.click(x + width + 20, y + height / 2)
    await dialog.waitFor({ state: 'detached' })
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)
})

describe('the room of members', () => {
  it('lists nobody twice, however fast more is asked for', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'viewer')
    await findMember(page, 'Chen')
    await page.getByTestId('find-more').dblclick()
    await page.getByTestId('find-more').waitFor({ state: 'detached' })
    const rows = page.locator('[data-testid^=found-]')
    await expect.poll(() => rows.count(), { timeout: 10_000 }).toBe(CHENS)
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('finds names in capitals, small and full-width letters, with signs that mean something elsewhere, and phones in every spelling', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'viewer')
    for (const typed of ['li', 'LI', 'ｌｉ']) {
      await findMember(page, typed)
      for (const name of ['Li Na', 'li ming', 'LI Wei']) await page.getByTestId(`found-${ids[name]}`).waitFor()
      expect(await page.locator('[data-testid^=found-]').count()).toBe(3)
    }
    await findMember(page, '100%_"')
    await page.getByTestId(`found-${ids['100%_"\\ sure']}`).waitFor()
    for (const nobody of ['%', '_', '"', "' OR 1=1 --", '\\', '（', '[object Object]']) {
      await findMember(page, nobody)
      await page.getByText('No member’s name begins like that').waitFor()
    }
    for (const phone of [
      '１３８００１３８０００',
      '+86 138 0013 8000',
      '0086-138‑0013‑8000',
      '138–0013–8000',
      '(138)00138000',
    ]) {
      await findMember(page, phone)
      await page.getByTestId('member').filter({ hasText: 'Li Na' }).waitFor()
      await page.goBack()
      await page.getByTestId('find').waitFor()
    }
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('takes a phone where another member is named, says who that is, and no address and no log learns it', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'operator')
    const asked: string[] = []
    page.on('request', (request) => asked.push(`${request.url()} ${request.postData() ?? ''}`))
    await askToMerge(page, 'li ming', '138 0013 8000')
    await yes(page).click()
    await preview(page)
      .filter({ hasText: `${ids['li ming']} → ${ids['Li Na']}` })
      .filter({ hasText: 'Li Na, 138****8000' })
      .waitFor()
    await yes(page).click()
    await page.getByTestId('said').filter({ hasText: 'li ming is part of the other member now.' }).waitFor()
    expect((await memberOf('li ming')).id).toBe(ids['Li Na'])
    expect(asked.filter((one) => !one.includes('/api/members/find')).join('\n')).not.toMatch(/138 ?0013 ?8000/)
    await askToMerge(page, 'LI Wei', '13900000000')
    await yes(page).click()
    await page.getByTestId('failed').filter({ hasText: 'MEMBER_UNKNOWN' }).waitFor()
    await page.getByTestId('merge-into').fill('138 0013 8002')
    await yes(page).click()
    await page.getByTestId('failed').filter({ hasText: 'MEMBER_CONFLICT' }).waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('lets one of two who decide the same at the same moment do it, and tells the other', async () => {
    const desks = await Promise.all(
      (['operator', 'administrator'] as const).map((role) => openRoom(browser, cloud, 'members', role)),
    )
    const [request] = await cloud.get<RequestDocument[]>('/api/requests')
    for (const { page } of desks) {
      await page.getByTestId(`request-${request!.id}`).getByTestId('decide').click()
      await page.getByTestId('answer-refuse').check()
      await yes(page).click()
      await preview(page).waitFor()
    }
    await Promise.all(desks.map(({ page }) => yes(page).click()))
    const ends = await Promise.all(
      desks.map(async ({ page }) => {
        const said = page.getByTestId('said')
        await said.or(page.getByTestId('failed')).waitFor()
        return (await said.count()) === 1 ? 'done' : await page.getByTestId('failed').textContent()
      }),
    )
    expect(ends.toSorted((one) => (one === 'done' ? 1 : -1))).toEqual([
      expect.stringContaining('REQUEST_DECIDED'),
      'done',
    ])
    for (const { page, errors } of desks) {
      expect(errors).toEqual([])
      await page.context().close()
    }
  }, 120_000)
})

describe('who is signed in', () => {
  it('is the same in all tabs of a browser, so that none acts for somebody else than it names', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'administrator')
    const other = await page.context().newPage()
    await other.goto(`${cloud.url}/#/health`)
    await other.getByTestId('sign-out').click()
    await page.getByTestId('login-name').waitFor()
    await other.getByTestId('login-name').fill('Chen the viewer')
    await other.getByTestId('login-password').fill(PASSWORD)
    await other.getByTestId('login-submit').click()
    await page.getByTestId('account').filter({ hasText: 'Chen the viewer' }).waitFor()
    await page.getByTestId('look-only').waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('is asked at once where a session has ended in the middle of something', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'operator')
    await askToMerge(page, 'Chen 5', ids['Chen 6']!)
    // Nothing but the answer can tell it.
    await page.route('**/api/status**', (route) => route.abort())
    const accounts = await cloud.get<AccountView[]>('/api/accounts')
    const { id } = accounts.find(({ name }) => name === 'Chen the operator')!
    await cloud.post(`/api/accounts/${id}/password`, { password: PASSWORD })
    await yes(page).click()
    await page.getByTestId('login-why').filter({ hasText: 'ended' }).waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)
})

describe('a page whose device slept or lost its network', () => {
  it('calls nothing fresh that it knew before, and goes on as soon as the node is heard', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'health', 'viewer')
    const notice = page.getByTestId('stream-notice')
    const level = page.getByTestId('chain-headline')
    await level.filter({ hasText: 'in sync' }).waitFor()
    const { pid } = readNodeFile(cloud.dataDir)!
    process.kill(pid, 'SIGSTOP')
    try {
      // As after a night, in which the page's own clock stood still.
      await page.evaluate('Date.now = ((now) => () => now() + 8 * 3600 * 1000)(Date.now)')
      await notice.filter({ hasText: /8\sh old/ }).waitFor()
      expect(await level.textContent()).not.toMatch(/in sync/)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await notice.waitFor({ state: 'detached' })
    await level.filter({ hasText: 'in sync' }).waitFor()
    await page.context().setOffline(true)
    await notice.waitFor()
    await page.context().setOffline(false)
    await notice.waitFor({ state: 'detached' })
    expect(errors.filter((error) => !error.includes('ERR_'))).toEqual([])
    await page.context().close()
  }, 120_000)
})
