/** The writer alone, with batches that a feed would never give it. */
import { describe, expect, test } from 'vitest'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { Epoch } from '../../../schemas/brand.ts'
import type { Doc } from '../../../schemas/json.ts'
import { mirroredCollections } from '../../../adapters/mysql/mirrored-collection.ts'
import { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import { openMirror } from '../../../adapters/mysql/open-mirror.ts'
import { renderPage } from '../../../adapters/mysql/pending-document.ts'
import { createTestDatabase } from '../../support/mysql-database.ts'
import { MemoryFeed } from './memory-feed.ts'
import { line, order, product } from './mirror-fixture.ts'

async function openWriter() {
  const db = await createTestDatabase()
  const collections = mirroredCollections(COLLECTIONS)
  const byName = new Map(collections.map((collection) => [collection.name, collection]))
  const session = await MysqlSession.open(parseMysqlUrl(db.url))
  const feed = new MemoryFeed()
  const open = () =>
    openMirror(session, { name: 'outpost', feed, collections, create: true, ownTerm: undefined, now: Date.now })
  const mirror = await open()
  if (mirror === 'deposed') throw new Error('deposed')
  return {
    db,
    collections,
    writer: mirror.writer,
    /** Another writer's claim. */
    claim: open,
    batch: (...changes: [collection: string, seq: number, doc: Doc][]) =>
      renderPage(
        changes.map(([collection, seq, doc]) => ({ collection, seq, doc })),
        byName,
      ),
    at: (seq: number) => ({ epoch: 'epoch-1' as Epoch, seq }),
    [Symbol.asyncDispose]: async () => {
      session.destroy()
      await db.drop()
    },
  }
}

describe('mirror writer', () => {
  test('changes nothing when a page is repeated, or an older one comes again', async () => {
    await using mirror = await openWriter()
    const { db, writer, batch, at } = mirror
    const old = batch(['orders', 1, order('o1', [line('tea'), line('rice')])], ['products', 2, product('tea')])
    const newer = batch(['orders', 3, order('o1', [line('salt')])], ['products', 4, { id: 'tea', _deleted: true }])
    expect(await writer.writePage(old, at(2))).toMatchObject({ outcome: 'passed', written: 2 })
    expect(await writer.writePage(newer, at(4))).toMatchObject({ outcome: 'passed', written: 2 })
    const tables = async () => [
      await db.query('SELECT * FROM orders'),
      await db.query('SELECT * FROM order_line'),
      await db.query('SELECT * FROM product'),
      await db.query('SELECT * FROM outpost_mirror'),
    ]
    const before = await tables()
    expect(await writer.writePage(newer, at(4))).toEqual({ outcome: 'repeated', written: 0, parked: [] })
    expect(await writer.writePage(old, at(2))).toEqual({ outcome: 'repeated', written: 0, parked: [] })
    expect(await tables()).toEqual(before)
  })

  test('lets no older state overwrite a newer one, nor bring lines back', async () => {
    await using mirror = await openWriter()
    const { db, writer, batch } = mirror
    await writer.writeAgain(batch(['orders', 9, order('o1', [line('salt')], { status: 'closed' })]))
    await writer.writeAgain(batch(['orders', 5, order('o1', [line('tea'), line('rice')])]))
    await writer.writeAgain(batch(['orders', 5, { id: 'o1', _deleted: true }]))
    expect(await db.query('SELECT status FROM orders')).toEqual([{ status: 'closed' }])
    expect(await db.query('SELECT line_no, product_id FROM order_line')).toEqual([{ line_no: 0, product_id: 'salt' }])
  })

  test('leaves the same rows for documents in any order and grouping', async () => {
    await using mirror = await openWriter()
    const { db, writer, batch } = mirror
    const states: [string, number, Doc][] = [
      ['orders', 1, order('o1', [line('tea'), line('rice')])],
      ['orders', 2, order('o1', [line('tea')])],
      ['orders', 3, order('o1', [line('salt'), line('tea'), line('rice')])],
    ]
    for (const [a, b, c] of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ] as const) {
      await db.query('DELETE FROM orders')
      await db.query('DELETE FROM order_line')
      await writer.writeAgain(batch(states[a]!, states[b]!))
      await writer.writeAgain(batch(states[c]!))
      const rows = await db.query<{ product_id: string }>('SELECT product_id FROM order_line ORDER BY line_no')
      expect(rows.map((row) => row.product_id)).toEqual(['salt', 'tea', 'rice'])
    }
  })

  test('writes nothing once another writer has claimed the next term', async () => {
    await using mirror = await openWriter()
    const { db, writer, batch, at, claim } = mirror
    const successor = await claim()
    expect(successor).toMatchObject({ term: 2 })
    const page = batch(['products', 1, product('tea')])
    expect(await writer.writePage(page, at(1))).toMatchObject({ outcome: 'deposed', written: 0 })
    expect(await writer.writeAgain(page)).toMatchObject({ outcome: 'deposed', written: 0 })
    const [collection] = mirror.collections
    expect(await writer.writeRange({ collection: collection!, after: '', to: undefined, ...page })).toMatchObject({
      outcome: 'deposed',
    })
    expect(await db.query('SELECT * FROM product')).toEqual([])
  })

  test('notices that the state in MySQL is older than itself', async () => {
    await using mirror = await openWriter()
    const { db, writer, batch, at } = mirror
    await db.query('UPDATE outpost_mirror SET term = 0')
    expect(await writer.writePage(batch(['products', 1, product('tea')]), at(1))).toMatchObject({ outcome: 'lost' })
    await db.query('DELETE FROM outpost_mirror')
    expect(await writer.writePage(batch(['products', 1, product('tea')]), at(1))).toMatchObject({ outcome: 'lost' })
  })
})
