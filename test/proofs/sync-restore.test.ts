/** Stores that go back, PCs that are there twice, rows that are gone, on real processes: each heals within a few cycles. */
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import type { Store } from '../../adapters/sqlite/store.ts'
import { openStoppedCloud } from '../../cloud-node/main.ts'
import { TombstonePurge } from '../../cloud-node/purge-tombstones.ts'
import type { BranchOperations } from '../../local-node/branch-operations.ts'
import { openStoppedBranch } from '../../local-node/main.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import type { BranchDetail } from '../../schemas/protocol/branches.ts'
import type { BundleExport, BundleImport } from '../../schemas/protocol/bundle.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import type { Acknowledged } from '../support/check-invariants.ts'
import type { NodeProcess } from '../support/node-process.ts'
import { programAt } from '../support/paired-program.ts'
import { healed, outpost, putBack, RealChain, testOrder, testProduct, type RealBranch } from '../support/real-chain.ts'
import { statusWhere } from '../support/status-events.ts'

const IN_2000 = Date.UTC(2000, 0)
const IN_2099 = Date.UTC(2099, 0)

let chain: RealChain
let north: RealBranch
let south: RealBranch
let east: RealBranch
let west: RealBranch
let lake: RealBranch
let acknowledged: Acknowledged[] = []

beforeAll(async () => {
  chain = await RealChain.start()
  await chain.cloud.post('/api/import', [testProduct('1').record])
  const ids = ['north', 'south', 'east', 'west', 'lake']
  const all = await Promise.all(ids.map((id) => chain.addBranch(id)))
  ;[north, south, east, west, lake] = all as [RealBranch, RealBranch, RealBranch, RealBranch, RealBranch]
  await Promise.all(all.map((branch) => healed(branch)))
}, 120_000)

afterAll(async () => {
  await chain.stop()
})

function order(at: NodeProcess, id: string, branch: RealBranch, fields: object = {}): Promise<unknown> {
  acknowledged.push({ collection: 'orders', id, fields: { total: 2400 } })
  return at.post('/api/documents/orders', { ...testOrder(id, branch.id), ...fields })
}

/** They were in the lost future of every store that held them, and in no other. */
function lost(...ids: string[]): void {
  acknowledged = acknowledged.filter(({ id }) => !ids.includes(id))
}

async function expectHeld(at: NodeProcess, ...ids: string[]): Promise<void> {
  for (const id of ids) expect(await at.get(`/api/documents/orders/${id}`)).toMatchObject({ id, total: 2400 })
}

function copyOf(node: NodeProcess, name: string): string {
  const folder = join(chain.folder.path, name)
  cpSync(node.dataDir, folder, { recursive: true })
  return folder
}

interface Pulled {
  readonly checkpoint: { readonly id: string }
}

/** A checkpoint names the start of the store. */
async function epochOf(node: NodeProcess): Promise<string> {
  const page = await callNode<Pulled>(await programAt(node), 'GET', '/orders/1/pull?limit=1')
  return page.checkpoint.id
}

function refused(node: NodeProcess, code: ErrorCode): Promise<BranchNodeStatus> {
  return statusWhere<BranchNodeStatus>(node, ({ sync }) => sync.refused?.code === code)
}

/** What a PC that is not let in any more never sent comes to headquarters on a stick. */
async function carryFromDead(dataDir: string): Promise<BundleImport> {
  const stick = `${dataDir}-stick`
  mkdirSync(stick)
  const { file } = await outpost<BundleExport>('branch', 'export-bundle', '--data', dataDir, '--to', stick)
  return outpost<BundleImport>('cloud', 'import-bundle', file, '--from-dead', '--data', chain.cloud.dataDir)
}

/** The environment of a process whose clock is wrong. @param now an expression of the true time `now()` and of `n++` */
function withClock(now: string): NodeJS.ProcessEnv {
  const code = `const True = Date, now = True.now; let n = 0; globalThis.Date = class extends True {
    constructor(...of) { if (of.length > 0) super(...of); else super(Date.now()) }
    static now() { return ${now} } }`
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` }
}

/** Stops everything and looks; then everything is started again. */
async function expectWhole(parked: readonly { collection: string; id: string }[] = []): Promise<void> {
  await chain.level()
  expect(await chain.violations({ acknowledged, parked })).toEqual([])
}

describe.concurrent('a branch', () => {
  it('that is put back to a backup gets again what it had sent and received since', async () => {
    await order(north.node, 'n1', north)
    await healed(north)
    const { file } = await outpost<{ file: string }>('backup', '--data', north.node.dataDir)
    await order(north.node, 'n2', north)
    await order(chain.cloud, 'n3', north)
    await healed(north)
    await north.node.stop()
    await outpost('restore', file, '--data', north.node.dataDir, '--yes')
    const from = north.link.seen.length
    await north.restart()
    await order(north.node, 'n4', north)
    await healed(north, from)
    await expectHeld(north.node, 'n1', 'n2', 'n3', 'n4')
  })

  it('whose folder is an old copy is noticed though it has traded on and was started again before it is connected', async () => {
    await order(south.node, 's1', south)
    await healed(south)
    await south.node.stop()
    const copy = copyOf(south.node, 'south-copy')
    await south.restart()
    await order(south.node, 's2', south)
    await order(chain.cloud, 's3', south)
    await healed(south)
    await south.node.stop()
    putBack(south.node, copy)
    south.link.cut()
    await south.restart()
    // It comes further than it ever was.
    for (const id of ['s4', 's5', 's6', 's7', 's8', 's9']) await order(south.node, id, south)
    await south.node.stop()
    south.link.restore()
    const from = south.link.seen.length
    await south.restart()
    await order(south.node, 's10', south)
    await healed(south, from)
    await expectHeld(south.node, 's1', 's2', 's3', 's4', 's9', 's10')
    await expectHeld(chain.cloud, 's4', 's9', 's10')
  })

  it('that is there twice is let in neither time until a person says which one lives; what the other never sent is carried', async () => {
    await order(east.node, 'e1', east)
    await healed(east)
    await east.node.stop()
    const copy = copyOf(east.node, 'east-copy')
    await east.restart()
    const twin = await east.startPc(copy)
    await order(east.node, 'e2', east)
    await order(twin, 'e3', east)
    await Promise.all([east.node, twin].map((node) => refused(node, 'CLONE_SUSPECTED')))
    await order(east.node, 'e4', east)
    await order(twin, 'e5', east)
    const data = chain.cloud.dataDir
    const { row } = await outpost<BranchDetail>('cloud', 'branch', 'show', 'east', '--data', data)
    const living = await epochOf(east.node)
    expect(row.suspected!.map(({ epoch }) => epoch).toSorted()).toEqual([living, await epochOf(twin)].toSorted())
    await outpost('cloud', 'branch', 'keep', 'east', '--pc', living, '--data', data)
    await twin.stop()
    await healed(east)
    await expectHeld(east.node, 'e1', 'e2', 'e4')
    expect(await carryFromDead(copy)).toMatchObject({ state: 'taken', rejected: 0 })
    await healed(east)
    await expectHeld(east.node, 'e3', 'e5')
  })

  it('gets an empty PC in the place of one that died, which is refused when it wakes up and whose rest is carried', async () => {
    await order(west.node, 'w1', west)
    await order(chain.cloud, 'w2', west)
    await healed(west)
    west.link.cut()
    await order(west.node, 'w3', west)
    await west.node.kill()
    const { dataDir } = west.node
    await outpost('cloud', 'branch', 'replace', 'west', '--yes', '--data', chain.cloud.dataDir)
    west.link.restore()
    const from = west.link.seen.length
    west.node = await west.startPc(join(chain.folder.path, 'west-new'))
    await order(west.node, 'w4', west)
    await healed(west, from)
    await expectHeld(west.node, 'w1', 'w2', 'w4')
    const dead = await west.startPc(dataDir)
    await order(dead, 'w5', west)
    // Its key, which ended when the new PC was enrolled.
    await refused(dead, 'REVOKED')
    await dead.stop()
    expect(await carryFromDead(dataDir)).toMatchObject({ state: 'taken', documents: 2, rejected: 0 })
    await healed(west)
    await expectHeld(west.node, 'w3', 'w5')
  })

  it('whose clock is in 2000, in 2099 and jumps with each reading while it is restored loses nothing and wins no quarrel by it', async () => {
    await order(lake.node, 'l1', lake)
    await healed(lake)
    await lake.node.stop()
    const copy = copyOf(lake.node, 'lake-copy')
    await lake.restart()
    await order(lake.node, 'l2', lake)
    await healed(lake)
    await lake.node.stop()
    putBack(lake.node, copy)
    lake.link.cut()
    await lake.restart(withClock(`now() - ${Date.now() - IN_2000}`))
    await order(lake.node, 'l3', lake, { note: 'in 2000' })
    await lake.node.stop()
    lake.link.restore()
    let from = lake.link.seen.length
    await lake.restart(withClock(`now() + ${IN_2099 - Date.now()}`))
    await order(lake.node, 'l4', lake)
    await lake.node.post('/api/documents/orders', { id: 'l3', note: 'in 2099' })
    await healed(lake, from)
    await chain.cloud.post('/api/documents/orders', { id: 'l3', note: 'at headquarters' })
    await lake.node.stop()
    putBack(lake.node, copy)
    from = lake.link.seen.length
    await lake.restart(withClock(`n++ % 2 ? ${IN_2000} : ${IN_2099}`))
    await order(lake.node, 'l5', lake)
    await healed(lake, from)
    await expectHeld(lake.node, 'l1', 'l2', 'l3', 'l4', 'l5')
    expect(await lake.node.get('/api/documents/orders/l3')).toMatchObject({ note: 'at headquarters' })
    await lake.node.post('/api/documents/orders', { id: 'l3', note: 'the last word' })
    await healed(lake)
    expect(await chain.cloud.get('/api/documents/orders/l3')).toMatchObject({ note: 'the last word' })
  })
})

it('branches that went back leave every invariant whole', async () => {
  await expectWhole()
})

/** As if the disk had lost the row. */
function lose(store: Store, id: string): void {
  const table = store.table('orders')
  const row = table.row(id)!
  store.transaction('test', (write) => {
    write.replaceHash(table.key, id, row, { scope: row.scope, hash: 0 })
    table.drop(row)
  })
}

/** As an edit that was settled although headquarters never took it. */
function changeSilently({ branch, write: edit }: Pick<BranchOperations, 'branch' | 'write'>, id: string): void {
  edit('orders', { id, note: 'by the window' })
  const { store } = branch.replica
  const row = store.table('orders').row(id)!
  store.transaction('test', (write) => store.table('orders').settle(write, id, row.seq, ROW_STATE.clean))
}

describe('all nodes', () => {
  it('find rows that are gone or differ on either side although nothing waits, and exchange only these', async () => {
    const cloud = openStoppedCloud(chain.cloud.dataDir, COLLECTIONS)
    lose(cloud.operations.cloud.replica.store, 'n2')
    cloud.close()
    const { operations, close } = openStoppedBranch(north.node.dataDir, COLLECTIONS)
    lose(operations.branch.replica.store, 'n1')
    changeSilently({ branch: operations.branch, write: operations.write.bind(operations) }, 'n4')
    close()
    const from = chain.branches.map(({ link }) => link.seen.length)
    await chain.startAll()
    await Promise.all(chain.branches.map((branch, i) => healed(branch, from[i])))
    await expectHeld(north.node, 'n1', 'n2')
    await expectHeld(chain.cloud, 'n1', 'n2')
    const carried = north.link.seen.slice(from[chain.branches.indexOf(north)]).flatMap((one) => {
      if (one.path.endsWith('/push')) return (one.request() as { documents: unknown[] }).documents
      return one.path.endsWith('/pull') ? (one.answer() as { documents: unknown[] }).documents : []
    })
    expect(carried).toHaveLength(3)
    expect(await chain.cloud.get('/api/documents/orders/n4')).toMatchObject({ note: 'by the window' })
    await expectWhole()
  })

  it('forget nothing that was deleted for good, and lose nothing that was not, when a branch that was retired is revived', async () => {
    await chain.startAll()
    await chain.cloud.post('/api/import', [testProduct('2').record])
    await order(lake.node, 'l6', lake)
    await order(lake.node, 'l7', lake)
    await Promise.all(chain.branches.map((branch) => healed(branch)))
    const data = chain.cloud.dataDir
    await outpost('cloud', 'branch', 'retire', 'lake', '--data', data)
    await refused(lake.node, 'BRANCH_RETIRED')
    await lake.node.post('/api/documents/orders', { id: 'l6', note: 'before it was deleted' })
    const product = testProduct('2').id
    await chain.cloud.post('/api/documents/products', { id: product, _deleted: true })
    for (const id of ['l6', 'l7']) await chain.cloud.post('/api/documents/orders', { id, _deleted: true })
    await order(lake.node, 'l8', lake)
    lost('l6')
    await chain.level(chain.branches.filter((branch) => branch !== lake))
    await chain.cloud.stop()
    expect(await purged()).toBe(3)
    await chain.restartCloud()
    // Not at once: what a node knows of headquarters' time is as old as the answer that told it was on its way.
    await lake.node.post('/api/documents/orders', { id: 'l7', note: 'after it was deleted' })
    await outpost('cloud', 'branch', 'revive', 'lake', '--data', data)
    await healed(lake)
    await expectHeld(lake.node, 'l5', 'l7', 'l8')
    for (const node of [lake.node, chain.cloud]) {
      expect(await node.get('/api/documents/orders/l7')).toMatchObject({ note: 'after it was deleted' })
      for (const path of ['orders/l6', `products/${product}`]) {
        await expect(node.get(`/api/documents/${path}`), `${path} at ${node.dataDir}`).rejects.toMatchObject({
          code: 'DOCUMENT_UNKNOWN',
        })
      }
    }
    await expectWhole()
  })
})

/** What headquarters purges once an hour, of its stopped store. */
async function purged(): Promise<number> {
  const { operations, close } = openStoppedCloud(chain.cloud.dataDir, COLLECTIONS)
  const { cloud, registry } = operations
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const purge = new TombstonePurge({ cloud, registry, mirroredUpTo: () => Number.POSITIVE_INFINITY, log })
  const count = await purge.run()
  close()
  return count
}

const ignore = () => undefined
