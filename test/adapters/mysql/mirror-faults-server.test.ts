/** A whole server that takes no more rows: one that was made read-only, and one whose disk is full. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startMysql, type MysqlServer } from '../../../scripts/lib/mysql-server.mjs'
import { createMirrorFixture, line, order, product, statusBecomes } from './mirror-fixture.ts'
import { AS_THE_DOCUMENTS_SAY, settleAll } from './settled-mirror.ts'

/** All tables share one file, which may grow to this: InnoDB's own picture of a disk that is full. */
function withDisk(megabytes: number): string[] {
  return ['--innodb-file-per-table=0', `--innodb-data-file-path=ibdata1:12M:autoextend:max:${megabytes}M`]
}

let dataDir: string
let server: MysqlServer

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'outpost-mirror-'))
  server = await startMysql({ dataDir, args: withDisk(24) })
})
afterAll(async () => {
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
})

function products(price: number): ReturnType<typeof product>[] {
  return Array.from({ length: 1000 }, (_, i) => product(`p${i}`, { price, category: 'tea '.repeat(20) }))
}

describe('a mirror whose server takes no more rows', () => {
  test('waits while it is read-only for its account, says so, and goes on when it is not any more', async () => {
    await using fixture = await createMirrorFixture(server.url)
    const { feed, db } = fixture
    await db.query("CREATE USER IF NOT EXISTS legacy IDENTIFIED BY 'secret'")
    await db.query(`GRANT ALL PRIVILEGES ON \`${db.name}\`.* TO legacy`)
    const url = new URL(db.url)
    url.username = 'legacy'
    url.password = 'secret'
    const mirror = fixture.start({ url: url.href })
    feed.put('products', ...products(100))
    await mirror.level()
    await db.query('SET GLOBAL read_only = 1')
    try {
      feed.put('products', ...products(200))
      feed.put('orders', order('o1', [line('p1')]))
      await statusBecomes(mirror, ({ state }) => state === 'waiting')
      expect(mirror.status()).toMatchObject({ parked: 0, lag: 1001, lastError: { code: 'MIRROR_UNAVAILABLE' } })
      expect(mirror.status().lastError?.message).toMatch(/read.only/i)
    } finally {
      await db.query('SET GLOBAL read_only = 0')
    }
    await mirror.level()
    expect(await settleAll(fixture, mirror)).toEqual(AS_THE_DOCUMENTS_SAY)
  })

  test('waits while its disk is full, parks nothing for it, and goes on when it has a larger one', async () => {
    await using fixture = await createMirrorFixture(server.url)
    const { feed } = fixture
    const mirror = fixture.start()
    feed.put('products', ...products(100))
    await mirror.level()
    const note = 'rice '.repeat(3000)
    feed.put('orders', ...Array.from({ length: 1500 }, (_, i) => order(`o${i}`, [line('p1')], { note })))
    feed.put('products', product('after'))
    await statusBecomes(mirror, ({ state }) => state === 'waiting')
    expect(mirror.status()).toMatchObject({ parked: 0, lastError: { code: 'MIRROR_UNAVAILABLE' } })
    expect(mirror.status().lastError?.message).toMatch(/full/)
    const { port, password } = server
    await server.stop()
    server = await startMysql({ dataDir, port, password, args: withDisk(256) })
    await mirror.level()
    expect(await settleAll(fixture, mirror)).toEqual(AS_THE_DOCUMENTS_SAY)
  })
})
