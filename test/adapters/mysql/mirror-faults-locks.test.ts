/** What other connections do to the mirror's: real deadlocks, a network that hangs, a second writer in mid-batch. */
import { createConnection, type Connection } from 'mysql2/promise'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { TestDatabase } from '../../support/mysql-database.ts'
import { HangingProxy } from './hanging-proxy.ts'
import { createMirrorFixture, line, order, product, statusBecomes } from './mirror-fixture.ts'
import { AS_THE_DOCUMENTS_SAY, settleAll } from './settled-mirror.ts'

const MINUTE_MS = 60_000

/** Somebody else's transaction, which holds these rows until it ends. */
async function openOther({ url }: TestDatabase): Promise<Connection> {
  const other = await createConnection(url)
  await other.query('SET SESSION innodb_lock_wait_timeout = 10')
  await other.query('START TRANSACTION')
  return other
}

function products(price: number): ReturnType<typeof product>[] {
  return Array.from({ length: 1000 }, (_, i) => product(`p${String(i).padStart(4, '0')}`, { price }))
}

/** Resolves when so many transactions in this database wait for the locks of others. InnoDB tells news every 100 ms. */
async function areWaiting(db: TestDatabase, waiting: number): Promise<void> {
  const sql = `SELECT COUNT(*) AS waiting FROM information_schema.INNODB_TRX AS t
    JOIN information_schema.PROCESSLIST AS p ON p.ID = t.trx_mysql_thread_id WHERE p.DB = ? AND t.trx_state = 'LOCK WAIT'`
  await expect.poll(() => db.query(sql, [db.name]), { timeout: 8000, interval: 150 }).toEqual([{ waiting }])
}

afterEach(() => void vi.useRealTimers())

describe('a mirror that others stand in the way of', () => {
  test('is the victim of a deadlock and writes its batch again', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    feed.put('products', ...products(100))
    feed.put('orders', order('o1', [line('p0001')]))
    await mirror.level()
    const other = await openOther(db)
    try {
      // InnoDB gives up the transaction that has changed less.
      await other.query('CREATE TEMPORARY TABLE ballast (n INT) ENGINE=InnoDB')
      await other.query('START TRANSACTION')
      await other.query('INSERT INTO ballast SELECT 1 FROM product AS a JOIN product AS b LIMIT 20000')
      await other.query("SELECT 1 FROM product WHERE id = 'p0998' FOR UPDATE")
      feed.put('products', ...products(200))
      await areWaiting(db, 1)
      // The mirror's transaction has this row and waits for the other one: only its end lets this through.
      await other.query("SELECT 1 FROM product WHERE id = 'p0001' FOR UPDATE")
      await other.query('COMMIT')
    } finally {
      other.destroy()
    }
    await mirror.level()
    expect(mirror.status()).toMatchObject({ state: 'running', written: 2001 })
    expect(mirror.status().lastError).toBeUndefined()
    expect(await settleAll(fixture, mirror)).toEqual(AS_THE_DOCUMENTS_SAY)
  })

  test.each([
    ['request', 'INSERT INTO `orders`'],
    ['request', 'COMMIT'],
    ['answer', 'COMMIT'],
  ] as const)('gives up a connection whose %s hangs at %s, and goes on with a new one', async (at, statement) => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    await using proxy = await HangingProxy.open(db.url)
    const mirror = fixture.start({ url: proxy.url })
    feed.put('products', product('before'))
    await mirror.level()
    const hangs = proxy.hang(at, statement)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldClearNativeTimers: true })
    feed.put('products', product('during'))
    feed.put('orders', order('o1', [line('during')]))
    await hangs
    const fails = statusBecomes(mirror, ({ state }) => state === 'waiting')
    vi.advanceTimersByTime(MINUTE_MS)
    vi.useRealTimers()
    await fails
    feed.put('products', product('after'))
    await mirror.level()
    expect(mirror.status().lastError?.code).toBe('MIRROR_UNAVAILABLE')
    expect(await settleAll(fixture, mirror)).toEqual(AS_THE_DOCUMENTS_SAY)
  })

  test('is deposed in the middle of a batch: the batch is written once, and the next one by the second alone', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('products', ...products(100))
    const first = fixture.start()
    await first.level()
    const own = feed.reopened('epoch-2')
    const other = await openOther(db)
    try {
      await other.query("SELECT 1 FROM product WHERE id = 'p0500' FOR UPDATE")
      feed.put('products', ...products(200))
      own.put('products', ...products(200))
      await areWaiting(db, 1)
      const second = fixture.start({ feed: own })
      await areWaiting(db, 2)
      await other.query('COMMIT')
      feed.put('products', product('from-the-deposed'))
      await statusBecomes(first, ({ state }) => state === 'deposed')
      own.put('products', product('from-the-new'))
      await second.level()
      expect(await settleAll({ db, feed: own }, second)).toEqual(AS_THE_DOCUMENTS_SAY)
      expect(await db.query("SELECT id FROM product WHERE id LIKE 'from%'")).toEqual([{ id: 'from-the-new' }])
    } finally {
      other.destroy()
    }
  })
})
