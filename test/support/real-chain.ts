/** A real chain for tests: a cloud process with a MySQL database of its own, branch processes behind proxies that can fail. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { callNode } from '../../adapters/cli/node-client.ts'
import { loadDeclarations } from '../../adapters/node/load-declarations.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { productIdOfLegacy } from '../../schemas/member-id.ts'
import type { HeartbeatRequest, HeartbeatResponse, Page, PushRequest } from '../../schemas/protocol/exchange.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { checkInvariants, type ChainAtRest } from './check-invariants.ts'
import { FaultProxy, type Exchange } from './fault-proxy.ts'
import { createTestDatabase, type TestDatabase } from './mysql-database.ts'
import { killAllNodes, runCommand, startNode, temporaryFolder, type NodeProcess } from './node-process.ts'
import { programAt } from './paired-program.ts'
import { startBranch } from './start-branch.ts'
import { statusWhere } from './status-events.ts'

export interface RealBranch {
  readonly id: string
  /** Between it and headquarters. */
  readonly link: FaultProxy
  node: NodeProcess
  /** Starts it again on the same data and port, after a stop or a kill. */
  restart(env?: NodeJS.ProcessEnv): Promise<void>
  /** Starts another PC that says that it is the branch, over the same link. */
  startPc(data: string): Promise<NodeProcess>
}

type StartNode = (port: string) => Promise<NodeProcess>

export class RealChain implements AsyncDisposable {
  readonly mysql: TestDatabase
  readonly folder: { path: string; remove: () => void }
  cloud: NodeProcess
  readonly branches: RealBranch[] = []
  readonly #collections: readonly string[]
  readonly #declarations: readonly CollectionDeclaration[]
  readonly #startCloud: StartNode

  private constructor(
    mysql: TestDatabase,
    folder: RealChain['folder'],
    cloud: NodeProcess,
    startCloud: StartNode,
    collections: readonly string[],
    declarations: readonly CollectionDeclaration[],
  ) {
    this.mysql = mysql
    this.folder = folder
    this.cloud = cloud
    this.#startCloud = startCloud
    this.#collections = collections
    this.#declarations = declarations
  }

  /** @param collections a file with further declarations */
  static async start(collections?: string): Promise<RealChain> {
    const mysql = await createTestDatabase()
    const folder = temporaryFolder()
    const more = collections === undefined ? [] : ['--collections', collections]
    const flags = ['--data', join(folder.path, 'cloud'), ...more]
    const startCloud: StartNode = (port) =>
      startNode(['cloud', 'start', ...flags, '--port', port], { MYSQL_URL: mysql.url })
    const declarations = await loadDeclarations(collections)
    return new RealChain(mysql, folder, await startCloud('0'), startCloud, more, declarations)
  }

  /** Starts headquarters again on the same data and port, after a stop or a kill. */
  async restartCloud(): Promise<void> {
    this.cloud = await this.#startCloud(new URL(this.cloud.url).port)
  }

  async addBranch(id: string): Promise<RealBranch> {
    await this.cloud.post('/api/branches', { id, name: `Branch ${id}` })
    const link = await FaultProxy.open(this.cloud.url)
    const flags = ['--interval', '0.2', ...this.#collections]
    const start = async (data: string, port: string, env?: NodeJS.ProcessEnv) => {
      const enrolling = { id, dataDir: data, link, declarations: this.#declarations }
      return startBranch(this.cloud, enrolling, [...flags, '--port', port], env)
    }
    const branch: RealBranch = {
      id,
      link,
      node: await start(join(this.folder.path, id), '0'),
      async restart(env) {
        this.node = await start(this.node.dataDir, new URL(this.node.url).port, env)
      },
      startPc: (data) => start(data, '0'),
    }
    this.branches.push(branch)
    return branch
  }

  /** Waits until headquarters has compared these branches and found them equal, and the mirror has everything. */
  async level(of: readonly RealBranch[] = this.branches): Promise<CloudNodeStatus> {
    for (const { node } of of) {
      await statusWhere<BranchNodeStatus>(node, ({ backlog }) => backlog.documents === 0)
    }
    const since = new Date().toISOString()
    const ids = new Set(of.map(({ id }) => id))
    return statusWhere<CloudNodeStatus>(
      this.cloud,
      ({ branches, mirrors: [mirror] }) =>
        mirror?.lag === 0 &&
        mirror?.state === 'running' &&
        (mirror?.filling ?? []).length === 0 &&
        branches.every(
          ({ id, verdict }) => !ids.has(id) || (verdict.state === 'in-sync' && verdict.checkedAt! > since),
        ),
    )
  }

  /** Starts every node again, after they were stopped. */
  async startAll(): Promise<void> {
    await this.restartCloud()
    await Promise.all(this.branches.map((branch) => branch.restart()))
  }

  /** Stops every node. */
  async halt(): Promise<void> {
    await Promise.all([...this.branches, { node: this.cloud }].map(({ node }) => node.stop()))
  }

  /**
   * Stops every node and checks what must always hold.
   *
   * @returns one sentence for everything that is wrong
   */
  async violations(expected: Pick<ChainAtRest, 'acknowledged' | 'parked' | 'declarations'>): Promise<string[]> {
    await this.halt()
    const fileOf = ({ dataDir }: NodeProcess) => join(dataDir, 'store.sqlite')
    const branches = this.branches.map(({ id, node }) => ({ id, file: fileOf(node) }))
    return checkInvariants({ cloud: fileOf(this.cloud), branches, mysql: this.mysql, ...expected })
  }

  async stop(): Promise<void> {
    await killAllNodes()
    for (const { link } of this.branches) await link.close()
    await this.mysql.drop()
    this.folder.remove()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

/** Of a branch, from the moment at which nothing more goes wrong until headquarters says that both hold the same. */
const MOST_HEARTBEATS = 10

/** Waits until headquarters says that both stood still and hold the same. @param from what passed before does not count */
export async function healed({ link, node }: RealBranch, from = link.seen.length): Promise<void> {
  // A heartbeat that was made before the last write may come after it.
  const { id: epoch, lwt: seq } = (await callNode<Pulled>(await programAt(node), 'GET', '/orders/1/pull?limit=1000'))
    .checkpoint
  const isIt = (exchange: Exchange) => {
    if (!isHeartbeat(exchange) || link.seen.indexOf(exchange) < from) return false
    if (!exchange.answered || exchange.status !== 200) return false
    const { head } = exchange.request() as HeartbeatRequest
    if (head.epoch !== epoch || head.seq < seq) return false
    return (exchange.answer() as HeartbeatResponse).verdict.state === 'in-sync'
  }
  const told = link.seen.find(isIt) ?? (await link.answered('/heartbeat', isIt))
  const heartbeats = link.seen.slice(from, link.seen.indexOf(told) + 1).filter(isHeartbeat)
  expect(heartbeats.length).toBeLessThanOrEqual(MOST_HEARTBEATS)
}

function isHeartbeat({ path }: Exchange): boolean {
  return path.endsWith('/heartbeat')
}

interface Pulled {
  readonly checkpoint: { readonly id: string; readonly lwt: number }
}

/** Documents of the fullest exchange among them, of those that came whole. */
export function mostDocuments(exchanges: readonly Exchange[]): number {
  const counts = exchanges.map((exchange) => {
    const { path, requestBytes, reached, status, answered } = exchange
    if (path.endsWith('/push') && requestBytes.length > 0) return (exchange.request() as PushRequest).documents.length
    const isPage = path.endsWith('/pull') && answered && reached > 0 && status === 200
    return isPage ? (exchange.answer() as Page).documents.length : 0
  })
  return Math.max(...counts)
}

/** A row is gone from a branch's store as a bad disk or a bug would leave it; the node is restarted for it. */
export async function loseRow(branch: RealBranch, collection: string, id: string): Promise<void> {
  await branch.node.stop()
  const file = join(branch.node.dataDir, 'store.sqlite')
  const store = new Store({ file, declarations: COLLECTIONS, tracksPending: true })
  const table = store.table(collection)
  const row = table.row(id)!
  store.transaction('test', (write) => {
    write.replaceHash(table.key, id, row, { scope: row.scope, hash: 0 })
    table.drop(row)
  })
  store.close()
  await branch.restart()
}

/** @returns what a command prints, as JSON */
export async function outpost<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await runCommand([...args, '--json'])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return JSON.parse(stdout) as T
}

/** As a person does who copies the folder back over the one that is there. */
export function putBack(node: NodeProcess, copy: string): void {
  rmSync(node.dataDir, { recursive: true })
  cpSync(copy, node.dataDir, { recursive: true })
}

/** A product as an import brings it, and the id that it gets. */
export function testProduct(legacyId: string): { record: object; id: string } {
  const origin = { file: 'products.csv', line: 2 }
  const record = {
    kind: 'product',
    origin,
    source: 'test',
    legacyId,
    name: `Tea ${legacyId}`,
    price: 1200,
    currency: 'CNY',
  }
  return { record, id: productIdOfLegacy('test', legacyId) }
}

/** A paid order of one line. */
export function testOrder(id: string, branchId: string, memberId?: string): Record<string, unknown> {
  const line = { productId: 'test:1', name: 'Tea', price: 1200, quantity: 2, discount: 0, total: 2400 }
  return {
    id,
    branchId,
    number: id,
    placedAt: '2026-03-01T10:00:00.000Z',
    status: 'paid',
    round: 1,
    lines: [line],
    total: 2400,
    currency: 'CNY',
    pointsEarned: 24,
    ...(memberId !== undefined && { memberId }),
  }
}
