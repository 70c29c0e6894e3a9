/** The branch app in Chromium while everything around it fails: nothing is lost, nothing is there twice. */
import { describe, expect, it } from 'vitest'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { addLines, AppDevice, pay, registerMember } from '../support/app-device.ts'
import { OUTAGES, tradeThrough } from '../support/app-outages.ts'
import { RealChain } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

/** Until headquarters has so many and MySQL has them too. */
async function ordersArrive(chain: RealChain, count: number): Promise<void> {
  await statusWhere<CloudNodeStatus>(
    chain.cloud,
    ({ collections, mirrors: [mirror] }) => collections['orders']!.documents >= count && mirror?.lag === 0,
  )
  await chain.level()
}

describe('a device of a branch', { timeout: 120_000 }, () => {
  it('keeps what was done while network, node and internet were away, over a restart, until MySQL has it', async () => {
    await using chain = await RealChain.start()
    const branch = await chain.addBranch('b1')
    await tradeThrough(chain, branch, OUTAGES)
  })

  it('makes one member of a phone that another device registered too while both had no network', async () => {
    await using chain = await RealChain.start()
    const branch = await chain.addBranch('b1')
    await using first = await AppDevice.pair(branch.node, 'Till 1')
    await using second = await AppDevice.pair(branch.node, 'Till 2')
    const devices = [first, second]
    for (const { context } of devices) await context.setOffline(true)
    for (const [i, { page }] of devices.entries()) {
      await registerMember(page, `Li Na ${i + 1}`, '13800138000')
      await page.getByTestId('member-select').click()
      await addLines(page, { Tea: `${i + 1}` })
      await pay(page)
    }
    for (const { context } of devices) await context.setOffline(false)
    await ordersArrive(chain, 2)
    const [member, ...more] = await chain.mysql.query<{ id: string }>('SELECT id FROM member')
    expect(more).toEqual([])
    const registrations = 'SELECT COUNT(*) AS n FROM member_registration WHERE member_id = ?'
    expect(await chain.mysql.query(registrations, [member!.id])).toEqual([{ n: 2 }])
    const orders = 'SELECT total FROM order_with_member WHERE current_member_id = ? ORDER BY total'
    expect(await chain.mysql.query(orders, [member!.id])).toEqual([{ total: 100 }, { total: 200 }])
    expect(devices.flatMap(({ errors }) => errors)).toEqual([])
  })

  it('writes in two tabs at once, and makes one order of a draft that is paid in both', async () => {
    await using chain = await RealChain.start()
    const branch = await chain.addBranch('b1')
    await using device = await AppDevice.pair(branch.node)
    const tabs = [device.page, await device.openTab('members')] as const
    await branch.node.kill()
    await Promise.all(tabs.map((tab, i) => registerMember(tab, `Li Na ${i}`, `1380013800${i}`)))
    await addLines(tabs[0], { Tea: '3' })
    await tabs[1].getByTestId('nav-order').click()
    await tabs[1].getByTestId('order-line').filter({ hasText: 'Tea' }).waitFor()
    // Not through the driver, which waits until a button can be clicked: the draft that one tab has paid is gone in both.
    await Promise.all(tabs.map((tab) => tab.evaluate(`document.querySelector('[data-testid="order-pay"]').click()`)))
    await Promise.race(tabs.map((tab) => tab.getByTestId('order-done').waitFor()))
    await branch.restart()
    await ordersArrive(chain, 1)
    expect(await chain.mysql.query('SELECT name FROM member ORDER BY name')).toEqual([
      { name: 'Li Na 0' },
      { name: 'Li Na 1' },
    ])
    expect(await chain.mysql.query('SELECT name FROM order_line')).toEqual([{ name: 'Tea' }])
    expect(device.errors).toEqual([])
  })

  it('has an order wholly or not at all when its tab dies while it is saved, and one when it is taken again', async () => {
    await using chain = await RealChain.start()
    const branch = await chain.addBranch('b1')
    await using device = await AppDevice.pair(branch.node)
    await device.context.setOffline(true)
    const moments = [0, 2, 5, 10, 20, 40]
    for (const [i, ms] of moments.entries()) {
      await addLines(device.page, { [`Tea ${i}`]: '3', [`Cake ${i}`]: '4' })
      await device.crashAfterClick('order-pay', ms)
      await device.go('order')
      await device.page.getByTestId('nav-order').waitFor()
      // The draft is kept until its order is, so whoever finds it there pays it, whether or not it was saved already.
      const left = device.page.getByTestId('order-line').filter({ hasText: `Tea ${i}` })
      await device.page.getByTestId('line-name').waitFor()
      if (await left.isVisible()) await pay(device.page)
    }
    await device.context.setOffline(false)
    await ordersArrive(chain, moments.length)
    const orders = await chain.mysql.query<{ names: string }>(
      `SELECT GROUP_CONCAT(l.name ORDER BY l.line_no SEPARATOR ', ') AS names
       FROM orders o JOIN order_line l ON l.order_id = o.id GROUP BY o.id ORDER BY names`,
    )
    expect(orders.map(({ names }) => names)).toEqual(moments.map((_, i) => `Tea ${i}, Cake ${i}`).toSorted())
  })

  it('says in words that the device is full, loses nothing, and goes on when there is room again', async () => {
    await using chain = await RealChain.start()
    const branch = await chain.addBranch('b1')
    await using device = await AppDevice.pair(branch.node)
    await addLines(device.page, { Tea: '12' })
    const free = await device.fillUp()
    await device.page.getByTestId('order-pay').click()
    await device.page.getByRole('alert').filter({ hasText: 'full: nothing was saved' }).waitFor()
    expect(await device.page.getByTestId('order-error').textContent()).not.toContain('Error')
    expect(await device.page.getByTestId('order-done').count()).toBe(0)
    // What comes from elsewhere meanwhile has no room either.
    await branch.node.post('/api/members', { name: 'Li Na', phone: '13800138000' })
    await device.page.getByTestId('order-line').filter({ hasText: 'Tea' }).waitFor()
    await free()
    await pay(device.page)
    await ordersArrive(chain, 1)
    expect(await chain.mysql.query('SELECT total FROM orders')).toEqual([{ total: 1200 }])
    await device.page.getByTestId('nav-members').click()
    await device.page.getByTestId('phone-input').fill('13800138000')
    await device.page.getByTestId('member-card').filter({ hasText: 'Li Na' }).waitFor()
    expect(device.errors).toEqual([])
  })
})
