/** A branch's day while something is away: what was done then must be in the mirror once it is back. */
import { expect } from 'vitest'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { addLines, AppDevice, pay, registerMember } from './app-device.ts'
import type { RealBranch, RealChain } from './real-chain.ts'
import { statusWhere } from './status-events.ts'

export const OUTAGES = ['device', 'node', 'internet'] as const
export type Outage = (typeof OUTAGES)[number]

/** Registers and sells while all of these are away, switches the device off and on, and ends them. */
export async function tradeThrough(chain: RealChain, branch: RealBranch, away: readonly Outage[]): Promise<void> {
  await using device = await AppDevice.pair(branch.node)
  if (away.includes('internet')) branch.link.cut()
  if (away.includes('node')) await branch.node.kill()
  const offline = away.includes('device')
  await device.context.setOffline(offline)
  const name = `Li Na ${away.join(' ')}`
  const phone = `1380013800${OUTAGES.reduce((sum, one, i) => sum + (away.includes(one) ? 2 ** i : 0), 0)}`

  await registerMember(device.page, name, phone)
  await device.page.getByTestId('member-select').click()
  await addLines(device.page, { Tea: '12', Cake: '8.50' })
  await pay(device.page)
  await device.off()

  await device.on({ offline })
  await device.page.getByTestId('phone-input').fill(phone)
  await device.page.getByTestId('member-card').filter({ hasText: name }).waitFor()
  if (away.length > 0) expect(await rowsOf(chain, name)).toEqual([])

  if (away.includes('internet')) branch.link.restore()
  if (away.includes('node')) await branch.restart()
  await device.context.setOffline(false)
  await statusWhere<CloudNodeStatus>(
    chain.cloud,
    ({ collections, mirrors: [mirror] }) => collections['orders']!.documents === 1 && mirror?.lag === 0,
  )
  await chain.level()
  expect(await rowsOf(chain, name)).toEqual([
    { branch_id: branch.id, status: 'paid', total: 2050, line_count: 2, name },
  ])
  expect(device.errors).toEqual([])
}

function rowsOf({ mysql }: RealChain, name: string): Promise<unknown[]> {
  return mysql.query(
    `SELECT o.branch_id, o.status, o.total, m.name,
      (SELECT COUNT(*) FROM order_line l WHERE l.order_id = o.id) AS line_count
     FROM orders o JOIN member m ON m.id = o.member_id WHERE m.name = ?`,
    [name],
  )
}
