/** Rows that MySQL refuses, and tables that somebody has changed under the mirror. */
import { describe, expect, test } from 'vitest'
import { createMirrorFixture, line, order, product } from './mirror-fixture.ts'
import { AS_THE_DOCUMENTS_SAY, settleAll } from './settled-mirror.ts'

const products = (count: number, fields: (i: number) => object) =>
  Array.from({ length: count }, (_, i) =>
    product(`p${String(i).padStart(3, '0')}`, { unit: `unit ${i}`, ...fields(i) }),
  )

describe('a table that somebody has changed', () => {
  test('holds all but the documents that a shortened column refuses; those are written when it is wide again', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    feed.put('orders', order('kept', [line('tea')]))
    await mirror.level()
    await db.query('ALTER TABLE order_line MODIFY name VARCHAR(4)')
    feed.put('orders', order('new', [line('coffee'), line('tea')]), order('kept', [line('lemonade')]))
    feed.put('orders', order('fits', [line('tea')]))
    await mirror.level()
    expect(await settleAll(fixture, mirror)).toEqual({
      ...AS_THE_DOCUMENTS_SAY,
      parked: ['kept', 'new'].map(
        (id) => `orders/${id} name: ER_DATA_TOO_LONG: Data too long for column 'name' at row 1`,
      ),
    })
    expect(await db.query("SELECT name FROM order_line WHERE order_id = 'kept'")).toEqual([{ name: 'tea' }])

    await db.query('ALTER TABLE order_line MODIFY name LONGTEXT')
    expect(await mirror.retryParked()).toEqual({ tried: 2, written: 2 })
    expect(await settleAll(fixture, mirror)).toEqual(AS_THE_DOCUMENTS_SAY)
  })

  test('never has one document written over another where it was given a unique key: the second is refused', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    feed.put('products', ...products(300, () => ({})))
    await mirror.level()
    await db.query('ALTER TABLE product MODIFY unit VARCHAR(40) COLLATE utf8mb4_bin, ADD UNIQUE KEY by_hand (unit)')
    // A new document, and one whose rows are there already.
    feed.put('products', product('new', { unit: 'unit 7', price: 1 }))
    feed.put('products', ...products(300, (i) => ({ price: 2, ...(i === 200 && { unit: 'unit 8' }) })))
    feed.put('products', product('other', { unit: 'its own' }))
    await mirror.level()
    expect(await settleAll(fixture, mirror)).toEqual({
      ...AS_THE_DOCUMENTS_SAY,
      parked: ['new', 'p200'].map((id) => `products/${id} unit: ER_DUP_ENTRY: Duplicate entry '…' for key 'by_hand'`),
    })

    await db.query('ALTER TABLE product DROP KEY by_hand')
    expect(await mirror.retryParked()).toEqual({ tried: 2, written: 2 })
    expect(await settleAll(fixture, mirror)).toEqual(AS_THE_DOCUMENTS_SAY)
  })

  test('is as its documents say again when it was dropped and restored from an older copy', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    feed.put('products', ...products(300, () => ({})), product('deleted-since'))
    await mirror.level()
    await db.query('CREATE TABLE copy LIKE product')
    await db.query('INSERT INTO copy SELECT * FROM product')
    feed.put('products', product('p007', { price: 1 }), product('new-since'))
    feed.remove('products', 'deleted-since')
    await mirror.level()
    await db.query('DROP TABLE product')
    await db.query('RENAME TABLE copy TO product')
    feed.put('products', product('p008', { price: 2 }))
    await mirror.level()

    const found = await settleAll(fixture, mirror)
    expect(found).toEqual({
      ...AS_THE_DOCUMENTS_SAY,
      different: ['products/p007', 'products/new-since', 'products/deleted-since'],
      repaired: 3,
    })
    expect(await settleAll(fixture, mirror)).toEqual(AS_THE_DOCUMENTS_SAY)
  })

  test('is made anew when the loss was noticed, and a copy restored over that is settled too', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    feed.put('orders', order('o1', [line('tea')]), order('o2', [line('tea'), line('rice')]))
    await mirror.level()
    await db.query('CREATE TABLE copy LIKE order_line')
    await db.query('INSERT INTO copy SELECT * FROM order_line')
    await db.query('DROP TABLE order_line')
    feed.put('orders', order('o1', [line('rice')]))
    await mirror.level()
    expect(mirror.status().lastError?.code).toBe('MIRROR_TABLES')
    expect(await settleAll(fixture, mirror)).toEqual(AS_THE_DOCUMENTS_SAY)

    await db.query('DROP TABLE order_line')
    await db.query('RENAME TABLE copy TO order_line')
    expect((await settleAll(fixture, mirror)).different).toContain('orders/o1')
    expect(await settleAll(fixture, mirror)).toEqual(AS_THE_DOCUMENTS_SAY)
  })
})
