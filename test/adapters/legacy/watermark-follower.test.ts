import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyChanges } from '../../../adapters/legacy/apply-changes.ts'
import type { LegacyReader } from '../../../adapters/legacy/legacy-reader.ts'
import { changesSince, readWatermarks, type WatermarkPosition } from '../../../adapters/legacy/watermark-follower.ts'
import type { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { createTestDatabase, type TestDatabase } from '../../support/mysql-database.ts'
import { addOrders, createLegacyShop, LEGACY_MAPPING } from '../../support/legacy-shop.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { openLegacyBranch, type LegacyBranch } from './support/legacy-branch.ts'

let folder: ReturnType<typeof temporaryFolder>
let db: TestDatabase
let branch: LegacyBranch
let session: MysqlSession
let reader: LegacyReader

beforeEach(async () => {
  folder = temporaryFolder()
  db = await createTestDatabase()
  branch = openLegacyBranch(folder.path)
  await createLegacyShop(db, { members: 3, orders: 4 })
  await db.query("UPDATE sales SET changed = '2026-01-01 00:00:00'")
  await db.query("UPDATE customers SET changed = '2026-01-01 00:00:00'")
  ;({ session, reader } = await branch.connect(db.url, LEGACY_MAPPING))
})

afterEach(async () => {
  branch.close()
  await db.drop()
  folder.remove()
})

/** One look: what was read of which kind, and from where the next one goes on. */
async function look(position: WatermarkPosition): Promise<{ ids: string[]; next: WatermarkPosition }> {
  const ids: string[] = []
  let next = position
  for await (const { changed, position: reached } of changesSince(session, reader.prepared, position)) {
    ids.push(...changed.member.map((id) => `member ${id}`), ...changed.order.map((id) => `order ${id}`))
    await applyChanges(reader, branch.sink, changed, reached, new AbortController().signal)
    next = reached ?? next
  }
  return { ids, next }
}

describe('a legacy database without a binary log', () => {
  it('is followed by the columns that grow with each change', async () => {
    const start = await readWatermarks(session, reader.prepared)
    await branch.importAll(db.url, LEGACY_MAPPING)
    expect(await look(start)).toEqual({ ids: [], next: start })
    await db.query('UPDATE sales SET remark = ? WHERE no = 2', ['later'])
    await db.query('UPDATE customers SET name = ? WHERE id = 3', ['新'])
    await addOrders(db, 5, 1, 3)
    const { ids, next } = await look(start)
    expect(ids).toEqual(['member 3', 'order 2', 'order 5'])
    expect(branch.all('orders').map(({ note }) => note)).toContain('later')
    expect(branch.all('orders')).toHaveLength(5)
    expect(branch.all('members').map(({ name }) => name)).toContain('新')
    expect(branch.book.progress('till')?.position).toEqual(next)
  })

  it('is read again a minute back, since a transaction may be committed after it has set the column', async () => {
    const start = await readWatermarks(session, reader.prepared)
    await branch.importAll(db.url, LEGACY_MAPPING)
    await db.query('UPDATE sales SET remark = ? WHERE no = 2', ['later'])
    const { next } = await look(start)
    await db.query('UPDATE sales SET remark = ?, changed = NOW(3) - INTERVAL 20 SECOND WHERE no = 3', ['late'])
    expect((await look(next)).ids).toEqual(['order 3', 'order 2'])
    await db.query("UPDATE sales SET changed = '2026-02-01 00:00:00' WHERE no IN (2, 3)")
    expect((await look(next)).ids).toEqual([])
  })

  it('is read in pages, also where many rows have the same value', async () => {
    const start = await readWatermarks(session, reader.prepared)
    await branch.importAll(db.url, LEGACY_MAPPING)
    await addOrders(db, 5, 2500, 3)
    await db.query("UPDATE sales SET changed = '2026-02-01 00:00:00' WHERE no >= 5")
    const { ids, next } = await look(start)
    expect(new Set(ids).size).toBe(2500)
    expect(ids).toHaveLength(2500)
    expect((await look(next)).ids).toEqual([])
    expect(branch.all('orders')).toHaveLength(2504)
  })
})
