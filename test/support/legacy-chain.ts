/** A branch beside a private MariaDB with a binary log, both real processes that can be killed. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { enrolOnce } from '../../scripts/demo/enrol.ts'
import { startMysql, type MysqlServer } from '../../scripts/lib/mysql-server.mjs'
import type { BranchId } from '../../schemas/brand.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { Doc } from '../../schemas/json.ts'
import { orderIdOfLegacy, type ChainKey } from '../../schemas/member-id.ts'
import type { LegacyView } from '../../schemas/protocol/legacy.ts'
import type { BranchSession } from '../../schemas/protocol/session.ts'
import type { BranchNodeStatus } from '../../schemas/protocol/status.ts'
import { readStoreFile } from './check-invariants-store.ts'
import { addOrders, createLegacyShop, LEGACY_MAPPING, type ShopSize } from './legacy-shop.ts'
import { createTestDatabase, type TestDatabase } from './mysql-database.ts'
import { startNode, temporaryFolder, type NodeProcess } from './node-process.ts'
import { statusWhere } from './status-events.ts'

const BINLOG = ['--log-bin=log', '--binlog-format=ROW', '--server-id=7']
const DEADLINE_MS = 60_000

export class LegacyChain {
  readonly folder = temporaryFolder()
  readonly dataDir = join(this.folder.path, 'north')
  readonly urlFile = join(this.folder.path, 'url')
  readonly mapping = join(this.folder.path, 'legacy.yaml')
  server!: MysqlServer
  db!: TestDatabase
  cloud!: NodeProcess
  branch!: NodeProcess
  #chainKey = '' as ChainKey

  static async start(size: ShopSize, mapping = LEGACY_MAPPING): Promise<LegacyChain> {
    const chain = new LegacyChain()
    chain.server = await startMysql({ dataDir: join(chain.folder.path, 'mysql'), args: BINLOG })
    chain.db = await createTestDatabase(chain.server.url)
    await createLegacyShop(chain.db, size)
    chain.cloud = await startNode(['cloud', 'start', '--data', join(chain.folder.path, 'cloud')])
    await chain.cloud.post('/api/branches', { id: 'north', name: 'North' })
    await enrolOnce(chain.cloud, { id: 'north', dataDir: chain.dataDir, cloudUrl: chain.cloud.url })
    writeFileSync(chain.mapping, mapping)
    writeFileSync(chain.urlFile, `${chain.db.url}\n`, { mode: 0o600 })
    return chain
  }

  /** @param keys more of the section `legacy` */
  async startBranch(keys = ''): Promise<void> {
    const legacy = `legacy:\n  urlFile: ${this.urlFile}\n  map: ${this.mapping}\n${keys}`
    writeFileSync(join(this.dataDir, 'outpost.yaml'), legacy, { mode: 0o600 })
    this.branch = await startNode([
      'branch',
      'start',
      '--data',
      this.dataDir,
      '--interval',
      '0.2',
      '--cloud',
      this.cloud.url,
    ])
    const { chainKey } = await this.branch.get<BranchSession>('/api/session')
    this.#chainKey = chainKey as ChainKey
  }

  /** On the same data, port and account. */
  async restartServer(): Promise<void> {
    const { port, password } = this.server
    this.server = await startMysql({ dataDir: join(this.folder.path, 'mysql'), args: BINLOG, port, password })
  }

  following(by: 'binlog' | 'watermark' = 'binlog'): Promise<BranchNodeStatus> {
    return statusWhere(this.branch, ({ legacy }) => legacy?.state === 'following' && legacy.by === by, DEADLINE_MS)
  }

  view(): Promise<LegacyView> {
    return this.branch.get('/api/legacy')
  }

  orderId(legacyId: number): string {
    return orderIdOfLegacy(this.#chainKey, 'north' as BranchId, 'till', String(legacyId))
  }

  /** `undefined` while there is none. */
  order(legacyId: number): Promise<Doc | undefined> {
    return this.branch.get<Doc>(`/api/documents/orders/${this.orderId(legacyId)}`).catch(() => undefined)
  }

  /** Waits until an order has begun to be taken with those beside it. */
  async takes(legacyId: number): Promise<void> {
    await expect.poll(() => this.order(legacyId), { timeout: DEADLINE_MS, interval: 5 }).toBeDefined()
  }

  async becomes(legacyId: number, expected: object): Promise<void> {
    await expect.poll(() => this.order(legacyId), { timeout: DEADLINE_MS }).toMatchObject(expected)
  }

  /** Writes one more order, and waits until it has arrived: everything before it has, too. */
  async settle(marker: number, members: number): Promise<void> {
    await addOrders(this.db, marker, 1, members)
    await this.becomes(marker, { legacyId: String(marker), lines: [{}, {}] })
  }

  /** Stops the branch, and compares each order of its store with the rows. */
  async expectSame(): Promise<void> {
    await this.branch.stop()
    const { rows, violations } = readStoreFile('north', join(this.dataDir, 'store.sqlite'), COLLECTIONS)
    expect(violations).toEqual([])
    const states = ['created', 'paid', 'fulfilled', 'closed']
    const sold = await this.db.query<{ no: number; state: number; remark: string | null; lines: number }>(
      'SELECT no, state, remark, (SELECT COUNT(*) FROM sale_items WHERE sale = no) AS `lines` FROM sales',
    )
    const wanted = sold.map(({ no, state, remark, lines }) => [String(no), states[state], remark ?? undefined, lines])
    const found = [...(rows.get('orders')?.values() ?? [])]
      .filter(({ isLive }) => isLive)
      .map(({ doc }) => [doc['legacyId'], doc['status'], doc['note'], (doc['lines'] as unknown[]).length])
    const byId = (list: unknown[][]) => list.toSorted((a, b) => Number(a[0]) - Number(b[0]))
    expect(byId(found)).toEqual(byId(wanted))
  }

  async stop(): Promise<void> {
    await this.branch.stop()
    await this.cloud.stop()
    await this.db.drop()
    await this.server.stop()
    this.folder.remove()
  }
}
