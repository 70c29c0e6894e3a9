import { describe, expect, test } from 'vitest'
import { createMirrorFixture, line, member, order, product } from './mirror-fixture.ts'

describe('a document that MySQL refuses', () => {
  test('is parked with column and reason while all others go on; a retry writes it once it fits', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    await mirror.level()
    await db.query('ALTER TABLE product MODIFY name VARCHAR(12)')
    const fitting = Array.from({ length: 700 }, (_, i) => product(`p${i}`, { name: 'short' }))
    const long = ['p13', 'p500', 'p699'].map((id) => product(id, { name: 'far too long for it' }))
    feed.put('products', ...fitting.filter(({ id }) => !long.some((other) => other['id'] === id)), ...long)
    feed.put('orders', order('o1', [line('p13')]))
    await mirror.level()

    expect(await mirror.counts()).toMatchObject({ product: 697, orders: 1, order_line: 1 })
    expect(mirror.status()).toMatchObject({ state: 'running', parked: 3, written: 698, lag: 0 })
    expect(await mirror.parked()).toEqual(
      ['p13', 'p500', 'p699'].map((documentId, i) => ({
        collection: 'products',
        documentId,
        seq: 698 + i,
        column: 'name',
        reason: expect.stringMatching(/^ER_DATA_TOO_LONG: /) as string,
        at: '2024-05-01T10:00:00.000Z',
      })),
    )
    expect(await mirror.retryParked()).toEqual({ tried: 3, written: 0 })

    await db.query('ALTER TABLE product MODIFY name VARCHAR(255)')
    expect(await mirror.retryParked()).toEqual({ tried: 3, written: 3 })
    expect(mirror.status().parked).toBe(0)
    expect(await mirror.parked()).toEqual([])
    expect(await db.query("SELECT name FROM product WHERE id = 'p500'")).toEqual([{ name: 'far too long for it' }])
  })

  test('is cleared by a newer state that fits, and by its deletion', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    await mirror.level()
    await db.query('ALTER TABLE order_line MODIFY name VARCHAR(4)')
    feed.put('orders', order('o1', [line('tea'), line('coffee')]), order('o2', [line('coffee')]))
    await mirror.level()
    // Not the order without its line: a document is mirrored whole or not at all.
    expect(await mirror.counts()).toMatchObject({ orders: 0, order_line: 0 })
    expect(mirror.status().parked).toBe(2)

    feed.put('orders', order('o1', [line('tea')]))
    feed.remove('orders', 'o2')
    await mirror.level()
    expect(await mirror.counts()).toMatchObject({ orders: 1, order_line: 1 })
    expect(await mirror.parked()).toEqual([])
  })

  test('keeps the rows that it had, until it fits', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    feed.put('orders', order('o1', [line('tea'), line('rice')]))
    const mirror = fixture.start()
    await mirror.level()
    await db.query('ALTER TABLE order_line MODIFY name VARCHAR(4)')
    feed.put('orders', order('o1', [line('coffee')], { status: 'closed' }))
    await mirror.level()
    expect(await db.query('SELECT status FROM orders')).toEqual([{ status: 'paid' }])
    expect(await mirror.counts()).toMatchObject({ order_line: 2 })
  })

  test('is parked by what the mapping cannot render, without its value in reason or log', async () => {
    await using fixture = await createMirrorFixture()
    const { feed } = fixture
    feed.put('products', product('tea', { price: 4.5 }), product('rice '), product('salt'))
    feed.put('members', member('m1', { phone: { number: '+4915112345678' } }))
    feed.put('orders', order('o1', [], { placedAt: '2024-02-30T10:00:00.000Z' }))
    const mirror = fixture.start()
    await mirror.level()
    expect((await mirror.parked()).map(({ documentId, column, reason }) => [documentId, column, reason])).toEqual([
      ['m1', 'phone', 'the value of phone is no text'],
      ['o1', 'placed_at', 'the value of placed_at is no day of the calendar'],
      ['rice ', 'id', 'the value of id ends with a space and belongs to the key'],
      ['tea', 'price', 'the value of price is no integer'],
    ])
    expect(await mirror.counts()).toMatchObject({ product: 1 })
    expect(JSON.stringify(fixture.log)).not.toContain('12345678')
  })

  test("is parked by the database's own rules with their reason", async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    await mirror.level()
    await db.query('ALTER TABLE product ADD CONSTRAINT no_gifts CHECK (price > 0)')
    await db.query('ALTER TABLE member MODIFY phone INT')
    feed.put('products', product('gift', { price: 0 }), product('tea'))
    feed.put('members', member('m1', { phone: '+4915112345678' }))
    await mirror.level()
    const [phone, gift] = await mirror.parked()
    expect(gift).toMatchObject({ documentId: 'gift', reason: expect.stringContaining('no_gifts') as string })
    expect(phone).toMatchObject({ documentId: 'm1', column: 'phone' })
    expect(phone?.reason).not.toContain('12345678')
    expect(await mirror.counts()).toMatchObject({ product: 1 })
  })
})
