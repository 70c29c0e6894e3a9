/**
 * SIGKILL of MariaDB and of headquarters' node in the middle of the transaction that mirrors a batch, again and again on
 * the same two stores: the tables are always what the documents say, and nothing is written that was written already.
 */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createConnection, type Connection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startMysql, type MysqlServer } from '../../scripts/lib/mysql-server.mjs'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { checkMirror } from '../support/check-invariants-mirror.ts'
import { readStoreFile } from '../support/check-invariants-store.ts'
import { startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { proofCount, proofTimeout } from '../support/proof-scale.ts'
import { statusWhere } from '../support/status-events.ts'

const KILLS = proofCount(120)
const ORDERS = 300
const LINES = 3
const DATABASE = 'legacy'
const LOCK = 'hold'
/** Each wait's. */
const DEADLINE_MS = 20_000

let folder: ReturnType<typeof temporaryFolder>
let server: MysqlServer
let node: NodeProcess

beforeAll(async () => {
  folder = temporaryFolder()
  server = await startMysql({ dataDir: join(folder.path, 'mysql') })
  await startHeadquarters()
  await node.post('/api/branches', { id: 'north', name: 'North' })
  await isLevel()
}, 120_000)
afterAll(async () => {
  await node.stop()
  await server.stop()
  folder.remove()
})

async function startHeadquarters(): Promise<void> {
  const url = `${server.url}${DATABASE}`
  node = await startNode(['cloud', 'start', '--data', join(folder.path, 'cloud')], { MYSQL_URL: url })
}

function isLevel(): Promise<CloudNodeStatus> {
  return statusWhere<CloudNodeStatus>(
    node,
    ({ mirrors: [mirror] }) => mirror?.state === 'running' && mirror.lag === 0 && mirror.filling?.length === 0,
    DEADLINE_MS,
  )
}

/** New orders, and every second one of the batch before with other lines. */
async function importBatch(batch: number): Promise<void> {
  const again = batch === 0 ? [] : orders(batch - 1, 2).filter((_, i) => i % 2 === 0)
  await node.post('/api/import', [...orders(batch, LINES), ...again])
}

function orders(batch: number, lines: number): object[] {
  return Array.from({ length: ORDERS }, (_, i) => ({
    kind: 'order',
    origin: { file: 'orders', line: i + 1 },
    source: 'proof',
    legacyId: `${batch}-${i}`,
    number: `${batch}-${i}`,
    placedAt: '2026-05-01T09:30:00.000Z',
    status: 'paid',
    currency: 'CNY',
    branchId: 'north',
    lines: Array.from({ length: lines }, (_, line) => ({
      productLegacyId: `p${line}`,
      name: `product ${line} of ${lines}`,
      price: 100 + line,
      quantity: 2,
      discount: 0,
    })),
  }))
}

/**
 * Where the transaction of the next batch stops: at an order, or at its lines, which come when all orders are written. The
 * trigger waits there for a lock that the holder has. It gives the lock back at once: the mirror's connection outlives its
 * transactions, and would keep the next holder from having it.
 */
async function prepareHold(): Promise<void> {
  const stop = `DO GET_LOCK('${LOCK}', 3600), RELEASE_LOCK('${LOCK}'); END IF`
  const connection = await openLegacy()
  await connection.query('CREATE TABLE hold (number VARCHAR(40) COLLATE utf8mb4_unicode_520_ci, at_table VARCHAR(20))')
  await connection.query(
    `CREATE TRIGGER hold_orders BEFORE INSERT ON orders FOR EACH ROW IF EXISTS
      (SELECT 1 FROM hold WHERE number = NEW.number AND at_table = 'orders') THEN ${stop}`,
  )
  await connection.query(
    `CREATE TRIGGER hold_order_line BEFORE INSERT ON order_line FOR EACH ROW IF EXISTS
      (SELECT 1 FROM hold JOIN orders ON orders.number = hold.number WHERE orders.id = NEW.order_id AND at_table = 'order_line')
      THEN ${stop}`,
  )
  await connection.end()
}

async function holdAt(table: 'orders' | 'order_line', number: string): Promise<Connection> {
  const holder = await openLegacy()
  // Whoever ends the server ends this too.
  holder.on('error', () => undefined)
  const [taken] = await holder.query(`SELECT GET_LOCK('${LOCK}', 10) AS taken`)
  expect(taken).toEqual([{ taken: 1 }])
  await holder.query('DELETE FROM hold')
  await holder.query('INSERT INTO hold VALUES (?, ?)', [number, table])
  return holder
}

/** Resolves when the mirror's transaction stands at the trigger. */
async function untilHeld(holder: Connection): Promise<void> {
  const waiting = "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE STATE = 'User lock'"
  const deadline = Date.now() + DEADLINE_MS
  for (;;) {
    const [rows] = await holder.query(waiting)
    if ((rows as { n: number }[])[0]!.n > 0) return
    if (Date.now() > deadline) throw new Error('the transaction of the batch never stood at the trigger')
    await delay(10)
  }
}

/** What failed, with what both sides say then, as far as they answer. */
async function explained(failure: unknown, at: string): Promise<Error> {
  const said = await Promise.allSettled([
    asLegacy('SHOW FULL PROCESSLIST'),
    asLegacy('SELECT * FROM hold'),
    node.get<CloudNodeStatus>('/api/status').then(({ mirrors }) => mirrors),
  ])
  return new Error(`${at}: ${String(failure)}\n${JSON.stringify(said, undefined, 1)}`, { cause: failure })
}

async function asLegacy(sql: string): Promise<unknown> {
  const connection = await openLegacy()
  try {
    return (await connection.query(sql))[0]
  } finally {
    await connection.end()
  }
}

function openLegacy(): Promise<Connection> {
  return createConnection({ uri: `${server.url}${DATABASE}`, dateStrings: true })
}

/** Everything, with the product's own rendering and another reader of the store. */
async function wrongRows(): Promise<string[]> {
  const connection = await openLegacy()
  try {
    const mysql = {
      url: '',
      name: DATABASE,
      query: async (sql: string) => (await connection.query(sql))[0] as never,
      drop: () => Promise.resolve(),
    }
    const store = readStoreFile('headquarters', join(folder.path, 'cloud', 'store.sqlite'), COLLECTIONS)
    return await checkMirror(mysql, store, COLLECTIONS)
  } finally {
    await connection.end()
  }
}

/** What one statement tells after each kill: every order with the lines of the same version, and no others. */
async function countsAfter(batch: number): Promise<void> {
  const rewritten = (batch * ORDERS) / 2
  const lines = (batch + 1) * ORDERS * LINES - rewritten
  const counts = await asLegacy(
    `SELECT (SELECT COUNT(*) FROM orders) AS orders, COUNT(*) AS of_lines, SUM(o.ver <=> l.ver) AS of_one_version
      FROM order_line AS l LEFT JOIN orders AS o ON o.id = l.order_id`,
  )
  expect(counts).toEqual([{ orders: (batch + 1) * ORDERS, of_lines: lines, of_one_version: String(lines) }])
}

async function kill(victim: 'MariaDB' | 'headquarters'): Promise<void> {
  if (victim === 'MariaDB') {
    const { port, password } = server
    await server.kill()
    server = await startMysql({ dataDir: join(folder.path, 'mysql'), port, password })
  } else {
    await node.kill()
    await startHeadquarters()
  }
}

async function killDuring(batch: number): Promise<void> {
  // Another place in the batch each time, the same ones in each run.
  const holder = await holdAt(batch % 4 < 2 ? 'orders' : 'order_line', `${batch}-${(batch * 97) % ORDERS}`)
  try {
    await importBatch(batch)
    await untilHeld(holder)
    // Every third time the transaction runs on: the kill then meets what comes later, COMMIT and its answer too.
    if (batch % 3 === 2) await holder.query(`DO RELEASE_LOCK('${LOCK}')`)
    await kill(batch % 2 === 0 ? 'MariaDB' : 'headquarters')
  } finally {
    // The server still waits for a lock on behalf of a node that is gone.
    holder.destroy()
  }
  await isLevel()
}

describe('a batch on its way into MySQL', () => {
  test(`survives ${KILLS} kills, of MariaDB and of the node in turn`, { timeout: proofTimeout(120_000) }, async () => {
    await prepareHold()
    for (let batch = 0; batch < KILLS; batch++) {
      try {
        await killDuring(batch)
      } catch (error) {
        throw await explained(error, `kill ${batch + 1}`)
      }
      await countsAfter(batch)
      if (batch % 20 === 19 || batch === KILLS - 1) expect(await wrongRows()).toEqual([])
    }
    const { mirrors } = await node.get<CloudNodeStatus>('/api/status')
    expect(mirrors[0]).toMatchObject({ parked: 0 })
  })
})
