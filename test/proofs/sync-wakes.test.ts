/** What wakes a branch whose timer would only fire in an hour, on real processes. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PushRequest } from '../../schemas/protocol/exchange.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { FaultProxy, FAULTS } from '../support/fault-proxy.ts'
import { killAllNodes, runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { testOrder } from '../support/real-chain.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'

let folder: ReturnType<typeof temporaryFolder>
let link: FaultProxy
let cloud: NodeProcess
let north: NodeProcess
let data: string

beforeEach(async () => {
  folder = temporaryFolder()
  cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud')])
  await cloud.post('/api/branches', { id: 'north', name: 'North' })
  link = await FaultProxy.open(cloud.url)
  data = join(folder.path, 'north')
  north = await startBranch(cloud, { id: 'north', dataDir: data, link }, ['--interval', '3600'])
  await where((status) => status.sync.stream === 'open' && isLevel(status))
})
afterEach(async () => {
  await killAllNodes()
  await link.close()
  folder.remove()
})

const where = (holds: (status: BranchNodeStatus) => boolean) => statusWhere<BranchNodeStatus>(north, holds)
const isLevel = ({ backlog, sync }: BranchNodeStatus) =>
  backlog.documents === 0 && !sync.running && sync.verdict.state === 'in-sync'
const orders = ({ collections }: BranchNodeStatus | CloudNodeStatus) => collections['orders']!.documents
const write = (node: NodeProcess, id: string) => node.post('/api/documents/orders', testOrder(id, 'north'))
const sync = (...args: string[]) => runCommand(['branch', 'sync', ...args, '--data', data])

describe('a branch whose timer fires once an hour', () => {
  it('is told by the live stream what headquarters has, and sends what it writes, without a heartbeat before it', async () => {
    let before = link.seen.length
    const first = () => link.seen[before]!.path.split('/').at(-1)
    await write(cloud, 'c1')
    await where((status) => orders(status) === 1 && isLevel(status))
    expect(first()).toBe('pull')
    before = link.seen.length
    await write(north, 'n1')
    await where((status) => orders(status) === 2 && isLevel(status))
    expect(first()).toBe('push')
    expect(orders(await cloud.get<CloudNodeStatus>('/api/status'))).toBe(2)
  })

  it('goes on at once when a link that failed is back, and sends nothing twice', async () => {
    link.cut()
    await write(north, 'n1')
    await where(({ sync: { state } }) => state === 'waiting')
    await write(north, 'n2')
    link.restore()
    await where(isLevel)
    await statusWhere<CloudNodeStatus>(cloud, (status) => orders(status) === 2)
    const pushes = link.seen.filter(({ path, answered }) => path.endsWith('/push') && answered)
    const sent = pushes.flatMap((exchange) =>
      (exchange.request() as PushRequest).documents.map(({ document }) => document['id'] as string),
    )
    expect(sent.toSorted()).toEqual(['n1', 'n2'])
  })

  it('sends a request again that the link failed once, within the same cycle', async () => {
    for (const fault of ['drop request', 'drop response after commit', 'answer 503', 'captive portal'] as const) {
      const struck = link.next('/push', FAULTS[fault])
      await write(north, `n ${fault}`)
      await struck
      await where(isLevel)
    }
    const status = await where(isLevel)
    expect(status.sync).toMatchObject({ failures: 0, state: 'resting' })
    expect(status.sync.lastError).toBeUndefined()
    expect(orders(await cloud.get<CloudNodeStatus>('/api/status'))).toBe(4)
  })

  it('says why headquarters does not let it in, and goes on for a person once it does', async () => {
    await cloud.post('/api/branches/north/disable', {})
    await write(north, 'n1')
    const refused = await where(({ sync: { state } }) => state === 'refused')
    expect(refused.sync.refused).toMatchObject({ code: 'BRANCH_DISABLED' })
    const shown = await sync('show')
    expect(shown.stdout).toContain('[BRANCH_DISABLED]')
    await cloud.post('/api/branches/north/enable', {})
    const { code } = await sync('now')
    expect(code).toBe(0)
    expect((await where(isLevel)).sync.refused).toBeUndefined()
  })

  it('leaves a suspended collection out, both ways, while others go on, and takes up where it was', async () => {
    expect((await sync('suspend', 'orders')).stdout).toContain('suspended: orders')
    await write(north, 'n1')
    await write(cloud, 'c1')
    await cloud.post('/api/documents/products', { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' })
    const without = await where((status) => status.collections['products']!.documents === 1 && !status.sync.running)
    expect(orders(without)).toBe(1)
    expect(without.sync.verdict.state).not.toBe('in-sync')
    expect(orders(await cloud.get<CloudNodeStatus>('/api/status'))).toBe(1)

    expect((await sync('resume', 'orders')).stdout).not.toContain('suspended')
    await where((status) => orders(status) === 2 && isLevel(status))
    await statusWhere<CloudNodeStatus>(cloud, (status) => orders(status) === 2)
  })

  it('holds back what it has while it is off, also after commands to the stopped node, and says what is wrong with one', async () => {
    expect((await sync('off')).stdout).toContain('synchronisation is off')
    await write(north, 'n1')
    expect((await sync('now')).code).toBe(1)
    await north.stop()
    const stopped = JSON.parse((await sync('set', '--window', '22:00-06:00', '--bandwidth', '50', '--json')).stdout)
    expect(stopped).toMatchObject({ sync: { enabled: false, settings: { window: { from: '22:00' }, bandwidth: 50 } } })
    expect((await sync('suspend', 'tables')).stderr).toContain('COLLECTION_UNKNOWN')
    expect((await sync('set', '--window', '25:00-06:00')).stderr).toMatch(/22:00/)
    const nowhere = await runCommand(['branch', 'sync', 'on', '--data', join(folder.path, 'none')])
    expect(nowhere.stderr).toContain('outpost branch enroll')
  })

  it('compresses what it sends, and tells how much that was', async () => {
    await write(north, 'n1')
    const { sync: status } = await where(isLevel)
    const heartbeat = link.seen.findLast(({ path }) => path.endsWith('heartbeat'))!
    expect(heartbeat.requestBytes.length).toBeLessThan(JSON.stringify(heartbeat.request()).length / 2)
    expect(status.traffic!.sent).toBeGreaterThan(0)
  })

  it('shows headquarters the orders and sales of its day, and again only when they change', async () => {
    const today = { ...testOrder('n1', 'north'), placedAt: new Date().toISOString() }
    await north.post('/api/documents/orders', today)
    const told = await link.answered('/stats')
    expect(told.request()).toMatchObject({ orders: 1, sales: 2400, currency: 'CNY' })
    const shown = (orders: number, sales: number) =>
      statusWhere<CloudNodeStatus>(cloud, ({ branches }) => {
        const stats = branches[0]!.stats
        return stats?.orders === orders && stats.sales === sales
      })
    await shown(1, 2400)
    const count = () => link.seen.filter(({ path }) => path.endsWith('/stats')).length
    const before = count()
    await sync('now')
    expect(count()).toBe(before)
    await north.post('/api/documents/orders', { ...today, id: 'n2', number: 'n2', total: 600 })
    await shown(2, 3000)
    expect(count()).toBe(before + 1)
  })
})
