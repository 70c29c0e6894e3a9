import { describe, expect, test } from 'vitest'
import { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import { createCaptureFixture } from './capture-fixture.ts'
import { product } from './mirror-fixture.ts'

describe('on a server that keeps no log of changes', () => {
  test('the capture is off and says what is missing, and what was changed by hand is overwritten', async () => {
    await using fixture = await createCaptureFixture()
    const { reason } = await fixture.captureBecomes(({ state }) => state === 'off')
    expect(reason).toContain('it keeps none (start it with log_bin), and no table has a watermark')
    fixture.operations.write('products', product('tea', { currency: 'CNY' }))
    await fixture.level()
    await fixture.db.query("UPDATE product SET name = 'by hand'")
    fixture.operations.write('products', { id: 'tea', price: 500 })
    await fixture.level()
    expect(await fixture.db.query('SELECT name, price FROM product')).toEqual([{ name: 'Product tea', price: 500 }])
  })

  test('rows are compared that their watermark says were changed', async () => {
    await using fixture = await createCaptureFixture(undefined, 'changed_at')
    const { reason } = await fixture.captureBecomes(({ state }) => state === 'watermark')
    expect(reason).toContain('cannot be read')
    const { db } = fixture
    fixture.operations.write('products', product('tea', { currency: 'CNY' }))
    await fixture.level()
    await db.query("UPDATE product SET name = '龙井' WHERE id = 'tea'")
    await db.query("INSERT INTO product (id, name, price, currency, unit) VALUES ('rice', 'Rice', 900, 'CNY', 'bag')")
    await db.query("INSERT INTO product (id, name, price) VALUES ('bad', 'No price', -2000000000000000)")
    expect(await fixture.documentBecomes('products', 'tea', ({ name }) => name === '龙井')).toMatchObject({
      price: 450,
    })
    expect(await fixture.documentBecomes('products', 'rice', () => true)).toMatchObject({ price: 900, unit: 'bag' })
    await fixture.captureBecomes(({ refused }) => refused === 1)
    await fixture.rowsBecome('SELECT id FROM product', (rows) => rows.length === 2)
    const seq = fixture.operations.cloud.replica.store.head()
    await fixture.restart()
    await fixture.captureBecomes(({ state }) => state === 'watermark')
    await db.query("UPDATE product SET unit = 'box' WHERE id = 'tea'")
    await fixture.documentBecomes('products', 'tea', ({ unit }) => unit === 'box')
    // Of what was there before nothing was taken again.
    expect(fixture.operations.cloud.replica.store.head().seq).toBe(seq.seq + 1)
  })

  test('what was changed is in the document before a reconciliation looks at the row', async () => {
    await using fixture = await createCaptureFixture(undefined, 'changed_at')
    await fixture.captureBecomes(({ state }) => state === 'watermark')
    fixture.operations.write('products', product('tea', { currency: 'CNY' }))
    await fixture.level()
    for (let price = 1; price <= 5; price++) {
      await fixture.db.query(`UPDATE product SET price = ${price} WHERE id = 'tea'`)
      await fixture.takeChanges()
      expect(fixture.document('products', 'tea')).toMatchObject({ price })
      await fixture.level()
    }
  })

  test('a comparison that gets no answer keeps no node from stopping', async () => {
    await using fixture = await createCaptureFixture(undefined, 'changed_at')
    await fixture.captureBecomes(({ state }) => state === 'watermark')
    const { db } = fixture
    const other = await MysqlSession.open(parseMysqlUrl(db.url))
    await other.command('LOCK TABLES product WRITE')
    const isComparing = async () => {
      const sql = "SELECT 1 FROM information_schema.PROCESSLIST WHERE DB = ? AND INFO LIKE 'SELECT DISTINCT%`product`%'"
      return (await db.query(sql, [db.name])).length
    }
    await expect.poll(isComparing, { timeout: 20_000 }).toBe(1)
    await fixture.restart(() => Promise.resolve(other.destroy()))
    await fixture.captureBecomes(({ state }) => state === 'watermark')
  })
})
