import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest'
import type { BinlogPosition } from '../../../adapters/mysql/binlog-position.ts'
import { BinlogUnreadable, readBinlog, type BinlogPage } from '../../../adapters/mysql/binlog-reader.ts'
import { readBinlogState } from '../../../adapters/mysql/binlog-state.ts'
import { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import { startMysql, type MysqlServer } from '../../../scripts/lib/mysql-server.mjs'
import { createTestDatabase, type TestDatabase } from '../../support/mysql-database.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { purgeBinlog } from './purge-binlog.ts'

let folder: ReturnType<typeof temporaryFolder>
let server: MysqlServer
let db: TestDatabase

beforeAll(async () => {
  folder = temporaryFolder()
  server = await startMysql({
    dataDir: join(folder.path, 'mysql'),
    args: ['--log-bin', '--binlog-format=ROW', '--server-id=1'],
  })
}, 120_000)
afterAll(async () => {
  await server.stop()
  folder.remove()
})
beforeEach(async () => {
  db = await createTestDatabase(server.url)
  await db.query('CREATE TABLE fence (id INT PRIMARY KEY, n INT) ENGINE=InnoDB')
  await db.query(
    `CREATE TABLE item (id VARCHAR(20) PRIMARY KEY, price DECIMAL(18,2), at DATETIME(3), big BIGINT UNSIGNED, flag TINYINT(1),
      note TEXT CHARACTER SET utf8mb4, day DATE) ENGINE=InnoDB`,
  )
  await db.query('CREATE TABLE other (id INT PRIMARY KEY) ENGINE=InnoDB')
  await db.query('INSERT INTO fence VALUES (1, 0)')
})
afterEach(() => db.drop())

async function end(): Promise<BinlogPosition> {
  const session = await MysqlSession.connect(parseMysqlUrl(db.url))
  try {
    const state = await readBinlogState(session, parseMysqlUrl(db.url), new AbortController().signal)
    if (!state.readable) throw new Error(state.missing)
    return state.end
  } finally {
    session.destroy()
  }
}

/** Reads until so many rows have come. */
async function read(from: BinlogPosition, rows: number, database = db.url): Promise<BinlogPage[]> {
  const stop = new AbortController()
  const pages: BinlogPage[] = []
  const options = {
    target: parseMysqlUrl(database),
    from,
    tables: ['item', 'fence'],
    without: 'fence',
    signal: stop.signal,
  }
  for await (const page of readBinlog(options)) {
    pages.push(page)
    if (pages.reduce((sum, one) => sum + one.rows.length, 0) >= rows) stop.abort()
  }
  return pages
}

const rowsOf = (pages: readonly BinlogPage[]) => pages.flatMap(({ rows }) => rows)

describe("a server's log of changes", () => {
  test('gives each row as it was and as it is, in the texts that a mirror reads', async () => {
    const from = await end()
    await db.query(
      "INSERT INTO item VALUES ('a', 12.5, '2024-05-01 09:30:00.25', 18446744073709551615, 1, '茶 🍵', '2024-05-01')",
    )
    await db.query("UPDATE item SET price = 13, note = NULL WHERE id = 'a'")
    await db.query('INSERT INTO other VALUES (1)')
    await db.query("DELETE FROM item WHERE id = 'a'")
    const inserted = {
      id: 'a',
      price: '12.50',
      at: '2024-05-01 09:30:00.250',
      big: '18446744073709551615',
      flag: 1,
      note: '茶 🍵',
      day: '2024-05-01',
    }
    const updated = { ...inserted, price: '13.00', note: null }
    expect(rowsOf(await read(from, 3))).toEqual([
      { table: 'item', after: inserted },
      { table: 'item', before: inserted, after: updated },
      { table: 'item', before: updated },
    ])
  })

  test('leaves out the transactions that begin with the fence, and those that were rolled back', async () => {
    const from = await end()
    await db.query(
      "CREATE PROCEDURE two() BEGIN START TRANSACTION; UPDATE fence SET n = n + 1; INSERT INTO item (id) VALUES ('own'); COMMIT; START TRANSACTION; INSERT INTO item (id) VALUES ('gone'); ROLLBACK; START TRANSACTION; INSERT INTO item (id) VALUES ('theirs'); UPDATE fence SET n = n + 1; COMMIT; END",
    )
    await db.query('CALL two()')
    expect(rowsOf(await read(from, 1)).map(({ after }) => after?.['id'])).toEqual(['theirs'])
  })

  test('goes on behind any page, in the middle of a large transaction too', async () => {
    const from = await end()
    await db.query('INSERT INTO item (id) SELECT seq FROM seq_1_to_1200')
    await db.query("INSERT INTO item (id) VALUES ('after')")
    const ids = (pages: readonly BinlogPage[]) => rowsOf(pages).map(({ after }) => String(after?.['id']))
    const all = (await read(from, 1201)).filter(({ rows }) => rows.length > 0)
    const [first] = all
    expect([ids(all).length, new Set(ids(all)).size, first!.rows.length, first!.to.rows]).toEqual([
      1201, 1201, 500, 500,
    ])
    const rest = await read(first!.to, 701)
    expect([...ids([first!]), ...ids(rest)]).toEqual(ids(all))
    expect(rest.at(-1)!.to).toEqual(all.at(-1)!.to)
  })

  test('goes on over a rotation', async () => {
    const from = await end()
    await db.query("INSERT INTO item (id) VALUES ('a')")
    await db.query('FLUSH BINARY LOGS')
    await db.query("INSERT INTO item (id) VALUES ('b')")
    const pages = await read(from, 2)
    expect(rowsOf(pages).map(({ after }) => after?.['id'])).toEqual(['a', 'b'])
    expect(pages.at(-1)!.to.file).not.toBe(from.file)
  })

  test('says so where the server has purged the position, or does not let the account read', async () => {
    const from = await end()
    await purgeBinlog(db)
    const purged = await read(from, 1).catch((error: unknown) => error)
    expect(purged).toBeInstanceOf(BinlogUnreadable)
    expect(purged).toMatchObject({ why: 'purged' })
    await db.query("CREATE USER IF NOT EXISTS weak@'127.0.0.1' IDENTIFIED BY 'weak'")
    await db.query("GRANT SELECT ON *.* TO weak@'127.0.0.1'")
    const url = new URL(db.url)
    url.username = url.password = 'weak'
    for (const privilege of ['REPLICATION CLIENT', 'REPLICATION SLAVE']) {
      const weak = parseMysqlUrl(url.href)
      const session = await MysqlSession.connect(weak)
      expect(await readBinlogState(session, weak, new AbortController().signal)).toMatchObject({
        readable: false,
        missing: 'the account lacks REPLICATION SLAVE or REPLICATION CLIENT',
      })
      session.destroy()
      await db.query(`GRANT ${privilege} ON *.* TO weak@'127.0.0.1'`)
    }
    const strong = parseMysqlUrl(url.href)
    const session = await MysqlSession.connect(strong)
    expect(await readBinlogState(session, strong, new AbortController().signal)).toMatchObject({ readable: true })
    session.destroy()
  })
})
