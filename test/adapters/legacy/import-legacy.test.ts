import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../support/mysql-database.ts'
import { createLegacyShop, LEGACY_MAPPING } from '../../support/legacy-shop.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { openLegacyBranch, type LegacyBranch } from './support/legacy-branch.ts'

let folder: ReturnType<typeof temporaryFolder>
let db: TestDatabase
let branch: LegacyBranch

beforeEach(async () => {
  folder = temporaryFolder()
  db = await createTestDatabase()
  branch = openLegacyBranch(folder.path)
})

afterEach(async () => {
  branch.close()
  await db.drop()
  folder.remove()
})

describe('a legacy database', () => {
  it('is imported with its members, its orders and their lines, times and money as they are', async () => {
    await createLegacyShop(db, { members: 3, orders: 4 })
    const report = await branch.importAll(db.url, LEGACY_MAPPING)
    expect(report).toMatchObject({ inserted: { member: 3, order: 4 }, rejected: 0, resumed: false })
    const [order] = branch.all('orders').filter(({ legacyId }) => legacyId === '1')
    const [member] = branch.all('members').filter(({ name }) => name === '客户2')
    expect(member).toMatchObject({ phone: '+8613800000002', birthday: '1990-02-03' })
    expect(order).toMatchObject({
      source: 'till',
      placedAt: '2026-03-01T02:00:00.000Z',
      status: 'paid',
      memberId: member!['id'],
      total: 5500,
      lines: [
        { name: '茶', price: 1250, quantity: 2, total: 2500 },
        { name: 'Cup', price: 3000, quantity: 1, total: 3000 },
      ],
    })
  })

  it('changes nothing when it is imported again', async () => {
    await createLegacyShop(db, { members: 3, orders: 4 })
    await branch.importAll(db.url, LEGACY_MAPPING)
    const before = branch.all('orders')
    expect(await branch.importAll(db.url, LEGACY_MAPPING)).toMatchObject({
      unchanged: { member: 3, order: 4 },
      updated: { member: 0, order: 0 },
    })
    expect(branch.all('orders')).toEqual(before)
  })

  it('is read page by page, and goes on behind the page that was taken last', async () => {
    await createLegacyShop(db, { members: 1200, orders: 250 })
    let batches = 0
    const dying = {
      ...branch.sink,
      take: (batch: Parameters<typeof branch.sink.take>[0]) => {
        if ((batches += 1) === 6) throw new Error('killed')
        return branch.sink.take(batch)
      },
    }
    await expect(branch.importAll(db.url, LEGACY_MAPPING, dying)).rejects.toThrow('killed')
    expect(branch.all('members')).toHaveLength(1200)
    const rest = await branch.importAll(db.url, LEGACY_MAPPING)
    expect(rest).toMatchObject({ resumed: true, inserted: { member: 0, order: 150 }, read: { member: 0, order: 150 } })
    expect(branch.all('orders')).toHaveLength(250)
  })

  it('is read from the start where the mapping has changed meanwhile', async () => {
    await createLegacyShop(db, { members: 2, orders: 2 })
    const dying = { ...branch.sink }
    dying.take = (batch) => (batch.records.length > 0 ? Promise.reject(new Error('killed')) : branch.sink.take(batch))
    await expect(branch.importAll(db.url, LEGACY_MAPPING, dying)).rejects.toThrow('killed')
    const other = LEGACY_MAPPING.replace('note: remark\n    birthday', 'birthday')
    expect(await branch.importAll(db.url, other)).toMatchObject({ resumed: false, inserted: { member: 2, order: 2 } })
  })

  it('keeps why a row was not taken until it is taken', async () => {
    await createLegacyShop(db, { members: 2, orders: 3 })
    await db.query('UPDATE sales SET state = 7 WHERE no = 2')
    await db.query("UPDATE sale_items SET sku = 'gone' WHERE sale = 3 AND pos = 2")
    expect(await branch.importAll(db.url, LEGACY_MAPPING)).toMatchObject({ rejected: 2, inserted: { order: 1 } })
    expect(branch.book.rejects(10)).toMatchObject([
      {
        kind: 'order',
        legacyId: '3',
        code: 'PRODUCT_UNKNOWN',
        reason: 'there is no product gone; order 3 is not imported',
      },
      { kind: 'order', legacyId: '2', code: 'VALUE', field: 'status' },
    ])
    await db.query('UPDATE sales SET state = 3 WHERE no = 2')
    await branch.importAll(db.url, LEGACY_MAPPING)
    expect(branch.book.rejects(10)).toMatchObject([{ legacyId: '3' }])
  })

  it('is read by composite keys, bits, bytes and moments', async () => {
    await db.query(`CREATE TABLE visits (shop INT NOT NULL, no INT NOT NULL, guest BINARY(4) NOT NULL UNIQUE, called VARCHAR(20),
      born DATE, vip BIT(1), at TIMESTAMP NULL, PRIMARY KEY (shop, no))`)
    const rows = Array.from(
      { length: 1100 },
      (_, i) => `(${i % 7}, ${i}, UNHEX(LPAD(HEX(${i}), 8, '0')), 'g${i}', NULL)`,
    )
    await db.query(`INSERT INTO visits (shop, no, guest, called, born) VALUES ${rows.join(', ')}`)
    await db.query("UPDATE visits SET vip = b'1', at = FROM_UNIXTIME(0 + 86400) WHERE no = 5")
    const mapping = `{version: 1, source: inn, currency: CNY, timeZone: '+08:00', members: {table: visits, columns: {
      legacyId: guest, name: called, birthday: born, note: {template: '{vip} {at}'}}}}`
    expect(await branch.importAll(db.url, mapping)).toMatchObject({ inserted: { member: 1100 }, rejected: 0 })
    const [five] = branch.all('members').filter(({ name }) => name === 'g5')
    expect(five).toMatchObject({ note: '1 1970-01-02 00:00:00Z', aliases: [{ source: 'inn', legacyId: '00000005' }] })
  })
})

describe('a mapping that does not fit the database', () => {
  it('is told everything that is wrong at once, with the lines', async () => {
    await createLegacyShop(db, { members: 0, orders: 0 })
    await db.query('CREATE TABLE loose (sale INT, sku VARCHAR(20), qty INT)')
    const wrong = LEGACY_MAPPING.replace('legacyId: sku', 'legacyId: {template: "a{sku}"}')
      .replace('name: name', 'name: nmae')
      .replace('table: sales', 'table: verkauf')
      .replace('table: sale_items', 'table: loose')
    const failure = branch.connect(db.url, wrong)
    await expect(failure).rejects.toThrow(
      `The mapping ${folder.path}/legacy.yaml has 5 mistakes:
  products.columns.legacyId (line 8): must be a column as it is: rows are sought by it
  members.columns.name (line 14): the table has no column "nmae"; its columns are id, name, mobile, remark, born, picture, changed
  orders.table (line 19): there is no table "verkauf" in the database
  orderLines.columns.price (line 29): the table has no column "price"; its columns are sale, sku, qty
  orderLines.columns.orderLegacyId (line 29): "sale" has no index: each page of orders would read the whole table`.replace(
        '6 mistakes',
        '5 mistakes',
      ),
    )
  })

  it("is refused where the database is this chain's own mirror", async () => {
    await createLegacyShop(db, { members: 0, orders: 0 })
    await db.query('CREATE TABLE outpost_mirror (id INT)')
    await expect(branch.connect(db.url, LEGACY_MAPPING)).rejects.toThrow('it is a mirror that headquarters writes')
  })
})
