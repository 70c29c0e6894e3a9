import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LegacyReader } from '../../../adapters/legacy/legacy-reader.ts'
import { changesSince, readWatermarks, type WatermarkPosition } from '../../../adapters/legacy/watermark-follower.ts'
import type { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { startMysql, type MysqlServer } from '../../../scripts/lib/mysql-server.mjs'
import { createTestDatabase, type TestDatabase } from '../../support/mysql-database.ts'
import { createLegacyShop, LEGACY_MAPPING } from '../../support/legacy-shop.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { openLegacyBranch, type LegacyBranch } from './support/legacy-branch.ts'

/** A server's tables of zones are empty at first. Clocks of this one go from three to two here, as in central Europe. */
const CHANGE_MS = Date.UTC(2026, 9, 25, 1)
const ZONE = [
  "INSERT INTO mysql.time_zone VALUES (1, 'N')",
  "INSERT INTO mysql.time_zone_name VALUES ('Test/Autumn', 1)",
  "INSERT INTO mysql.time_zone_transition_type VALUES (1, 0, 7200, 1, 'SUMMER'), (1, 1, 3600, 0, 'WINTER')",
  `INSERT INTO mysql.time_zone_transition VALUES (1, 0, 0), (1, ${CHANGE_MS / 1000}, 1)`,
]
const MINUTE_MS = 60_000

let serverFolder: ReturnType<typeof temporaryFolder>
let server: MysqlServer
let folder: ReturnType<typeof temporaryFolder>
let db: TestDatabase
let branch: LegacyBranch
let session: MysqlSession
let reader: LegacyReader

beforeAll(async () => {
  serverFolder = temporaryFolder()
  server = await startMysql({ dataDir: join(serverFolder.path, 'mysql') })
  const { query, drop } = await createTestDatabase(server.url)
  for (const statement of ZONE) await query(statement)
  await drop()
}, 120_000)

afterAll(async () => {
  await server.stop()
  serverFolder.remove()
})

beforeEach(async () => {
  folder = temporaryFolder()
  db = await createTestDatabase(server.url)
  branch = openLegacyBranch(folder.path)
  await createLegacyShop(db, { members: 3, orders: 4 })
  await db.query('ALTER TABLE sales MODIFY changed DATETIME(3) NULL')
  await db.query("UPDATE customers SET changed = '2026-01-01 00:00:00'")
  await db.query("UPDATE sales SET changed = '2026-01-01 00:00:00'")
})

afterEach(async () => {
  await db.query("SET GLOBAL time_zone = '+00:00'")
  branch.close()
  await db.drop()
  folder.remove()
})

async function connect(programs: string, ofServer = programs): Promise<void> {
  await db.query('SET GLOBAL time_zone = ?', [ofServer])
  ;({ session, reader } = await branch.connect(db.url, LEGACY_MAPPING.replace('+08:00', programs)))
}

/** The server's clock for the follower. */
async function itIs(ms: number): Promise<void> {
  await session.command(`SET timestamp = ${ms / 1000}`)
}

const write = (no: number, changed: string) => db.query('UPDATE sales SET changed = ? WHERE no = ?', [changed, no])

async function look(position: WatermarkPosition): Promise<{ orders: string[]; next: WatermarkPosition }> {
  const orders: string[] = []
  let next = position
  for await (const { changed, position: reached } of changesSince(session, reader.prepared, position)) {
    orders.push(...changed.order)
    next = reached ?? next
  }
  return { orders, next }
}

describe('a DATETIME that tells of changes', () => {
  it('is read back over the hour that comes twice when clocks are put back', async () => {
    await connect('+02:00', 'Test/Autumn')
    await itIs(CHANGE_MS - 10 * MINUTE_MS)
    const start = await readWatermarks(session, reader.prepared)
    await write(2, '2026-10-25 02:49:30')
    const first = await look(start)
    expect(first.orders).toEqual(['2'])
    await itIs(CHANGE_MS + 5 * MINUTE_MS)
    await write(3, '2026-10-25 02:04:30')
    const second = await look(first.next)
    expect(second.orders).toEqual(['3', '2'])
    await itIs(CHANGE_MS + 60 * MINUTE_MS)
    const third = await look(second.next)
    expect((await look(third.next)).orders).toEqual([])
  })

  it('is read a minute back also where clocks of the programs, as the mapping has them, are behind those of the server', async () => {
    await connect('-05:00', '+00:00')
    const noon = Date.UTC(2026, 4, 1, 12)
    await itIs(noon)
    const start = await readWatermarks(session, reader.prepared)
    await write(2, '2026-05-01 07:00:00')
    const { next } = await look(start)
    await write(3, '2026-05-01 06:59:40')
    expect((await look(next)).orders).toEqual(['3', '2'])
    await itIs(noon + 2 * MINUTE_MS)
    expect((await look((await look(next)).next)).orders).toEqual([])
  })
})
