import { describe, expect, test } from 'vitest'
import type { MirrorColumn, MirrorMapping, MirrorTable } from '../../../schemas/mirror-mapping.ts'
import type { CollectionDeclaration } from '../../../schemas/collection.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { Mirror } from '../../../adapters/mysql/mirror.ts'
import { MemoryFeed } from './memory-feed.ts'
import { createMirrorFixture, member, order, product, statusBecomes } from './mirror-fixture.ts'

const products = COLLECTIONS.find(({ name }) => name === 'products')!
const members = COLLECTIONS.find(({ name }) => name === 'members')!

/** A declaration with the mapping that it had before redirects and registrations were mirrored. */
function asItWas(declaration: CollectionDeclaration): CollectionDeclaration {
  const { name, mirror } = declaration
  if (!mirror) return declaration
  if (name === 'orders') return { ...declaration, mirror: [withoutIndex(mirror[0], 'registration_id'), mirror[1]!] }
  if (name === 'movements') {
    const { registration_id: _added, ...columns } = mirror[0].columns
    return { ...declaration, mirror: [withoutIndex({ ...mirror[0], columns }, 'registration_id')] }
  }
  if (name !== 'members') return declaration
  const { current_id: _current, registered_phone: _registered, released: _released, ...columns } = mirror[0].columns
  return {
    ...declaration,
    mirror: [
      {
        ...mirror[0],
        columns: { ...columns, phone: { from: 'phone', type: 'text' } },
        indexes: [['phone'], ['scope']],
      },
      {
        table: 'member_xref',
        key: ['id'],
        columns: { id: { from: 'id', type: 'key' }, member_id: { from: 'id', type: 'key' } },
        indexes: [['member_id']],
      },
    ],
  }
}

function withoutIndex(table: MirrorTable, column: string): MirrorTable {
  return { ...table, indexes: table.indexes!.filter(([first]) => first !== column) }
}

describe("the mirror's tables", () => {
  test('are made with keys that compare by code point, utf8mb4 and the declared indexes', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = fixture.start()
    await mirror.level()
    const [row] = await fixture.db.query<Record<string, string>>('SHOW CREATE TABLE orders')
    const sql = row!['Create Table']!
    expect(sql).toMatch(/`id` varchar\(128\) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL/)
    expect(sql).toMatch(/`placed_at` datetime\(3\) DEFAULT NULL/)
    expect(sql).toMatch(/KEY `ix_branch_id_placed_at` \(`branch_id`,`placed_at`\)/)
    expect(sql).toMatch(/ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 .*ROW_FORMAT=DYNAMIC/)
    const tables = await fixture.db.query<Record<string, string>>('SHOW TABLES')
    expect(tables.flatMap((table) => Object.values(table)).toSorted()).toEqual([
      'branch',
      'member',
      'member_current',
      'member_decision',
      'member_first_registration',
      'member_follow_up',
      'member_registration',
      'member_value',
      'member_xref',
      'movement',
      'movement_with_member',
      'new_members_day',
      'order_line',
      'order_move',
      'order_sold',
      'order_with_member',
      'orders',
      'orders_by_status',
      'outpost_mirror',
      'outpost_mirror_fill',
      'outpost_mirror_parked',
      'points_outstanding',
      'product',
      'registration_home',
      'sales_by_branch_day',
      'sales_by_product_day',
    ])
  })

  test('that do not fit are described column by column, all at once, and nothing is changed', async () => {
    await using fixture = await createMirrorFixture()
    const { db, feed } = fixture
    await db.query(
      'CREATE TABLE product (id VARCHAR(64) CHARACTER SET latin1, name VARCHAR(40) CHARACTER SET utf8mb4,' +
        ' price DECIMAL(10,2), discontinued TIMESTAMP NULL, sku VARCHAR(20) NOT NULL, ver INT, PRIMARY KEY (id, name),' +
        ' UNIQUE KEY one_sku (sku)) ENGINE=MyISAM',
    )
    await db.query('CREATE TABLE member (id VARCHAR(128) COLLATE utf8mb4_general_ci PRIMARY KEY, phone VARCHAR(255))')
    await db.query('CREATE VIEW branch AS SELECT 1 AS id')
    feed.put('products', product('tea'))
    const mirror = fixture.start()
    const { lastError } = await statusBecomes(mirror, ({ state }) => state === 'waiting')
    expect(lastError?.code).toBe('MIRROR_TABLES')
    for (const finding of [
      'product.id is varchar(64), needed are 128 characters',
      'product.name is varchar(40), needed are 255 characters',
      'product.name is varchar(40) not null, but a document may lack the value',
      'product.price is decimal(10,2), needed is bigint',
      'product.discontinued is timestamp, needed is tinyint(1)',
      'product.ver is int(11), needed is bigint unsigned',
      'product uses MyISAM, which has no transactions',
      'the primary key of product is (id, name), needed is (id)',
      'product has the unique key one_sku (sku): writing one document would overwrite another',
      'product.sku is not in the mapping and has no default, so no row can be inserted',
      'member.id is varchar(128) with collation utf8mb4_general_ci, which takes different ids for one; needed is utf8mb4_bin',
      'member has no column ver, so the mirror did not make this table',
      'branch is a view, not a table',
    ]) {
      expect(lastError?.message).toContain(finding)
    }
    const tables = await db.query<Record<string, string>>('SHOW TABLES')
    expect(tables.flatMap((table) => Object.values(table)).toSorted()).toEqual(['branch', 'member', 'product'])

    // Once they are out of the way the mirror goes on by itself.
    await db.query('DROP TABLE product')
    await db.query('DROP TABLE member')
    await db.query('DROP VIEW branch')
    await mirror.level()
    expect(await mirror.counts()).toMatchObject({ product: 1 })
  })

  test('may have further columns of their own, which stay', async () => {
    await using fixture = await createMirrorFixture()
    const { db, feed } = fixture
    const mirror = fixture.start()
    feed.put('products', product('tea'))
    await mirror.level()
    await db.query("ALTER TABLE product ADD COLUMN shelf VARCHAR(10) DEFAULT 'A1', ADD COLUMN note TEXT")
    await db.query("UPDATE product SET note = 'by hand'")
    await mirror.stop()
    const reopened = feed.reopened('epoch-2')
    reopened.put('products', product('tea', { name: 'Tea' }))
    await fixture.start({ feed: reopened }).level()
    expect(await db.query('SELECT name, shelf, note FROM product')).toEqual([
      { name: 'Tea', shelf: 'A1', note: 'by hand' },
    ])
  })

  test('get a missing index, also over texts that are too long for a whole one', async () => {
    await using fixture = await createMirrorFixture()
    const { db, feed } = fixture
    const indexes = [['name', 'unit', 'category', 'currency'], ['name'], ['price', 'name']]
    const indexed = { ...products, mirror: [{ ...products.mirror![0], indexes }] as const }
    await fixture.start({ declarations: [products] }).level()
    const mirror = fixture.start({ declarations: [indexed], feed: feed.reopened('epoch-2') })
    await mirror.level()
    const rows = await db.query<{ INDEX_NAME: string; SUB_PART: number | null }>(
      "SELECT INDEX_NAME, SUB_PART FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'product' AND INDEX_NAME <> 'PRIMARY' ORDER BY INDEX_NAME, SEQ_IN_INDEX",
    )
    expect(rows.map((row) => `${row.INDEX_NAME} ${row.SUB_PART}`)).toEqual([
      'ix_name null',
      ...Array.from({ length: 4 }, () => 'ix_name_unit_category_currency 192'),
      'ix_price_name null',
      'ix_price_name null',
    ])
  })

  test('and views of an earlier mapping are extended and filled, and what people added stays', async () => {
    await using fixture = await createMirrorFixture()
    const { db, feed } = fixture
    const registrations = [{ id: 'r1', branchId: 'b1', at: '2024-05-01T09:00:00.000Z' }]
    feed.put('members', member('m1', { name: 'Ada', registrations, closed: true, phones: ['+4915100000002'] }))
    feed.put('members', member('m2', { currentId: 'm1' }))
    feed.put('orders', order('o1', [], { memberId: 'm2', registrationId: 'r1' }), order('o2', [], { memberId: 'm2' }))
    const before = fixture.start({ declarations: COLLECTIONS.map(asItWas) })
    await before.level()
    await before.stop()
    await db.query(
      'CREATE VIEW order_with_member AS SELECT o.*, m.id AS current_member_id, m.name AS current_member_name,' +
        ' m.scope AS current_member_scope FROM orders o LEFT JOIN member_xref x ON x.id = o.member_id' +
        ' LEFT JOIN member m ON m.id = x.member_id',
    )
    expect(await db.query('SELECT id, current_member_id FROM order_with_member ORDER BY id')).toEqual([
      { id: 'o1', current_member_id: 'm2' },
      { id: 'o2', current_member_id: 'm2' },
    ])
    await db.query("ALTER TABLE member ADD COLUMN seat VARCHAR(10) DEFAULT 'A1', ADD KEY by_hand (name, scope)")

    const reopened = feed.reopened('epoch-2')
    const mirror = fixture.start({ feed: reopened })
    await mirror.level()
    expect(mirror.status()).toMatchObject({ state: 'running', parked: 0, filling: [] })
    expect(mirror.status().lastError).toBeUndefined()
    expect(await mirror.counts()).toMatchObject({ member: 2, member_xref: 2, member_registration: 1, orders: 2 })
    expect(
      await db.query('SELECT id, current_id, phone, registered_phone, released, seat FROM member ORDER BY id'),
    ).toEqual([
      {
        id: 'm1',
        current_id: null,
        phone: '+4915100000002',
        registered_phone: '+4915112345678',
        released: 0,
        seat: 'A1',
      },
      {
        id: 'm2',
        current_id: 'm1',
        phone: '+4915112345678',
        registered_phone: '+4915112345678',
        released: 0,
        seat: 'A1',
      },
    ])
    expect(await db.query('SELECT id, current_member_id FROM order_with_member ORDER BY id')).toEqual([
      { id: 'o1', current_member_id: 'm1' },
      { id: 'o2', current_member_id: 'm1' },
    ])
    const indexes = await db.query<{ name: string }>(
      "SELECT DISTINCT INDEX_NAME AS name FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'orders'",
    )
    expect(indexes.map(({ name }) => name)).toContain('ix_registration_id')
    expect(await db.query('SHOW INDEX FROM member WHERE Key_name = ?', ['by_hand'])).toHaveLength(2)

    // The same mapping again writes nothing anew.
    await mirror.stop()
    const again = fixture.start({ feed: reopened.reopened('epoch-3') })
    await again.level()
    expect(again.status()).toMatchObject({ written: 0, filling: [] })
  })

  test('are made in a database that does not exist yet', async () => {
    await using fixture = await createMirrorFixture()
    const { db, feed } = fixture
    await db.query(`DROP DATABASE ${db.name}`)
    feed.put('orders', order('o1', []))
    const mirror = fixture.start()
    await mirror.level()
    expect(await mirror.counts()).toMatchObject({ orders: 1 })
  })

  const column = { from: 'name', type: 'text' } as const
  const id = { from: 'id', type: 'key' } as const
  const mappingOf = (v: MirrorColumn): MirrorMapping => [{ table: 't', key: ['id'], columns: { id, v } }]
  test.each<[string, MirrorMapping, string]>([
    ['a name that needs quotes', [{ table: 'a`b', key: ['id'], columns: { id } }], 'table takes a name'],
    [
      "the mirror's own column",
      [{ table: 't', key: ['id'], columns: { id, ver: column } }],
      'ver belongs to the mirror',
    ],
    [
      "the mirror's own table",
      [{ table: 'outpost_mirror', key: ['id'], columns: { id } }],
      'is a table of the mirror itself',
    ],
    ['an unknown key', [{ table: 't', key: ['id', 'x'], columns: { id } }], 'which is no column'],
    ['a key that changes', [{ table: 't', key: ['name'], columns: { name: column } }], 'must begin with'],
    ['an own table of many rows', [{ table: 't', key: ['id', 'n'], columns: { id, n: column } }], "document's own"],
    [
      'lines without their document',
      [
        { table: 't', key: ['id'], columns: { id } },
        { table: 'u', key: ['id'], each: 'registrations', columns: { id } },
      ],
      'from ^id',
    ],
    [
      'a key that takes two spellings for one',
      [
        { table: 't', key: ['id'], columns: { id } },
        {
          table: 'u',
          key: ['t', 'n'],
          each: 'registrations',
          columns: { t: { from: '^id', type: 'key' }, n: { from: 'id', type: 'text' } },
        },
      ],
      'has n of type text, to which a and A are one',
    ],
    ['a source that is no path', mappingOf({ from: 'a..b', type: 'text' }), 'columns.v.from takes a path'],
    [
      "a parent's field in the document's own table",
      mappingOf({ from: 'a', type: 'text', or: { from: '^b' } }),
      'reads ^b, which only a table with "each" has',
    ],
    [
      'a condition that is no list',
      mappingOf({ from: 'a', type: 'text', unless: 'b' as never }),
      'columns.v.unless takes a list of paths',
    ],
    [
      'a condition on no path',
      mappingOf({ from: 'a', type: 'text', unless: [''] }),
      'columns.v.unless takes a list of paths',
    ],
    [
      'a second source that is none',
      mappingOf({ from: 'a', type: 'text', or: 'b' as never }),
      'columns.v.or takes a source',
    ],
    [
      'a word that means nothing',
      mappingOf({ from: 'a', type: 'text', els: 'b' } as never),
      'columns.v.els means nothing here',
    ],
    [
      'a default in the second source',
      mappingOf({ from: 'a', type: 'text', or: { from: 'b', default: 'c' } as never }),
      'columns.v.or.default means nothing here; known are from, unless, or',
    ],
    [
      'a default of another type',
      mappingOf({ from: 'a', type: 'integer', default: 0.5 }),
      'columns.v.default is no integer',
    ],
    [
      'a type that there is not',
      mappingOf({ from: 'a', type: 'blob' as never }),
      'columns.v.type takes one of key, text,',
    ],
    [
      'a key that may come from elsewhere',
      [{ table: 't', key: ['id'], columns: { id: { ...id, or: { from: 'name' } } } }],
      'must begin with',
    ],
  ])('are refused for a mapping with %s', (_what, mirror, reason) => {
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const declarations = [{ ...members, mirror }]
    expect(() => new Mirror({ feed: new MemoryFeed(), declarations, url: 'mysql://localhost', log })).toThrow(reason)
  })
})
