/** A branch follows a legacy database by its binary log: what its programs write becomes documents, and goes on to headquarters. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { LegacyChain } from '../support/legacy-chain.ts'
import { runCommand } from '../support/node-process.ts'
import { statusWhere } from '../support/status-events.ts'

const MEMBERS = 20
let chain: LegacyChain

beforeAll(async () => {
  chain = await LegacyChain.start({ members: MEMBERS, orders: 30 })
  await chain.startBranch()
}, 120_000)

afterAll(() => chain.stop())

describe('a branch with a legacy database', () => {
  test('imports all of it at its start, and says so', async () => {
    const { legacy, collections } = await chain.following()
    expect(collections).toMatchObject({ members: { documents: 20 }, orders: { documents: 30 } })
    expect(legacy?.notes.map(({ text }) => text)).toEqual([
      'everything was imported: 20 members and 30 orders were read',
    ])
    const status = await runCommand(['status', '--data', chain.dataDir])
    expect(status.stdout).toContain('legacy          till: following by binlog')
  }, 60_000)

  test('takes what is inserted, changed and deleted there, lines with their order, and hands it to headquarters', async () => {
    const { db } = chain
    await db.query("UPDATE sales SET remark = 'later', state = 3 WHERE no = 4")
    await db.query('DELETE FROM sale_items WHERE sale = 5 AND pos = 2')
    await db.query('DELETE FROM sale_items WHERE sale = 6')
    await db.query('DELETE FROM sales WHERE no = 6')
    await chain.settle(100, MEMBERS)
    expect(await chain.order(4)).toMatchObject({ note: 'later', status: 'closed' })
    expect(await chain.order(5)).toMatchObject({ lines: [{ name: '茶' }], total: 2500 })
    expect(await chain.order(6)).toBeUndefined()
    await statusWhere<CloudNodeStatus>(chain.cloud, ({ collections }) => collections['orders']?.documents === 30)
    await db.query('UPDATE sales SET remark = NULL WHERE no = 4')
    await chain.becomes(4, { status: 'closed' })
    await expect.poll(async () => (await chain.order(4))?.['note']).toBeUndefined()
  }, 60_000)

  test('leaves what staff changed in a document, where the row says of it what it said before', async () => {
    await chain.branch.post('/api/documents/orders', { id: chain.orderId(7), note: 'by hand', status: 'fulfilled' })
    await chain.db.query("INSERT INTO sale_items VALUES (7, 3, 'cup', 30, 1)")
    await chain.becomes(7, { lines: [{}, {}, {}], total: 8500 })
    expect(await chain.order(7)).toMatchObject({ note: 'by hand', status: 'fulfilled' })
  }, 60_000)

  test('says why it does not take a status that an order cannot go to, until it can', async () => {
    await chain.db.query('UPDATE sales SET state = 0 WHERE no = 8')
    await expect
      .poll(async () => (await chain.view()).rejects, { timeout: 30_000 })
      .toMatchObject([
        {
          kind: 'order',
          legacyId: '8',
          code: 'ORDER_TRANSITION',
          field: 'status',
          reason: 'an order cannot go from paid (round 1) to created (round 1)',
        },
      ])
    const listed = await runCommand(['branch', 'legacy', 'rejects', '--data', chain.dataDir])
    expect(listed.stdout).toContain('order 8  ORDER_TRANSITION status: an order cannot go from paid')
    await chain.db.query('UPDATE sales SET state = 2 WHERE no = 8')
    await chain.becomes(8, { status: 'fulfilled' })
    expect((await chain.view()).rejects).toEqual([])
  }, 60_000)

  test('reads everything again where a table was altered or the binary log is gone, and says so', async () => {
    await chain.db.query('ALTER TABLE sales ADD COLUMN colour VARCHAR(10)')
    await chain.db.query("UPDATE sales SET remark = 'red' WHERE no = 9")
    await chain.becomes(9, { note: 'red' })
    await chain.branch.stop()
    await chain.db.query("UPDATE sales SET remark = 'blue' WHERE no = 9")
    await chain.db.query('RESET MASTER')
    await chain.startBranch()
    await chain.becomes(9, { note: 'blue' })
    const { legacy } = await chain.following()
    expect(legacy?.notes[0]?.text).toMatch(/^all rows are read again: .*; what was deleted meanwhile stays$/)
    await chain.settle(101, MEMBERS)
  }, 90_000)

  test('is imported by a command too, which changes nothing here', async () => {
    const args = ['branch', 'import', 'mysql', '--map', chain.mapping, '--url-file', chain.urlFile, '--json']
    const { stdout, code } = await runCommand([...args, '--data', chain.dataDir])
    expect(JSON.parse(stdout)).toMatchObject({ inserted: { member: 0, order: 0 }, updated: { member: 0, order: 0 } })
    expect(code).toBe(0)
  }, 60_000)
})
