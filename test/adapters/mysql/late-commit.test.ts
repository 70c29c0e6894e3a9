import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { followBinlog } from '../../../adapters/legacy/binlog-follower.ts'
import { readBinlogEnd } from '../../../adapters/mysql/binlog-state.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import { startMysql, type MysqlServer } from '../../../scripts/lib/mysql-server.mjs'
import { delayNextCommit, LATE_COMMIT_ARGS } from '../../support/late-commits.ts'
import { createLegacyShop, LEGACY_MAPPING } from '../../support/legacy-shop.ts'
import { createTestDatabase, type TestDatabase } from '../../support/mysql-database.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { openLegacyBranch, type LegacyBranch } from '../legacy/support/legacy-branch.ts'
import { createCaptureFixture } from './capture-fixture.ts'

let folder: ReturnType<typeof temporaryFolder>
let server: MysqlServer

beforeAll(async () => {
  folder = temporaryFolder()
  server = await startMysql({ dataDir: join(folder.path, 'mysql'), args: LATE_COMMIT_ARGS })
}, 120_000)
afterAll(async () => {
  await server.stop()
  folder.remove()
})

describe('a change that the log of changes tells of before others can see it', () => {
  test('is written back at headquarters where it is refused', async () => {
    await using fixture = await createCaptureFixture(server.url)
    const { db, operations } = fixture
    operations.write('products', { id: 'tea', name: 'Tea', price: 450, currency: 'CNY', unit: 'piece' })
    await fixture.level()
    await delayNextCommit(db)
    await db.query("UPDATE product SET price = -1 WHERE id = 'tea'")
    await fixture.captureBecomes(({ refused }) => refused === 1)
    await fixture.rowsBecome('SELECT price FROM product', ([row]) => row!['price'] === 450)
  }, 30_000)

  describe('in a legacy database', () => {
    let db: TestDatabase
    let branch: LegacyBranch

    beforeAll(async () => {
      db = await createTestDatabase(server.url)
      await createLegacyShop(db, { members: 3, orders: 1 })
      branch = openLegacyBranch(folder.path)
    })
    afterAll(async () => {
      branch.close()
      await db.drop()
    })

    test('is read as it is then', async () => {
      const { session, reader } = await branch.connect(db.url, LEGACY_MAPPING)
      const end = await readBinlogEnd(session)
      const stop = new AbortController()
      await delayNextCommit(db)
      const committed = db.query("UPDATE customers SET name = 'Ada' WHERE id = 2")
      for await (const { changed } of followBinlog(parseMysqlUrl(db.url), reader.prepared, end!, stop.signal)) {
        if (changed.member.length === 0) continue
        expect(changed.member).toEqual(['2'])
        const { records } = await reader.rows('member', changed.member)
        expect(records).toMatchObject([{ name: 'Ada' }])
        stop.abort()
      }
      await committed
    }, 30_000)

    test('is not missed by an import that begins behind it', async () => {
      const { session, reader } = await branch.connect(db.url, LEGACY_MAPPING)
      const before = await readBinlogEnd(session)
      await delayNextCommit(db)
      const committed = db.query("UPDATE customers SET name = 'Grace' WHERE id = 3")
      let end = before
      while (end!.position === before!.position) end = await readBinlogEnd(session)
      const { records } = await reader.page('member', null)
      expect(records.find(({ legacyId }) => legacyId === '3')).toMatchObject({ name: 'Grace' })
      await committed
    }, 30_000)
  })
})
