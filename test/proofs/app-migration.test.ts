/**
 * A device whose app is older than its node: its documents were written by that app, in the browser, with members and
 * orders of version 0, and some of them were never sent. Headquarters has been upgraded first, then the branch's PC, then
 * the device. What goes wrong on the way is in `app-migration-trouble.test.ts`.
 */
import { describe, expect, it } from 'vitest'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { OlderDevice } from '../support/older-device.ts'
import { testOrder } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

function inSync(node: NodeProcess): Promise<BranchNodeStatus> {
  return statusWhere<BranchNodeStatus>(node, ({ backlog }) => backlog.documents === 0)
}

describe('a device with documents of an older app', { timeout: 120_000 }, () => {
  it('goes on with the app of today: what was unsent is sent, nothing is sent twice, and all sides agree', async () => {
    await using device = await OlderDevice.pair()
    await device.call('write', 'members', device.member(1))
    await device.call('write', 'orders', { ...testOrder('o-sent', 'b1', device.member(1)['id'] as string) })
    await device.call('exchange')
    await device.call('write', 'members', { id: device.member(1)['id'], note: 'edited offline' })
    await device.call('write', 'members', device.member(2))
    await device.call('write', 'orders', { ...testOrder('o-unsent', 'b1', device.member(2)['id'] as string) })
    await device.page.goto('about:blank')

    const node = await device.upgradeNode()
    await device.openApp(node)
    await statusWhere<BranchNodeStatus>(node, ({ collections }) => collections['orders']!.documents === 2)
    await inSync(node)
    for (const at of [node, device.cloud]) {
      const [first, second] = [device.member(1), device.member(2)].map(
        ({ id }) => `/api/documents/members/${id as string}`,
      )
      expect(await at.get(first!)).toMatchObject({ note: 'edited offline', followUps: [] })
      expect(await at.get(second!)).toMatchObject({ name: 'Member 2', followUps: [] })
      expect(await at.get('/api/documents/orders/o-unsent')).toMatchObject({ total: 2400, moves: [] })
      expect(await at.get('/api/documents/orders/o-sent')).toMatchObject({ total: 2400, moves: [] })
    }
    const since = new Date().toISOString()
    await statusWhere<CloudNodeStatus>(device.cloud, ({ branches: [branch] }) => {
      const { verdict } = branch!
      return verdict.state === 'in-sync' && verdict.checkedAt! > since
    })
    const ids = [device.member(1), device.member(2)].map(({ id }) => id as string)
    expect(device.sent['members']!.toSorted()).toEqual(ids.toSorted())
    expect(device.sent['orders']).toEqual(['o-unsent'])
    expect(device.errors).toEqual([])
  })

  it('waits for the tab of the older app, which makes room and loads itself anew', async () => {
    await using device = await OlderDevice.pair()
    await device.call('write', 'members', device.member(1))
    const node = await device.upgradeNode()
    expect(await device.call('problem')).toBe('PROTOCOL_OUTDATED')
    const left = device.page.waitForEvent('load')
    const tab = device.watch(await device.context.newPage())
    await device.openApp(node, tab)
    await left
    const path = `/api/documents/members/${device.member(1)['id'] as string}`
    await statusWhere<BranchNodeStatus>(node, ({ collections }) => collections['members']!.documents === 1)
    expect(await node.get(path)).toMatchObject({ name: 'Member 1', followUps: [] })
    expect(device.sent).toEqual({ members: [device.member(1)['id']] })
  })

  it('says that it is out of date, and loads itself once when nothing is typed', async () => {
    await using device = await OlderDevice.pair()
    await device.page.goto('about:blank')
    const node = await device.upgradeNode()
    await device.openApp(node)
    await device.page.getByTestId('phone-input').fill('138')
    let loads = 0
    device.page.on('load', () => (loads += 1))
    await device.context.route(/\/members\/\d+\/(pull|push|pullStream)/, (route) =>
      route.fulfill({
        status: 426,
        json: { error: true, code: 'PROTOCOL_OUTDATED', message: 'members are newer here' },
      }),
    )
    const told = device.page.getByTestId('update-outdated')
    await device.page.evaluate("window.dispatchEvent(new Event('online'))")
    await told.waitFor()
    expect(loads).toBe(0)
    const loaded = device.page.waitForEvent('load')
    await device.page.getByTestId('phone-input').fill('')
    await loaded
    await device.page.getByTestId('update-still-outdated').waitFor()
    // It is still out of date, and has tried: from now on a person says when.
    await device.page.getByTestId('phone-input').waitFor()
    expect(loads).toBe(1)
    const again = device.page.waitForEvent('load')
    await device.page.getByTestId('update-now').click()
    await again
    expect(loads).toBe(2)
    await device.page.getByTestId('update-still-outdated').waitFor()
  })
})
