/** The room of members in real Chromium: who is who, as a real branch registered and asked, decided by headquarters. */
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareText } from '../../schemas/compare-text.ts'
import type { RequestDocument } from '../../schemas/collections/requests.ts'
import type { AuditPage } from '../../schemas/protocol/accounts.ts'
import type { MemberView } from '../../schemas/protocol/identity.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { CloudFolder } from '../support/cloud-folder.ts'
import { closeConsole, expectUsable, findMember, openConsole, openRoom, says } from '../support/console-page.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { testOrder } from '../support/real-chain.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'

let browser: Browser
let folder: CloudFolder
let cloud: NodeProcess
let north: NodeProcess
const ids: Record<string, string> = {}
const registrationOf: Record<string, string> = {}

beforeAll(async () => {
  ;({ browser, folder, cloud } = await openConsole())
  await cloud.post('/api/branches', { id: 'north', name: 'North Road' })
  north = await startBranch(cloud, { id: 'north', dataDir: join(folder.path, 'north') }, ['--interval', '0.2'])
  const people = { 'Li Na': '8000', 'Li Ming': '8001', 'Wang Fang': '8002', 'Zhao Lei': '8003' }
  for (const [name, last] of Object.entries(people)) {
    const { id, registrations } = await north.post<MemberView>('/api/members', { name, phone: `1380013${last}` })
    ids[name] = id
    registrationOf[name] = registrations[0]!.id
  }
  await north.post('/api/documents/orders', {
    ...testOrder('o1', 'north', ids['Li Ming']),
    registrationId: registrationOf['Li Ming'],
  })
  await statusWhere<CloudNodeStatus>(
    cloud,
    ({ collections }) => collections['members']!.documents === 4 && collections['orders']!.documents === 1,
  )
  for (const request of [{ do: 'erase', reason: 'he asked for it' }, { do: 'release' }]) {
    await north.post(`/api/members/${ids['Zhao Lei']}/requests`, request)
  }
  await statusWhere<CloudNodeStatus>(cloud, ({ collections }) => collections['requests']!.documents === 2)
}, 180_000)

afterAll(() => closeConsole({ browser, folder }))

const waiting = () => cloud.get<RequestDocument[]>('/api/requests')

async function openMember(page: Page, name: string): Promise<void> {
  await page.goto(`${cloud.url}/#/members?id=${ids[name]}`)
  await page.getByTestId('member').filter({ hasText: name }).waitFor()
}

/** Once to see what follows, once to do it. */
async function confirmTwice(page: Page, follows: RegExp): Promise<void> {
  await page.getByTestId('ask-first-yes').click()
  await page.getByTestId('preview').filter({ hasText: follows }).waitFor()
  await page.getByTestId('ask-first-yes').click()
}

describe('the room of members', () => {
  it('finds a member by phone, which stands in no address, and several by how a name begins; a viewer decides nothing', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'viewer')
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await findMember(page, '138 0013 8000')
    await page.getByTestId('member').filter({ hasText: 'Li Na' }).waitFor()
    expect(await page.getByTestId('member-phones').textContent()).toBe('138****8000')
    expect(page.url()).toBe(`${cloud.url}/#/members?id=${ids['Li Na']}`)
    expect(asked.join(' ')).not.toMatch(/8000(?!\d*\/)/)
    expect(await page.getByTestId('member-actions').count()).toBe(0)
    await page.getByTestId('back').click()
    await findMember(page, '13900000000')
    await page.getByTestId('find-nobody').waitFor()
    await findMember(page, '12345')
    await page.getByTestId('failed').filter({ hasText: 'PHONE_INVALID' }).waitFor()
    await findMember(page, 'Li')
    await page.getByTestId(`found-${ids['Li Na']}`).waitFor()
    expect(await page.getByTestId(`found-${ids['Li Ming']}`).textContent()).toMatch(
      /138\*\*\*\*8001.*24 points, ¥0\.00/,
    )
    expect(await page.getByTestId(`found-${ids['Wang Fang']}`).count()).toBe(0)
    expect(await page.getByTestId('review').textContent()).toMatch(/he asked for it/)
    expect(await page.getByTestId('decide').count()).toBe(0)
    await page.goto(`${cloud.url}/#/members?id=nobody`)
    await page.getByTestId('failed').filter({ hasText: 'MEMBER_UNKNOWN' }).waitFor()
    await page.getByTestId('back').click()
    await page.getByTestId('find').waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('merges two members after showing what follows, tells how they came to be one, and splits them again', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'operator')
    await openMember(page, 'Li Ming')
    await page.getByTestId('do-merge').click()
    await page.locator('[data-testid=ask-first-yes]:disabled').waitFor()
    await page.getByTestId('merge-into').fill('nobody')
    await page.getByTestId('ask-first-yes').click()
    await page.getByTestId('failed').filter({ hasText: 'MEMBER_UNKNOWN' }).waitFor()
    await page.getByTestId('merge-into').fill(ids['Li Na']!)
    await page.getByTestId('ask-first-yes').click()
    await page
      .getByTestId('preview')
      .filter({ hasText: `becomes part of: ${ids['Li Ming']} → ${ids['Li Na']}` })
      .waitFor()
    expect((await cloud.get<MemberView>(`/api/members/${ids['Li Ming']}`)).id).toBe(ids['Li Ming'])
    await page.getByTestId('ask-first-yes').click()
    await says(page, 'Li Ming is part of the other member now.')
    await page.getByTestId('moved').waitFor()
    await page.getByTestId('member-points').filter({ hasText: '24' }).waitFor()
    await page.getByTestId('merges').filter({ hasText: 'by decision 1' }).waitFor()

    const { registrations } = await cloud.get<MemberView>(`/api/members/${ids['Li Na']}`)
    const audit = await cloud.get<{ theirs: MemberView }[]>(`/api/members/${ids['Li Na']}/audit`)
    const [theirs] = audit[0]!.theirs.registrations
    expect(registrations).toHaveLength(2)
    await page.getByTestId('do-split').click()
    await page.getByTestId(`split-${theirs!.id}`).check()
    await confirmTwice(page, /taken apart/)
    await says(page, `was split. A member of its own now: ${ids['Li Ming']}`)
    // The page is still at the id that had become part of another.
    await page.getByTestId('member').filter({ hasText: 'Li Ming' }).waitFor()
    await page.getByTestId('moved').waitFor({ state: 'detached' })
    await page.getByTestId('member-points').filter({ hasText: '24' }).waitFor()
    await openMember(page, 'Li Na')
    await page.getByTestId('member-points').filter({ hasText: /^0$/ }).waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('says in the audit log who decided what, and nothing of what was only looked at', async () => {
    const { entries } = await cloud.get<AuditPage>('/api/audit')
    const decided = entries.filter(({ action }) => action === 'member.decide')
    expect(decided.map(({ actor, subject, detail }) => [actor, subject, detail])).toEqual([
      ['account Chen the operator', ids['Li Na'], { do: 'split', registrations: expect.any(String) }],
      ['account Chen the operator', ids['Li Ming'], { do: 'merge', into: ids['Li Na'] }],
    ])
  })

  it('does nothing that was not shown: where somebody else decides meanwhile, it shows what would follow now', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'operator')
    await openMember(page, 'Li Ming')
    await page.getByTestId('do-merge').click()
    await page.getByTestId('merge-into').fill(ids['Li Na']!)
    await page.getByTestId('ask-first-yes').click()
    const preview = page.getByTestId('preview')
    await preview.filter({ hasText: `→ ${ids['Li Na']}` }).waitFor()
    await cloud.post(`/api/members/${ids['Li Na']}/actions`, { do: 'merge', into: ids['Wang Fang'] })
    await page.getByTestId('ask-first-yes').click()
    await preview
      .filter({ hasText: 'Something has changed' })
      .filter({ hasText: `→ ${ids['Wang Fang']}` })
      .waitFor()
    expect((await cloud.get<MemberView>(`/api/members/${ids['Li Ming']}`)).id).toBe(ids['Li Ming'])
    await cloud.post(`/api/members/${ids['Li Ming']}/actions`, { do: 'merge', into: ids['Wang Fang'] })
    await page.getByTestId('ask-first-yes').click()
    await page.getByTestId('failed').filter({ hasText: 'MEMBER_CONFLICT' }).waitFor()
    await page.getByTestId('ask-first-no').click()
    await page.getByTestId('moved').waitFor()
    expect(errors).toEqual([])
    const { registrations } = await cloud.get<MemberView>(`/api/members/${ids['Wang Fang']}`)
    for (const name of ['Li Ming', 'Li Na']) {
      const own = registrationOf[name]!
      expect(registrations.map(({ id }) => id)).toContain(own)
      await cloud.post(`/api/members/${ids['Wang Fang']}/actions`, { do: 'split', registrations: [own] })
      expect((await cloud.get<MemberView>(`/api/members/${ids[name]}`)).id).toBe(ids[name])
    }
    await page.context().close()
  }, 120_000)

  it('releases the numbers of a member, after which whoever holds such a number is nobody', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'operator')
    await openMember(page, 'Wang Fang')
    await page.getByTestId('do-release').click()
    await confirmTwice(page, /numbers released/)
    await says(page, 'The numbers of Wang Fang are free.')
    await page.getByTestId('member').filter({ hasText: 'released' }).waitFor()
    await page.getByTestId('back').click()
    await findMember(page, '13800138002')
    await page.getByTestId('find-nobody').waitFor()
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('is usable by those who do not see or do not point, in both languages and themes, wide and narrow', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'operator')
    await findMember(page, 'Li')
    await page.getByTestId(`found-${ids['Li Na']}`).waitFor()
    await expectUsable(page)
    await page.getByTestId('lang-switch').click()
    await openMember(page, 'Li Na')
    await page.getByTestId('merges').locator('summary').filter({ hasText: '合并前的双方' }).click()
    await expectUsable(page)
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('decides what waits, by the keyboard alone, and the branch hears the answer', async () => {
    const { page, errors } = await openRoom(browser, cloud, 'members', 'operator')
    const [erase, release] = await waiting()
    await page.getByTestId(`request-${erase!.id}`).getByTestId('decide').focus()
    await page.keyboard.press('Enter')
    await page.locator('[data-testid=answer-grant]:focus').waitFor()
    await page.keyboard.press('ArrowDown')
    await page.getByTestId('answer-reason').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.type('ask for the ID card')
    await page.keyboard.press('Enter')
    await page.getByTestId('preview').filter({ hasText: 'No decision follows.' }).waitFor()
    await page.keyboard.press('Enter')
    await says(page, 'Refused: Erase a member’s data for good.')
    await page.getByTestId(`request-${erase!.id}`).waitFor({ state: 'detached' })
    await page.getByTestId(`request-${release!.id}`).getByTestId('decide').click()
    await confirmTwice(page, /numbers released/)
    await page.getByTestId('review-none').waitFor()
    await expect
      .poll(
        async () =>
          (await north.get<RequestDocument[]>('/api/requests')).map(({ state }) => String(state)).toSorted(compareText),
        {
          timeout: 30_000,
        },
      )
      .toEqual(['granted', 'refused'])
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)

  it('shows of an erased member that it was one and its balance, and offers nothing', async () => {
    await cloud.post(`/api/members/${ids['Zhao Lei']}/actions`, { do: 'erase' })
    const { page, errors } = await openRoom(browser, cloud, 'members', 'operator')
    await page.goto(`${cloud.url}/#/members?id=${ids['Zhao Lei']}`)
    const member = page.getByTestId('member')
    await member.filter({ hasText: 'erased' }).waitFor()
    expect(await member.textContent()).not.toMatch(/Zhao|138/)
    await page.getByTestId('merges').waitFor()
    expect(await page.getByTestId('member-actions').count()).toBe(0)
    expect(errors).toEqual([])
    await page.context().close()
  }, 120_000)
})
