import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SignedFetch } from '../../adapters/access/signed-fetch.ts'
import { EXCHANGE_PATH } from '../../adapters/http/exchange-path.ts'
import type { HeartbeatRequest } from '../../schemas/protocol/exchange.ts'
import type { ReconcileRun } from '../../schemas/protocol/reconciliation.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { launchBrowser } from '../support/browser.ts'
import { postSigned, signedFetchOf } from '../support/enrolled-signer.ts'
import { openHealthPage } from '../support/health-page.ts'
import { lockTable } from '../support/lock-table.ts'
import { openPairedPage } from '../support/paired-page.ts'
import { outpost, RealChain, testOrder, testProduct } from '../support/real-chain.ts'
import { heartbeatOf } from '../support/served-cloud.ts'
import { statusWhere } from '../support/status-events.ts'

let browser: Browser
let chain: RealChain

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
})

beforeEach(async () => {
  chain = await RealChain.start()
})

afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await chain.stop()
})

describe('the branch app in Chromium', () => {
  it('registers a member and takes an order while the local node is stopped; both arrive in MySQL after it is back', async () => {
    await chain.cloud.post('/api/import', [testProduct('1').record])
    const branch = await chain.addBranch('b1')
    await chain.level()
    const { page, errors } = await openPairedPage(browser, branch.node)
    await page.getByTestId('phone-input').waitFor()
    await page.getByTestId('nav-order').click()
    await page.getByTestId('product-search').fill('Tea')
    await page.getByTestId('product-result').first().waitFor()

    await branch.node.stop()
    await page.getByTestId('nav-members').click()
    await page.getByTestId('phone-input').fill('138 0013 8000')
    await page.getByTestId('register-name').fill('Li Na')
    await page.getByTestId('register-submit').click()
    await page.getByTestId('member-card').filter({ hasText: 'Li Na' }).waitFor()
    await page.getByTestId('member-select').click()
    await page.getByTestId('product-search').fill('Tea')
    await page.getByTestId('product-result').first().click()
    await page.getByTestId('order-pay').click()
    await page.getByTestId('order-done').waitFor()
    await page.getByTestId('sync-strip').click()
    await page.getByTestId('sync-switch').and(page.locator(':disabled')).filter({ hasText: 'Last known: On' }).waitFor()
    expect(await chain.mysql.query('SELECT COUNT(*) AS n FROM orders')).toEqual([{ n: 0 }])

    await branch.restart()
    await statusWhere<CloudNodeStatus>(
      chain.cloud,
      ({ collections, mirrors: [mirror] }) =>
        collections['orders']!.documents === 1 && collections['members']!.documents === 1 && mirror?.lag === 0,
    )
    const [row] = await chain.mysql.query(
      'SELECT o.branch_id, o.status, o.total, m.name, m.phone FROM orders o JOIN member m ON m.id = o.member_id',
    )
    expect(row).toEqual({ branch_id: 'b1', status: 'paid', total: 1200, name: 'Li Na', phone: '+8613800138000' })
    expect(errors).toEqual([])
  }, 120_000)

  it('offers the member that has the phone already instead of a second one', async () => {
    const branch = await chain.addBranch('b1')
    const first = await openPairedPage(browser, branch.node)
    await first.page.getByTestId('phone-input').fill('13800138000')
    await first.page.getByTestId('register-name').fill('Li Na')
    await first.page.getByTestId('register-submit').click()
    await first.page.getByTestId('member-card').filter({ hasText: 'Li Na' }).waitFor()
    await chain.level()
    const second = await openPairedPage(browser, branch.node)
    await second.page.getByTestId('phone-input').fill('+86 138-0013-8000')
    await second.page.getByTestId('member-card').filter({ hasText: 'Li Na' }).waitFor()
    expect(await second.page.getByTestId('register-submit').count()).toBe(0)
    expect(await second.page.getByTestId('member-card').textContent()).toContain('138****8000')
    expect([...first.errors, ...second.errors]).toEqual([])
  }, 120_000)

  it('lets a person switch synchronisation off and on and ask for it now, and shows what comes of it', async () => {
    await chain.cloud.post('/api/import', [testProduct('1').record])
    const branch = await chain.addBranch('b1')
    const { page, errors } = await openPairedPage(browser, branch.node)
    const [onOff, node, cloud] = ['sync-switch', 'sync-node', 'sync-cloud'].map((id) => page.getByTestId(id))
    await page.getByTestId('sync-strip').click()
    await cloud!.filter({ hasText: 'In sync' }).waitFor()
    await onOff!.click()
    await onOff!.and(page.getByRole('switch', { checked: false })).waitFor()
    await cloud!.filter({ hasText: 'Switched off' }).waitFor()

    await page.getByTestId('nav-order').click()
    await page.getByTestId('product-search').fill('Tea')
    await page.getByTestId('product-result').first().click()
    await page.getByTestId('order-pay').click()
    await page.getByTestId('nav-sync').click()
    await node!.filter({ hasText: 'Orders: 1' }).waitFor()
    expect((await chain.cloud.get<CloudNodeStatus>('/api/status')).collections['orders']!.documents).toBe(0)

    branch.link.cut()
    await onOff!.click()
    await onOff!.and(page.getByRole('switch', { checked: true })).waitFor()
    await cloud!.filter({ hasText: 'LINK_FAILED' }).waitFor()
    branch.link.restore()
    await page.getByTestId('sync-now').click()
    await node!.filter({ hasText: 'Nothing waits' }).waitFor()
    await cloud!.filter({ hasText: 'In sync' }).filter({ hasNotText: 'LINK_FAILED' }).waitFor()
    expect((await chain.cloud.get<CloudNodeStatus>('/api/status')).collections['orders']!.documents).toBe(1)
    expect(errors).toEqual([])
  }, 120_000)
})

describe('members and headquarters in the branch app', () => {
  it('changes a phone that was asked for while node and headquarters were away, once headquarters is back', async () => {
    const branch = await chain.addBranch('b1')
    const { page, errors } = await openPairedPage(browser, branch.node)
    await registerMember(page, 'Li Na', '13800138000')
    await chain.level()
    branch.link.cut()
    await branch.node.stop()

    await page.getByTestId('member-open').click()
    await page.getByTestId('ask-phone').click()
    await page.getByTestId('new-phone').fill('1390013')
    await page.getByTestId('new-phone-submit').click()
    await page.getByText('Not a complete phone number').waitFor()
    await page.getByTestId('new-phone').fill('139 0013 9000')
    await page.getByTestId('new-phone-submit').click()
    const state = page.getByTestId('request-state')
    await state.filter({ hasText: 'Waits for headquarters' }).waitFor()
    expect(await page.getByTestId('ask-phone').isDisabled()).toBe(true)
    // Whoever types the new number meanwhile is told whose it will be.
    await page.getByTestId('member-back').click()
    await page.getByTestId('phone-input').fill('13900139000')
    await page.getByTestId('phone-wanted').waitFor()
    await page.getByTestId('member-card').filter({ hasText: '138****8000' }).waitFor()
    expect(await page.getByTestId('register-submit').count()).toBe(0)

    await branch.restart()
    branch.link.restore()
    await page.getByTestId('nav-requests').click()
    await state.filter({ hasText: 'Granted' }).waitFor()
    await page.getByTestId('nav-members').click()
    await page.getByTestId('phone-input').fill('13900139000')
    await page.getByTestId('member-card').filter({ hasText: 'Li Na' }).filter({ hasText: '139****9000' }).waitFor()
    await page.getByTestId('phone-input').fill('13800138000')
    await page.getByTestId('register-name').waitFor()
    expect(await page.getByTestId('member-card').count()).toBe(0)
    expect(errors).toEqual([])
  }, 120_000)

  it('shows a registration that headquarters holds, and whose it is once that is decided', async () => {
    const [near, far] = [await chain.addBranch('b1'), await chain.addBranch('b2')]
    const { page, errors } = await openPairedPage(browser, far.node)
    await page.getByTestId('phone-input').waitFor()
    far.link.cut()
    const { id } = await near.node.post<{ id: string }>('/api/members', { name: 'Li Na', phone: '13800000002' })
    await statusWhere<CloudNodeStatus>(chain.cloud, ({ collections }) => collections['members']!.documents === 1)
    await chain.cloud.post(`/api/members/${id}/actions`, { do: 'phone', to: '13900000002' })
    await registerMember(page, 'Wang Wei', '13800000002')

    far.link.restore()
    await page.getByTestId('nav-requests').click()
    const held = page.getByTestId('request-item').filter({ hasText: 'Wang Wei' }).filter({ hasText: '138****0002' })
    await held.filter({ hasText: /nobody’s yet/ }).waitFor()
    await page.getByTestId('nav-members').click()
    await page.getByTestId('phone-input').fill('Wang')
    await page.getByText('Nobody in this branch’s store matches').waitFor()

    const [request] = await chain.cloud.get<{ id: string }[]>('/api/requests')
    await chain.cloud.post(`/api/requests/${request!.id}/decide`, { answer: 'grant' })
    await page.getByTestId('phone-input').fill('13800000002')
    await page.getByTestId('member-card').filter({ hasText: 'Wang Wei' }).waitFor()
    await page.getByTestId('phone-input').fill('13900000002')
    await page.getByTestId('member-card').filter({ hasText: 'Li Na' }).waitFor()
    expect(errors).toEqual([])
  }, 120_000)

  it('shows the member of today and all its orders under an id that somebody kept', async () => {
    const branch = await chain.addBranch('b1')
    const register = (name: string, phone: string) =>
      branch.node.post<{ id: string }>('/api/members', { name, phone }).then(({ id }) => id)
    const [one, other] = [await register('Li Na (old)', '13800138000'), await register('Li Na', '13900139000')]
    await branch.node.post('/api/documents/orders', testOrder('o1', 'b1', one))
    await branch.node.post('/api/documents/orders', testOrder('o2', 'b1', other))
    await chain.level()
    const { page, errors } = await openPairedPage(browser, branch.node, `/#/members/${one}`)
    const detail = page.getByTestId('member-detail')
    await detail.filter({ hasText: 'Li Na (old)' }).filter({ hasText: '24 points' }).waitFor()

    await chain.cloud.post(`/api/members/${one}/actions`, { do: 'merge', into: other })
    await detail.filter({ hasNotText: '(old)' }).filter({ hasText: '48 points' }).waitFor()
    expect(await detail.getByTestId('member-phones').textContent()).toBe('139****9000, 138****8000')
    await page.getByTestId('member-order').nth(1).waitFor()
    expect(await page.getByTestId('member-history').textContent()).toContain('Li Na (old)')
    expect(errors).toEqual([])
  }, 120_000)
})

describe('the health page in Chromium', () => {
  it('shows a branch behind while its last word is that something waits, then in sync, without reloading', async () => {
    const branch = await chain.addBranch('b1')
    await chain.level()
    const { page, errors } = await openHealthPage(browser, chain.cloud)
    const verdict = page.getByTestId('branch-verdict-b1')
    await verdict.filter({ hasText: /in sync/i }).waitFor()
    // Headquarters has something that the branch, cut off, cannot fetch.
    branch.link.cut()
    await chain.cloud.post('/api/import', [testProduct('1').record])
    await verdict.filter({ hasText: /behind/i }).waitFor()
    await branch.node.post('/api/documents/orders', testOrder('o1', 'b1'))
    branch.link.restore()
    await verdict.filter({ hasText: /in sync/i }).waitFor()
    await chain.level()
    const row = page.getByTestId('branch-row-b1')
    await row.filter({ hasText: '1' }).waitFor()
    expect(await page.getByTestId('mirror-state').textContent()).toMatch(/running/i)
    expect(await page.getByTestId('reconcile-open').textContent()).toBe('0')
    expect(errors).toEqual([])
  }, 120_000)

  it('lets an operator stop a comparison that is under way, and shows a viewer that it is', async () => {
    await chain.cloud.post('/api/import', [testProduct('1').record])
    await chain.level()
    const viewer = await openHealthPage(browser, chain.cloud)
    const operator = await openHealthPage(browser, chain.cloud, 'operator')
    const unlock = await lockTable(chain.mysql, 'product')
    const { id } = await chain.cloud.post<ReconcileRun>('/api/reconcile', {})
    const stop = operator.page.getByTestId('reconcile-stop')
    await stop.filter({ hasText: 'Stop the comparison' }).waitFor()
    await viewer.page.getByTestId('reconciliation').filter({ hasText: 'Comparing now' }).waitFor()
    expect(await viewer.page.getByTestId('reconcile-stop').count()).toBe(0)

    await stop.click()
    for (const { page } of [viewer, operator]) {
      await page.getByTestId('reconcile-last').filter({ hasText: 'Stopped' }).waitFor()
    }
    await stop.waitFor({ state: 'detached' })
    expect(await chain.cloud.get<ReconcileRun>(`/api/reconcile/${id}`)).toMatchObject({ state: 'stopped' })
    await unlock()
    expect([...viewer.errors, ...operator.errors]).toEqual([])
  }, 120_000)

  it('keeps the long error of a branch within its card, and says all of it on demand', async () => {
    const message = `headquarters does not answer: ${'no_word_ends_here'.repeat(10)}`
    const lastError = { code: 'LINK_FAILED' as const, message, at: new Date().toISOString() }
    const figures = { backlog: { documents: 0 }, classes: [], exceptions: 0, lastError }
    const send = await branchByHand()
    expect(await hear(send, { figures })).toBe(200)
    const { page, errors } = await openHealthPage(browser, chain.cloud)
    const error = page.getByTestId('branch-error-b1')
    expect(await error.getByTitle(message).textContent()).toBe(message)
    for (const width of [1280, 1480]) {
      await page.setViewportSize({ width, height: 900 })
      const card = (await page.locator('.card.flush').boundingBox())!
      const shown = (await error.boundingBox())!
      expect(shown.x + shown.width).toBeLessThanOrEqual(card.x + card.width - 20)
      expect(shown.height).toBeLessThan(160)
    }
    expect(errors).toEqual([])
  }, 120_000)

  it('names for each of two PCs of a branch the whole command that keeps it', async () => {
    const send = await branchByHand()
    const copy = { head: { epoch: 'copy-1', seq: 0 }, epochs: [{ epoch: 'copy-1', firstSeq: 1 }], host: 'copy' }
    expect([await hear(send, {}), await hear(send, copy), await hear(send, { beat: 2 })]).toEqual([200, 200, 409])
    const { page, errors } = await openHealthPage(browser, chain.cloud)
    const commands = page.getByTestId('branch-suspected-b1').locator('code')
    await commands.first().waitFor()
    const texts = await commands.allTextContents()
    expect(texts.toSorted()).toEqual([
      'outpost cloud branch keep b1 --pc copy-1',
      'outpost cloud branch keep b1 --pc start-of-b1',
    ])
    const [, ...words] = texts.find((text) => text.endsWith('copy-1'))!.split(' ')
    expect(await outpost(...words, '--data', chain.cloud.dataDir)).toMatchObject({ dryRun: false })
    await page.getByTestId('branch-verdict-b1').waitFor()
    expect(errors).toEqual([])
  }, 120_000)
})

/** A branch that is enrolled and has no node. */
async function branchByHand(): Promise<SignedFetch> {
  await chain.cloud.post('/api/branches', { id: 'b1', name: 'North' })
  return signedFetchOf(chain.cloud, 'b1', join(chain.folder.path, 'b1'))
}

/** @returns the status of headquarters' answer */
async function hear(send: SignedFetch, changed: Partial<HeartbeatRequest>): Promise<number> {
  const { status } = await postSigned(send, `${EXCHANGE_PATH}/heartbeat`, heartbeatOf('b1', changed))
  return status
}

async function registerMember(page: Page, name: string, phone: string): Promise<void> {
  await page.getByTestId('phone-input').fill(phone)
  await page.getByTestId('register-name').fill(name)
  await page.getByTestId('register-submit').click()
  await page.getByTestId('member-card').filter({ hasText: name }).waitFor()
}
