import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyName } from '../../../adapters/mysql/exact-key.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { MirrorTable } from '../../../schemas/mirror-mapping.ts'
import { createMirrorFixture, line, member, order, product } from './mirror-fixture.ts'

const quantity = { from: 'quantity', type: 'integer' } as const

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
      ['"rice "', 'id', 'the value of id ends with a space and belongs to the key, where MySQL does not see it'],
      ['tea', 'price', 'the value of price is no integer'],
    ])
    expect(await mirror.counts()).toMatchObject({ product: 1 })
    expect(JSON.stringify(fixture.log)).not.toContain('12345678')
  })

  test('is parked where two of its elements would be one row, of which MySQL would keep one', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    const move = (id: string, to: string) => ({ id, at: '2024-05-01T09:30:00.000Z', by: 's1', to })
    feed.put('orders', order('o1', [], { moves: [move('a', 'paid'), move('A', 'shipped')] }))
    feed.put('orders', order('o2', [], { moves: [move('a', 'paid'), move('a', 'shipped')] }))
    await mirror.level()
    expect(await db.query('SELECT order_id, status FROM order_move ORDER BY status')).toEqual([
      { order_id: 'o1', status: 'paid' },
      { order_id: 'o1', status: 'shipped' },
    ])
    expect(await mirror.parked()).toMatchObject([{ documentId: 'o2', column: 'move_id' }])
    expect(await mirror.settle('orders', ['o1', 'o2'], true)).toMatchObject({ different: [], parked: ['o2'] })
  })

  test('is parked also where the columns of its key have names that are longer than there is room for', async () => {
    await using fixture = await createMirrorFixture()
    const orders = COLLECTIONS.find(({ name }) => name === 'orders')!
    const long = Object.fromEntries([1, 2, 3, 4, 5].map((no) => [`${'n'.repeat(60)}${no}`, quantity]))
    const pieces: MirrorTable = {
      table: 'piece',
      key: ['order_id', ...Object.keys(long)],
      each: 'lines',
      columns: { order_id: { from: '^id', type: 'key' }, ...long },
    }
    const mirror = fixture.start({ declarations: [{ ...orders, mirror: [orders.mirror![0], pieces] }] })
    fixture.feed.put('orders', order('o1', [line('tea'), line('rice')]))
    await mirror.level()
    expect(await mirror.parked()).toMatchObject([{ column: Object.keys(long).join(', ').slice(0, 255) }])
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

  test('is parked alone where MySQL would take its id for another one: neither its state nor its deletion touches that', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    const strange = [
      'tea ',
      'tea  ',
      '',
      '\ud83c',
      '\ud83d',
      'tea\udf75',
      '"tea "',
      'x'.repeat(129),
      '\ud83c'.repeat(128),
    ]
    const plain = ['tea', '\ufffd', 'tea\ufffd', '🍵', ' tea']
    for (const id of [...plain, ...strange]) feed.put('products', product(id))
    await mirror.level()
    const ids = async () => (await db.query<{ id: string }>('SELECT id FROM product')).map(({ id }) => id).toSorted()
    const parkedIds = async () => (await mirror.parked()).map(({ documentId }) => documentId)
    const keys = [...plain, '"tea "'].toSorted()
    expect(await ids()).toEqual(keys)
    const parked = await mirror.parked()
    expect(parked.map(({ documentId, reason }) => [documentId, reason])).toEqual([
      ['""', 'the value of id is missing and belongs to the key'],
      ['"\\ud83c"', 'the value of id has half a surrogate pair, which MySQL cannot store'],
      [
        expect.stringMatching(/^"(\\ud83c){8}"… sha256:[0-9a-f]{64}$/) as string,
        'the value of id has half a surrogate pair, which MySQL cannot store',
      ],
      ['"\\ud83d"', 'the value of id has half a surrogate pair, which MySQL cannot store'],
      ['"tea  "', 'the value of id ends with a space and belongs to the key, where MySQL does not see it'],
      ['"tea "', 'the value of id ends with a space and belongs to the key, where MySQL does not see it'],
      ['"tea\\udf75"', 'the value of id has half a surrogate pair, which MySQL cannot store'],
      [
        expect.stringMatching(/^"xxxxxxxx"… sha256:[0-9a-f]{64}$/) as string,
        'the value of id is longer than 128 characters and belongs to the key',
      ],
    ])
    expect(await mirror.retryParked()).toEqual({ tried: 8, written: 0 })

    // What is written, or deleted, beside a parked document leaves it parked.
    for (const id of plain) feed.put('products', product(id, { name: 'again' }))
    feed.remove('products', 'tea ')
    feed.remove('products', '\ud83c')
    await mirror.level()
    expect(await ids()).toEqual(keys)
    expect(await parkedIds()).toEqual(
      parked.map(({ documentId }) => documentId).filter((id) => id !== '"tea "' && id !== '"\\ud83c"'),
    )
  })

  test('is told by a name of its own, however much its id resembles another', () => {
    const id = fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', '\ud83c', '\udf75', '\ufffd'), maxLength: 6 })
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 8 }), fc.constantFrom('', 'x'.repeat(130)), (ids, before) => {
        const names = ids.map((one) => keyName(before + one))
        expect(new Set(names.map((name) => Buffer.from(name).toString().trimEnd())).size).toBe(ids.length)
        for (const name of names) expect(name.length).toBeLessThanOrEqual(128)
      }),
    )
  })
})
