/** What breaks between the mirror and MySQL, and that nothing is lost or doubled by it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startMysql } from '../../../scripts/lib/mysql-server.mjs'
import type { TestDatabase } from '../../support/mysql-database.ts'
import { createMirrorFixture, line, order, product, statusBecomes, type MirrorFixture } from './mirror-fixture.ts'

/**
 * Runs the statement once, in the middle of a batch: when the product `p0700` is inserted. The table that remembers
 * has no transactions, so that the rollback of the batch does not arm it again.
 */
async function oncePerBatch(db: TestDatabase, statement: string): Promise<void> {
  await db.query('CREATE TABLE armed (id INT) ENGINE=MyISAM')
  await db.query('INSERT INTO armed VALUES (1)')
  await db.query(
    "CREATE TRIGGER fault BEFORE INSERT ON product FOR EACH ROW IF NEW.id = 'p0700' AND EXISTS (SELECT 1 FROM armed)" +
      ` THEN DELETE FROM armed; ${statement}; END IF`,
  )
}

function thousandProducts(): ReturnType<typeof product>[] {
  return Array.from({ length: 1000 }, (_, i) => product(`p${String(i).padStart(4, '0')}`))
}

/** Rows of documents, versions included: equal to what a mirror without faults holds. */
async function snapshot({ db }: MirrorFixture): Promise<unknown> {
  return {
    product: await db.query('SELECT * FROM product ORDER BY id'),
    parked: await db.query('SELECT * FROM outpost_mirror_parked'),
    position: await db.query('SELECT epoch, seq FROM outpost_mirror'),
  }
}

describe('mirror under faults', () => {
  test.each([
    ['a connection that is killed in mid-batch', 'MIRROR_UNAVAILABLE', 'KILL CONNECTION CONNECTION_ID()'],
    ['a deadlock', undefined, "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found'"],
    [
      'a lock that is not given in time',
      undefined,
      "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1205, MESSAGE_TEXT = 'Lock wait'",
    ],
    [
      'a full disk',
      'MIRROR_UNAVAILABLE',
      "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'",
    ],
  ])('writes each document exactly once after %s', async (_what, failure, statement) => {
    await using faulty = await createMirrorFixture()
    const mirror = faulty.start()
    await mirror.level()
    await oncePerBatch(faulty.db, statement)
    faulty.feed.put('products', product('first'), product('second'))
    faulty.feed.put('products', ...thousandProducts())
    await mirror.level()
    expect(await faulty.db.query('SELECT * FROM armed')).toEqual([])
    // Another transaction's lock is waited out; what is worse is told.
    expect(mirror.status()).toMatchObject({ state: 'running', written: 1002 })
    expect(mirror.status().lastError?.code).toBe(failure)

    await using sound = await createMirrorFixture()
    const { feed } = faulty
    await sound.start({ feed }).level()
    expect(await snapshot(faulty)).toEqual(await snapshot(sound))
  })

  test('is deposed by a second writer and writes nothing from then on', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const first = fixture.start()
    await first.level()
    const own = feed.reopened('epoch-2')
    const second = fixture.start({ feed: own })
    await second.level()

    feed.put('products', product('from-the-deposed'))
    await expect(first.level()).rejects.toMatchObject({ code: 'MIRROR_UNAVAILABLE' })
    expect(first.status()).toMatchObject({ state: 'deposed', written: 0 })
    own.put('products', product('from-the-new'))
    await second.level()
    expect(await db.query('SELECT id FROM product')).toEqual([{ id: 'from-the-new' }])
    expect(fixture.log.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  test('fills a table again that was dropped', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    feed.put('orders', order('o1', [line('tea')]))
    feed.put('products', product('tea'))
    await mirror.level()
    await db.query('DROP TABLE orders')
    feed.put('orders', order('o2', [line('tea')]))
    await mirror.level()
    expect(await mirror.counts()).toMatchObject({ orders: 2, order_line: 2, product: 1 })
    expect(mirror.status()).toMatchObject({ state: 'running', lastError: { code: 'MIRROR_TABLES' } })
  })

  test('begins anew when its whole database is dropped', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    feed.put('products', product('tea'))
    await mirror.level()
    await db.query(`DROP DATABASE ${db.name}`)
    feed.put('products', product('rice'))
    await mirror.level()
    expect(await mirror.counts()).toMatchObject({ product: 2 })
  })

  test('makes tables again that a count of rows misses, also while nothing is to be written', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    feed.put('orders', order('o1', [line('tea')]))
    feed.put('products', product('tea'))
    await mirror.level()
    for (const drop of ['DROP TABLE orders', `DROP DATABASE ${db.name}`]) {
      const { written } = mirror.status()
      await db.query(drop)
      await expect(mirror.counts()).rejects.toMatchObject({
        code: 'MIRROR_TABLES',
        message: expect.stringMatching(/doesn't exist; .*what is missing it makes, and writes it anew/) as string,
      })
      await statusBecomes(mirror, (status) => status.written > written && status.filling.length === 0)
      expect(await mirror.counts()).toMatchObject({ orders: 1, order_line: 1, product: 1 })
      expect(mirror.status()).toMatchObject({ state: 'running', lastError: { code: 'MIRROR_TABLES' } })
    }
  })

  test('writes what somebody has hidden who moved its position by hand, and says so', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    feed.put('products', product('tea'))
    await mirror.level()
    await db.query('UPDATE outpost_mirror SET seq = 1000000')
    feed.put('products', product('rice'))
    await mirror.level()
    expect(await mirror.counts()).toMatchObject({ product: 2 })
    expect(await db.query('SELECT seq FROM outpost_mirror')).toEqual([{ seq: 2 }])
    expect(mirror.status().lastError?.message).toContain("has changed the mirror's position in outpost_mirror")
  })

  test('says of a missing table that it may not make it, where it may not, and waits for it', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', product('tea'))
    const first = fixture.start()
    await first.level()
    await first.stop()
    const mirror = fixture.start({ create: false })
    await mirror.level()
    await db.query('DROP TABLE product')
    await expect(mirror.counts()).rejects.toThrow(/but may make none by its configuration; make them/)
    const { lastError } = await statusBecomes(mirror, ({ state }) => state === 'waiting')
    expect(lastError).toMatchObject({ code: 'MIRROR_TABLES' })
  })

  test('waits for a MySQL that was stopped or killed, and goes on where it was', { timeout: 120_000 }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'outpost-mirror-'))
    let server = await startMysql({ dataDir })
    const { port, password } = server
    try {
      await using fixture = await createMirrorFixture(server.url)
      const { feed } = fixture
      const mirror = fixture.start()
      feed.put('products', product('before'))
      await mirror.level()
      for (const end of ['stop', 'kill'] as const) {
        await server[end]()
        // Noticed without a change that would have to be written.
        await statusBecomes(mirror, ({ state }) => state === 'waiting')
        feed.put('products', product(`during-${end}`))
        await expect(mirror.counts()).rejects.toMatchObject({ code: 'MIRROR_UNAVAILABLE' })
        expect(mirror.status()).toMatchObject({ lag: 1, lastError: { code: 'MIRROR_UNAVAILABLE' } })
        server = await startMysql({ dataDir, port, password })
        await mirror.level()
      }
      expect(await mirror.counts()).toMatchObject({ product: 3 })
      const said = JSON.stringify([fixture.log, mirror.status()])
      expect(said).not.toContain(password)
      expect(said).not.toContain(String(port))
    } finally {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})
