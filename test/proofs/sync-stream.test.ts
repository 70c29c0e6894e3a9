/** A live stream that has died without a word, on real processes: the timer does its work until it is noticed and opened again. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { killAllNodes, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { testOrder } from '../support/real-chain.ts'
import { startBranch } from '../support/start-branch.ts'
import { statusWhere } from '../support/status-events.ts'

/** Seconds between two cycles that nothing else has woken. */
const INTERVAL_S = 20

let folder: ReturnType<typeof temporaryFolder>
let link: FaultProxy
let cloud: NodeProcess
let north: NodeProcess

beforeAll(async () => {
  folder = temporaryFolder()
  cloud = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud')])
  await cloud.post('/api/branches', { id: 'north', name: 'North' })
  link = await FaultProxy.open(cloud.url)
  const interval = ['--interval', String(INTERVAL_S)]
  north = await startBranch(cloud, { id: 'north', dataDir: join(folder.path, 'north'), link }, interval)
  await where(({ sync }) => sync.stream === 'open' && isResting(sync))
})

afterAll(async () => {
  await killAllNodes()
  await link.close()
  folder.remove()
})

const where = (holds: (status: BranchNodeStatus) => boolean) => statusWhere(north, holds, 80_000)
const isResting = ({ running, verdict }: BranchNodeStatus['sync']) => !running && verdict.state === 'in-sync'
const arrived = (count: number) =>
  where(({ sync, collections }) => collections['orders']!.documents === count && isResting(sync))
const write = (id: string) => cloud.post('/api/documents/orders', testOrder(id, 'north'))
const requests = () => link.seen.map(({ path }) => path.split('/').at(-1))

it(
  'a stream that falls silent is noticed, while the timer goes on, and one that is opened again tells what there is',
  { timeout: 120_000 },
  async () => {
    // The first one was not signed over a number of headquarters yet.
    const stream = link.seen.findLast(({ path, status }) => path.endsWith('/nudges') && status === 200)!
    stream.silence()
    const from = link.seen.length
    await write('silent')
    await arrived(1)
    // Nobody told it: it has asked.
    expect(requests().slice(from)[0]).toBe('heartbeat')
    expect(requests().slice(from)).not.toContain('nudges')

    const { held, letGo } = link.hold('/nudges', 'request')
    const opened = await held
    await where(({ sync }) => sync.stream === 'connecting')
    letGo()
    await where(({ sync }) => sync.stream === 'open' && isResting(sync))

    await write('told')
    await arrived(2)
    expect(opened.answerText()).toContain('"priority":80')
  },
)
