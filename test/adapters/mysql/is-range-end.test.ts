import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyRefusal } from '../../../adapters/mysql/exact-key.ts'
import { nextRange } from '../../../adapters/mysql/fill-collection.ts'
import { isRangeEnd } from '../../../adapters/mysql/is-range-end.ts'
import { mirroredCollections } from '../../../adapters/mysql/mirrored-collection.ts'
import { withLocalFields } from '../../../adapters/exchange/local-fields.ts'
import { ROW_STATE } from '../../../adapters/sqlite/document-row.ts'
import { createChangeFeed } from '../../../adapters/sqlite/store-change-feed.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { createTestDatabase, type TestDatabase } from '../../support/mysql-database.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { MemoryFeed } from './memory-feed.ts'
import { createMirrorFixture, product } from './mirror-fixture.ts'

const products = mirroredCollections(COLLECTIONS).find(({ name }) => name === 'products')!

/** On each side of where the three orders part, and some that people write. */
const UNITS = [...'\u0000\u0001\u001f !Aa~\u007f\u0080é商\ud7ff\ue000\uffff\u{10000}🍵\u{10ffff}']
/** A store of products with these ids. */
function storeOf(ids: readonly string[]) {
  const folder = temporaryFolder()
  const store = new Store({ file: join(folder.path, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: false })
  store.transaction('test', (context) => {
    for (const one of ids) {
      const doc = withLocalFields(product(one), undefined, store.epoch)
      store.table('products').put(context, doc, { state: ROW_STATE.clean, origin: '' })
    }
  })
  const feed = createChangeFeed(store)
  return {
    idsAfter: (end: string) => feed.documentsAfter('products', end, 1000).documents.map(({ doc }) => String(doc['id'])),
    [Symbol.dispose]: () => {
      store.close()
      folder.remove()
    },
  }
}

const id = fc.string({ unit: fc.constantFrom(...UNITS), minLength: 1, maxLength: 4 })

describe('an id that can end a range', () => {
  let db: TestDatabase
  const sqlite = new Database(':memory:')
  const isBehind = sqlite.prepare<[string, string], number>('SELECT ? > ?').pluck()
  beforeAll(async () => {
    db = await createTestDatabase()
    await db.query('CREATE TABLE t (id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY)')
  })
  afterAll(async () => {
    sqlite.close()
    await db.drop()
  })

  test('has all others on the same side for JavaScript, SQLite, the store and MySQL; what continues it may be cleared early', async () => {
    let ends = 0
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(id, { minLength: 150, maxLength: 150 }), async (ids) => {
        // Others have no rows.
        const rows = ids.filter((one) => keyRefusal(one) === undefined)
        await db.query('DELETE FROM t')
        await db.query(`INSERT INTO t VALUES ${rows.map(() => '(?)').join(',')}`, rows)
        using store = storeOf(rows)
        for (const end of ids.filter(isRangeEnd)) {
          ends += 1
          const later = rows.filter((one) => one > end).toSorted()
          expect(rows.filter((one) => isBehind.get(one, end) === 1).toSorted()).toEqual(later)
          expect(store.idsAfter(end)).toEqual(later)
          const found = await db.query<{ id: string }>('SELECT id FROM t WHERE id > ?', [end])
          const inMysql = new Set(found.map((row) => row.id))
          const early = later.filter((one) => !inMysql.has(one))
          expect([...inMysql].toSorted()).toEqual(later.filter((one) => !early.includes(one)))
          for (const one of early) expect(one.slice(0, end.length)).toBe(end)
        }
      }),
      { numRuns: 8 },
    )
    expect(ends).toBeGreaterThan(100)
  })

  test.each([
    ['a character behind U+E000, before which JavaScript has surrogate pairs', 'a\ue000'],
    ['a surrogate pair', 'a🍵'],
    ['a control character, before which MySQL has what it continues', 'a\u001f'],
    ['a space at its end, which MySQL does not see', 'a '],
    ['more characters than a key has', 'a'.repeat(129)],
    ['no character', ''],
  ])('has not %s', (_what, end) => {
    expect(isRangeEnd(end)).toBe(false)
  })
})

describe('ranges of a collection', () => {
  test('end at ids without a Latin letter too', () => {
    const feed = new MemoryFeed()
    feed.put('products', ...Array.from({ length: 1200 }, (_, i) => product(`商品${String(i).padStart(4, '零')}`)))
    const lengths: number[] = []
    for (let after: string | undefined = ''; after !== undefined;) {
      const { documents, to }: ReturnType<typeof nextRange> = nextRange(feed, products, after, 500)
      lengths.push(documents.length)
      after = to
    }
    expect(lengths).toEqual([500, 500, 200])
  })

  test('are as long as it takes to find an end, and none is left out', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const ids = Array.from({ length: 3300 }, (_, i) => {
      const digits = String(i).padStart(4, '0')
      return ['a', '商', '\ue000', '🍵', 'b\u0001', '商 '][i % 6]! + digits
    })
    feed.put('products', ...ids.map((one) => product(one)))
    const mirror = fixture.start()
    await mirror.level()
    expect(mirror.status()).toMatchObject({ parked: 0, written: ids.length })
    await db.query("UPDATE product SET name = 'by hand'")
    await mirror.rebuild('products')
    await mirror.level()
    const rows = await db.query<{ id: string; name: string }>('SELECT id, name FROM product')
    expect(rows.map((row) => row.id).toSorted()).toEqual(ids.toSorted())
    expect(rows.filter((row) => row.name === 'by hand')).toEqual([])
  })
})
