/** `npm run demo:legacy`: an old shop's database is imported by a branch, followed while its program goes on, and mirrored. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConnection, type Connection } from 'mysql2/promise'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { startMysql } from '../lib/mysql-server.mjs'
import { DemoChain } from './chain.ts'
import { fillLegacy } from './legacy/fill-legacy.ts'
import { runDemo, type Demo, type DemoResult } from './run-demo.ts'
import { statusWhere } from './status-events.ts'

const BINLOG = ['--log-bin=log', '--binlog-format=ROW', '--server-id=11']
const MAPPING = join(process.cwd(), 'docs/examples/northwind-legacy.yaml')

const demonstrate = async (demo: Demo): Promise<DemoResult> => {
  const { folder, tell } = demo
  // The story is told from its beginning each time.
  rmSync(folder, { recursive: true, force: true })
  const server = await startMysql({ dataDir: `${folder}-old-shop`, args: BINLOG })
  const url = `${server.url}shop${Date.now()}`
  const filled = await fillLegacy(url, join(folder, 'data'))
  tell(`The old shop has ${JSON.stringify(filled.rows)}; ${filled.left} rows of the files had a comma too many`)
  const legacy = await createConnection({ uri: url, dateStrings: true })
  const mirror = await openMirror(demo)
  const chain = await DemoChain.start({
    folder,
    mysqlUrl: demo.mysqlUrl,
    country: 'US',
    currency: 'USD',
    cloudPort: 7700,
    branchPort: 7801,
    intervalSeconds: 0.2,
    onLine: (line) => void process.stderr.write(`${line}\n`),
  })
  const branch = await chain.addBranch('shop', 'Old Shop', (dataDir) => {
    writeFileSync(join(dataDir, 'legacy-url'), `${url}\n`, { mode: 0o600 })
    writeFileSync(join(dataDir, 'outpost.yaml'), `legacy:\n  urlFile: legacy-url\n  map: ${MAPPING}\n`, { mode: 0o600 })
  })
  const { legacy: imported } = await statusWhere<BranchNodeStatus>(
    branch.node,
    ({ legacy: status }) => status?.state === 'following',
  )
  for (const { text } of imported?.notes ?? []) tell(`The branch: ${text}`)
  await trade(legacy)
  tell('The old program has shipped ten orders, sold one more and deleted an order')
  const rows = await agree(legacy, mirror, chain)
  for (const { what, shop, headquarters } of rows)
    tell(`${what.padEnd(24)} ${String(shop).padStart(10)} ${String(headquarters).padStart(10)}`)
  await Promise.all([legacy.end(), mirror.end()])
  return { chain, report: { agree: true, rows, rejects: imported?.rejects ?? 0, left: filled.left } }
}

async function openMirror({ mysqlUrl }: Demo): Promise<Connection> {
  const url = new URL(mysqlUrl)
  const database = url.pathname.slice(1)
  url.pathname = '/'
  const connection = await createConnection({ uri: url.href })
  // Of an earlier telling.
  await connection.query(`DROP DATABASE IF EXISTS \`${database}\``)
  await connection.query(`CREATE DATABASE \`${database}\` CHARACTER SET utf8mb4`)
  await connection.query(`USE \`${database}\``)
  return connection
}

/** What the old program does meanwhile. */
async function trade(legacy: Connection): Promise<void> {
  await legacy.query('UPDATE orders SET shippedDate = orderDate WHERE shippedDate IS NULL ORDER BY orderID LIMIT 10')
  const [[last]] = (await legacy.query('SELECT * FROM orders ORDER BY orderID DESC LIMIT 1')) as unknown as [
    [{ orderID: number }],
  ]
  const id = last.orderID + 1
  await legacy.query('INSERT INTO orders SET ?', [{ ...last, orderID: id }])
  await legacy.query(
    'INSERT INTO order_details SELECT ?, productID, 20, 2, 0 FROM products ORDER BY productID LIMIT 2',
    [id],
  )
  const oldest = 'SELECT MIN(orderID) FROM (SELECT orderID FROM orders) AS o'
  await legacy.query(`DELETE FROM order_details WHERE orderID = (${oldest})`)
  await legacy.query(`DELETE FROM orders WHERE orderID = (${oldest})`)
}

interface Compared {
  readonly what: string
  readonly shop: number
  readonly headquarters: number
}

/** Waits until headquarters' tables say what the shop's do. */
async function agree(legacy: Connection, mirror: Connection, chain: DemoChain): Promise<Compared[]> {
  const ask = async (connection: Connection, sql: string): Promise<number> => {
    const [rows] = (await connection.query({ sql, rowsAsArray: true })) as unknown as [[[unknown]]]
    return Number(rows[0]?.[0] ?? 0)
  }
  const pairs = [
    ['orders', 'SELECT COUNT(*) FROM orders', 'SELECT COUNT(*) FROM orders'],
    ['order lines', 'SELECT COUNT(*) FROM order_details', 'SELECT COUNT(*) FROM order_line'],
    ['pieces sold', 'SELECT SUM(quantity) FROM order_details', 'SELECT SUM(quantity) FROM order_line'],
    [
      'orders shipped',
      'SELECT COUNT(*) FROM orders WHERE shippedDate IS NOT NULL',
      "SELECT COUNT(*) FROM orders WHERE status = 'closed'",
    ],
  ] as const
  let rows: Compared[] = []
  const compare = async () => {
    rows = []
    for (const [what, here, there] of pairs) {
      rows.push({ what, shop: await ask(legacy, here), headquarters: await ask(mirror, there) })
    }
    return rows.every(({ shop, headquarters }) => shop === headquarters)
  }
  for (const deadline = performance.now() + 60_000; !(await compare());) {
    if (performance.now() > deadline)
      throw new Error(`headquarters does not agree with the shop: ${JSON.stringify(rows)}`)
    // Each change of headquarters' status is a reason to look again.
    const before = await chain.cloudStatus()
    await statusWhere<CloudNodeStatus>(chain.cloud, ({ time }) => time !== before.time, 5000).catch(() => undefined)
  }
  return rows
}

await runDemo('outpost_legacy', demonstrate, { hasStory: true })
