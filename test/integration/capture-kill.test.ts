/**
 * SIGKILL of headquarters' node while it takes what another program changes in MySQL, again and again: every change is
 * taken, in the order of its making, and none twice.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { createConnection, type Connection, type ResultSetHeader } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStoppedCloud } from '../../cloud-node/main.ts'
import { loadDeclarations } from '../../adapters/node/load-declarations.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { startMysql, type MysqlServer } from '../../scripts/lib/mysql-server.mjs'
import { runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { proofCount, proofTimeout } from '../support/proof-scale.ts'
import { statusWhere } from '../support/status-events.ts'
import { VISITS } from '../support/visits.ts'

const KILLS = proofCount(20)
const CHANGES = 40
/** Each of a row of its own. */
const ALL = KILLS * CHANGES
const DATABASE = 'legacy'
const DEADLINE_MS = 30_000

let folder: ReturnType<typeof temporaryFolder>
let server: MysqlServer
let legacy: Connection
let file: string
let data: string

beforeAll(async () => {
  folder = temporaryFolder()
  data = join(folder.path, 'cloud')
  file = join(folder.path, 'visits.mjs')
  writeFileSync(file, VISITS.replace("table: 'visit',", "table: 'visit', direction: 'both',"))
  const args = ['--log-bin', '--binlog-format=ROW', '--server-id=1']
  server = await startMysql({ dataDir: join(folder.path, 'mysql'), args })
}, 120_000)
afterAll(async () => {
  await legacy.end()
  await server.stop()
  folder.remove()
})

async function startHeadquarters(): Promise<NodeProcess> {
  const args = ['cloud', 'start', '--data', data, '--collections', file]
  const node = await startNode(args, { MYSQL_URL: `${server.url}${DATABASE}` })
  await statusWhere<CloudNodeStatus>(node, ({ mirrors: [mirror] }) => mirror?.capture?.state === 'binlog')
  return node
}

/** Changes are taken in the order of their making. */
async function isTaken(node: NodeProcess, change: number): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  for (;;) {
    const { guests } = await node.get<{ guests: number }>(`/api/documents/visits/v${change}`)
    if (guests === change) return
    if (Date.now() > deadline) {
      throw new Error(`change ${change} is not taken: ${JSON.stringify(await node.get('/api/mirrors'))}`)
    }
    await setImmediate()
  }
}

/** How often each document was written, by its revision. */
async function writes(declarations: readonly CollectionDeclaration[]): Promise<number[]> {
  const { operations, close } = openStoppedCloud(data, declarations)
  const table = operations.cloud.replica.store.table('visits')
  const revisions = Array.from({ length: ALL }, (_, index) => String(table.get(`v${index + 1}`)?.['_rev']))
  close()
  return revisions.map((revision) => Number.parseInt(revision, 10))
}

async function mirror(command: string): Promise<string> {
  return (await runCommand(['mirror', command, '--data', data])).stdout
}

test(
  'each change of another program is taken once, whenever the node is killed',
  async () => {
    let node = await startHeadquarters()
    await node.post('/api/branches', { id: 'b1', name: 'B1' })
    for (let n = 1; n <= ALL; n++) {
      await node.post('/api/documents/visits', { id: `v${n}`, branchId: 'b1', guests: 0 })
    }
    await statusWhere<CloudNodeStatus>(node, ({ mirrors: [mirror] }) => mirror?.rows['visit'] === ALL)
    legacy = await createConnection({ uri: `${server.url}${DATABASE}` })
    let made = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const from = made
      for (; made < from + CHANGES; made++) {
        const change = made + 1
        const sql = 'UPDATE visit SET guests = ? WHERE id = ?'
        const [{ affectedRows }] = await legacy.query<ResultSetHeader>(sql, [change, `v${change}`])
        expect(affectedRows).toBe(1)
      }
      // In the middle of taking them, further on with each kill.
      const at = from + 1 + Math.floor((CHANGES * (kill % 10)) / 10)
      await isTaken(node, at)
      await node.kill()
      node = await startHeadquarters()
    }
    await isTaken(node, ALL)
    await statusWhere<CloudNodeStatus>(node, ({ mirrors: [mirror] }) => mirror?.lag === 0)
    const [rows] = await legacy.query("SELECT id FROM visit WHERE id <> CONCAT('v', guests)")
    expect(rows).toEqual([])
    expect(await mirror('refused')).toBe('no change of another program was refused\n')
    await legacy.query('UPDATE visit SET guests = -5 WHERE id = "v1"')
    await statusWhere<CloudNodeStatus>(node, ({ mirrors: [one] }) => one?.capture?.refused === 1)
    expect(await mirror('refused')).toMatch(/^visits v1, change of visit.guests: .* at 2/)
    expect(await mirror('status')).toContain('changes of others: binlog, 1 refused')
    await node.stop()
    // As it was made, and once more.
    expect(new Set(await writes(await loadDeclarations(file)))).toEqual(new Set([2]))
  },
  proofTimeout(120_000),
)
