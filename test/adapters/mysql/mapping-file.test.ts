import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readMappingFile, readMirrorFile } from '../../../adapters/mysql/mapping-file.ts'
import { mirrorTargets } from '../../../cloud-node/cli/mirror-targets.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { createMirrorFixture, line, member, order } from './mirror-fixture.ts'

const EXAMPLE = fileURLToPath(new URL('../../../docs/examples/mirror.yaml', import.meta.url))
const TABLES = `collections:
  products:
    - table: goods
      key: [id]
      columns:
        id: { from: id, type: key }
`

let folder: string
const given = process.env['MYSQL_URL']
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'outpost-mapping-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => {
  delete process.env['MYSQL_URL']
  if (given !== undefined) process.env['MYSQL_URL'] = given
})

function write(name: string, text: string, mode = 0o600): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

async function refusal(file: string): Promise<string[]> {
  const error: unknown = await readMappingFile(file, COLLECTIONS).catch((thrown: unknown) => thrown)
  return (error as Error).message.split('\n').map((text) => text.replace(file, 'FILE'))
}

describe('a mapping file', () => {
  test('gives collections other tables, and leaves those that it does not name', async () => {
    const { declarations, create } = await readMappingFile(write('m.yaml', `version: 1\n${TABLES}`), COLLECTIONS)
    const tablesOf = (name: string) => declarations.find((one) => one.name === name)!.mirror?.map(({ table }) => table)
    expect(tablesOf('products')).toEqual(['goods'])
    expect(tablesOf('orders')).toEqual(['orders', 'order_line', 'order_move'])
    expect(create).toBe(true)
  })

  test('may be the only one that says anything, leave a collection out, and forbid to make tables', async () => {
    const only = write('only.yaml', `version: 1\nonly: true\ncreate: false\n${TABLES}`)
    const { declarations, create } = await readMappingFile(only, COLLECTIONS)
    expect(declarations.filter(({ mirror }) => mirror).map(({ name }) => name)).toEqual(['products'])
    expect(declarations).toHaveLength(COLLECTIONS.length)
    expect(create).toBe(false)
    const without = await readMappingFile(write('w.yaml', 'version: 1\ncollections: {orders: []}'), COLLECTIONS)
    const namesOf = (all: typeof COLLECTIONS) => all.flatMap(({ name, mirror }) => (mirror ? [name] : []))
    expect(namesOf(without.declarations)).toEqual(namesOf(COLLECTIONS).filter((name) => name !== 'orders'))
  })

  test('may be a module', async () => {
    const tables = { table: 'goods', key: ['id'], columns: { id: { from: 'id', type: 'key' } } }
    const file = write('m.mjs', `export default ${JSON.stringify({ version: 1, collections: { products: [tables] } })}`)
    const { declarations } = await readMappingFile(file, COLLECTIONS)
    expect(declarations.find(({ name }) => name === 'products')!.mirror).toEqual([tables])
    expect(await refusal(write('bad.mjs', 'export default { version: 2 }'))).toEqual([
      'FILE: version takes 1',
      'FILE: collections is missing; it takes lists of tables by the names of collections',
    ])
  })

  test('says all that is wrong with it at once, with lines', async () => {
    const file = write(
      'wrong.yaml',
      `version: 2
name: shop
colections: {}
collections:
  orderz: []
  products:
    - table: goods; DROP TABLE x
      key: [id]
      columns:
        id: { from: id, type: key }
        price: { from: price, type: amout }
        name: { form: name, type: text }
        day: { from: name, type: text, timeZone: Mars }
      where:
        - { field: id }
  orders:
    - table: o
      key: [id]
      keepsDeleted: true
      direction: both
      columns:
        id: { from: id, type: key }
        total: { from: total, type: text }
        state: { from: status, type: integer, values: { paid: one } }
        both: { from: number, constant: x, type: text }
        cents: { from: total, type: money, decimals: 2, length: 7 }
    - table: l
      key: [no]
      each: lines
      columns: { no: { from: '#', type: integer } }
`,
    )
    expect(await refusal(file)).toEqual([
      'FILE, line 1: version takes 1',
      'FILE, line 2: name is only for a file of `mirrors`',
      'FILE, line 3: colections means nothing here: did you mean collections? Known are version, name, urlFile, only, create, collections',
      expect.stringMatching(/^FILE, line 5: collections\.orderz means nothing here: did you mean orders\? Known are /),
      'FILE, line 7: collections.products.0.table takes a name of letters, digits and _',
      expect.stringMatching(/^FILE, line 11: collections\.products\.0\.columns\.price\.type takes one of key, text,/),
      expect.stringMatching(
        /^FILE, line 12: collections\.products\.0\.columns\.name\.form means nothing here: did you mean from\?/,
      ),
      'FILE, line 13: collections.products.0.columns.day.timeZone takes a time zone such as Asia/Shanghai, or an offset such as +08:00',
      'FILE, line 15: collections.products.0.where.0 needs one of is, in and not with the field id',
      'FILE, line 24: collections.orders.0.columns.state.values.paid is no integer',
      'FILE, line 25: collections.orders.0.columns.both needs one of from, constant and legacyId',
      'FILE, line 26: collections.orders.0.columns.cents.decimals means nothing for the type money',
      'FILE, line 26: collections.orders.0.columns.cents.length is only for the type text',
      'FILE, line 28: collections.orders.1.key must begin with a column of type key from ^id',
    ])
    const other = write(
      'both.yaml',
      `version: 1
collections:
  orders:
    - table: o
      key: [id]
      keepsDeleted: true
      direction: both
      columns:
        id: { from: id, type: key }
        total: { from: total, type: text }
        Total: { from: total, type: money }
`,
    )
    expect(await refusal(other)).toEqual([
      'FILE, line 6: collections.orders.0.keepsDeleted needs one column of type boolean from _deleted',
      'FILE, line 10: collections.orders.0.columns.total cannot be taken back into the document (the field is of type integer); give it readonly: true',
      'FILE, line 11: collections.orders.0.columns.Total stands there twice: MySQL takes both spellings for one',
    ])
  })

  test('names the lines of paths that lead nowhere and of indexes of no column', async () => {
    const file = write(
      'paths.yaml',
      `version: 1
collections:
  orders:
    - table: o
      key: [id]
      where:
        - { field: total, not: 0 }
        - { field: statsu, is: paid }
      columns:
        id: { from: id, type: key }
        no: { from: number, type: text }
        day: { from: total, type: date }
      indexes:
        - [no]
        - [nix]
        - [no]
`,
    )
    expect(await refusal(file)).toEqual([
      expect.stringMatching(
        /^FILE, line 8: collections\.orders\.0\.where\.1\.field reads statsu, but the document has no/,
      ),
      expect.stringMatching(/^FILE, line 12: collections\.orders\.0\.columns\.day\.from is of type integer, which/),
    ])
    write('paths.yaml', readFileSync(file, 'utf8').replace('statsu', 'status').replace('type: date', 'type: money'))
    expect(await refusal(file)).toEqual([
      'FILE, line 15: collections.orders.0.indexes.1 names nix, which is no column; known are id, no, day, ver',
      'FILE, line 16: collections.orders.0.indexes.2 has the name ix_no, as that of (no) has',
    ])
  })

  test.each<[string, string, string]>([
    ['is no YAML', 'version: 1\n\tx: 2', 'FILE, line 2: the file is no YAML here: a tab; put blanks there'],
    ['is a list', '- 1', 'FILE: takes the keys version'],
    [
      'names a table that another collection has',
      `version: 1\n${TABLES.replace('goods', 'orders')}`,
      'its name is taken',
    ],
  ])('is refused where it %s', async (_what, text, words) => {
    expect((await refusal(write('odd.yaml', text))).join('\n')).toContain(words)
  })

  test('says a mistake once, however often an alias repeats the table', async () => {
    const table = '{ table: goods, key: [id], columns: { id: { from: id, type: kee } } }'
    const again = ', *t'.repeat(99)
    const file = write('again.yaml', `version: 1\ncollections:\n  products: [&t ${table}${again}]\n`)
    expect(await refusal(file)).toEqual([
      expect.stringMatching(/^FILE, line 3: collections\.products\.0\.columns\.id\.type takes one of key, text,/),
    ])
    write('again.yaml', readFileSync(file, 'utf8').replace('kee', 'key'))
    expect(await refusal(file)).toEqual(['FILE: the mirror of products cannot use table goods: its name is taken'])
  })

  test('says ten in one line at most, a hundred in lines, and how many more there are', async () => {
    const tables = (count: number, more = '') =>
      Array.from(
        { length: count },
        (_, i) => `    - { table: t${i % 12}, key: [id], columns: { id: { from: id, type: key } }${more} }\n`,
      ).join('')
    const twice = write('twice.yaml', `version: 1\ncollections:\n  products:\n${tables(24)}`)
    const [line] = await refusal(twice)
    expect(line!.split('; ')).toHaveLength(11)
    expect(line).toMatch(/table t9: its name is taken; and 2 more$/)
    const lines = await refusal(write('many.yaml', `version: 1\ncollections:\n  products:\n${tables(104, ', x: 1')}`))
    expect(lines).toHaveLength(101)
    expect(lines.at(-1)).toBe('and 4 more')
  })

  test('that is not there is named', async () => {
    await expect(readMappingFile(join(folder, 'none.yaml'), COLLECTIONS)).rejects.toThrow('none.yaml cannot be read')
  })
})

describe('docs/examples/mirror.yaml', () => {
  test('uses every key that a mapping has, and the tables hold what it says', async () => {
    const { declarations } = await readMappingFile(EXAMPLE, COLLECTIONS)
    await using fixture = await createMirrorFixture()
    const { db, feed } = fixture
    const aliases = [{ source: 'oldpos', legacyId: '4711' }]
    const sold = order('o1', [line('tea', 2), line('mug', 0)], { aliases, placedAt: '2024-04-30T17:30:00.900Z' })
    feed.put('orders', sold, order('o2', [], { status: 'cancelled' }))
    feed.put(
      'members',
      member('m1', { birthday: '1990-02-03', phone: '+8613812345678' }),
      member('m2', { currentId: 'm1' }),
    )
    const mirror = fixture.start({ declarations })
    await mirror.level()
    expect(mirror.status()).toMatchObject({ parked: 0 })
    expect(await db.query('SELECT * FROM t_order')).toEqual([
      {
        order_no: 'o1',
        shop: 'b1',
        bill: 'N-o1',
        placed_at: '2024-05-01 01:30:00',
        business_day: '2024-05-01',
        state: 2,
        amount: '9.00',
        old_no: '4711',
        origin: 'outpost',
        is_deleted: 0,
        ver: expect.anything() as unknown,
      },
    ])
    expect(await db.query('SELECT goods, quantity, amount FROM t_order_item')).toEqual([
      { goods: 'tea', quantity: '2.000', amount: '9.00' },
    ])
    expect(await db.query('SELECT member_no, name, birthday, phone, points, tags FROM t_member')).toEqual([
      { member_no: 'm1', name: 'Ada', birthday: '1990-02-03', phone: '138****5678', points: 0, tags: '[]' },
    ])
    for (const collection of ['orders', 'members']) {
      expect(await mirror.settle(collection, ['o1', 'o2', 'm1', 'm2'], false)).toMatchObject({ different: [] })
    }
  })
})

describe('the databases of headquarters', () => {
  test('are that of `mysql`, by its mapping, and one for each file of `mirrors`', async () => {
    delete process.env['MYSQL_URL']
    const urlFile = write('url', 'mysql://one/outpost\n')
    const mapping = write('main.yaml', `version: 1\ncreate: false\n${TABLES}`)
    write('reporting-url', 'mysql://two/reporting\n')
    const reporting = write(
      'reporting.yaml',
      'version: 1\nname: reporting\nurlFile: reporting-url\nonly: true\ncollections: {}\n',
    )
    const targets = await mirrorTargets({ mysql: { urlFile, mapping }, mirrors: [reporting] }, COLLECTIONS)
    expect(targets.map(({ name, url, create }) => [name, url, create])).toEqual([
      ['outpost', 'mysql://one/outpost', false],
      ['reporting', 'mysql://two/reporting', true],
    ])
    expect(targets.map(({ declarations }) => declarations.filter(({ mirror }) => mirror).length)).toEqual([
      COLLECTIONS.filter(({ mirror }) => mirror).length,
      0,
    ])
    process.env['MYSQL_URL'] = 'mysql://three/db'
    expect(await mirrorTargets({ mysql: { mapping } }, COLLECTIONS)).toMatchObject([{ url: 'mysql://three/db' }])
  })

  test('are refused without an address', async () => {
    delete process.env['MYSQL_URL']
    const mapping = write('lone.yaml', `version: 1\n${TABLES}`)
    await expect(mirrorTargets({ mysql: { mapping } }, COLLECTIONS)).rejects.toThrow('mysql names no database')
    await expect(readMirrorFile(mapping, COLLECTIONS)).rejects.toThrow(
      /: name is missing; it takes small letters.*\n.*: urlFile is missing/,
    )
    const open = write('open.yaml', 'version: 1\nname: x\nurlFile: open-url\ncollections: {}')
    write('open-url', 'mysql://two/x', 0o644)
    await expect(mirrorTargets({ mirrors: [open] }, COLLECTIONS)).rejects.toThrow('others may read')
  })

  test('are refused by the name of the file whose address is wrong, and without what stands in it', async () => {
    delete process.env['MYSQL_URL']
    const urlFile = write('wrong-url', 'root:hunter2@db\n')
    const main = mirrorTargets({ mysql: { urlFile } }, COLLECTIONS)
    await expect(main).rejects.toThrow(new RegExp(`^${urlFile} (?!.*hunter2)`))
    const other = write('wrong.yaml', 'version: 1\nname: x\nurlFile: wrong-url\ncollections: {}')
    await expect(mirrorTargets({ mirrors: [other] }, COLLECTIONS)).rejects.toMatchObject({
      code: 'BAD_CONFIGURATION',
      field: urlFile,
    })
  })
})
