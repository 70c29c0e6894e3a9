/** `outpost mirror …` as a person uses it: on headquarters' running node, whose MySQL refuses something. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MirrorStatus } from '../../schemas/protocol/status.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { createTestDatabase, type TestDatabase } from '../support/mysql-database.ts'
import { runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { statusWhere } from '../support/status-events.ts'

let folder: ReturnType<typeof temporaryFolder>
let db: TestDatabase
let node: NodeProcess

beforeAll(async () => {
  folder = temporaryFolder()
  db = await createTestDatabase()
  node = await startNode(['cloud', 'start', '--data', folder.path, '--port', '0'], { MYSQL_URL: db.url })
  await statusWhere<CloudNodeStatus>(node, ({ mirrors: [mirror] }) => mirror?.state === 'running')
})
afterAll(async () => {
  await node.stop()
  await db.drop()
  folder.remove()
})

const mirror = (...args: string[]) => runCommand(['mirror', ...args, '--data', folder.path])

async function addProduct(id: string): Promise<void> {
  await node.post('/api/documents/products', { id, name: id, price: 100, currency: 'CNY' })
}

test('shows what MySQL refused, and writes it once MySQL takes it', async () => {
  await db.query(
    "CREATE TRIGGER refuse BEFORE INSERT ON product FOR EACH ROW IF NEW.id = 'bad' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF",
  )
  await addProduct('bad')
  await addProduct('good')
  await statusWhere<CloudNodeStatus>(node, ({ mirrors: [one] }) => one?.parked === 1 && one.lag === 0)
  const listed = await mirror('parked')
  expect([listed.code, listed.stdout]).toEqual([
    0,
    expect.stringContaining('products bad: ER_SIGNAL_EXCEPTION: not this one'),
  ])
  expect(JSON.parse((await mirror('parked', '--json')).stdout)).toMatchObject({ parked: [{}], total: 1 })
  expect(JSON.parse((await mirror('refused', '--json')).stdout)).toEqual({ refused: [], total: 0 })
  expect((await mirror('retry')).stdout).toBe('0 of 1 documents are written now\n')
  await db.query('DROP TRIGGER refuse')
  expect((await mirror('retry')).stdout).toBe('1 of 1 documents are written now\n')
  expect((await mirror('parked')).stdout).toBe('MySQL has refused no document\n')
})

test('pauses, goes on, and writes a table anew', async () => {
  expect((await mirror('pause')).stdout).toBe('the mirror outpost is paused\n')
  await addProduct('while-paused')
  expect(await db.query("SELECT id FROM product WHERE id = 'while-paused'")).toEqual([])
  const refused = await mirror('rebuild', '--table', 'product')
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('the mirror is paused')])
  expect((await mirror('resume')).stdout).toMatch(/^the mirror outpost is (starting|running)\n$/)
  await statusWhere<CloudNodeStatus>(node, ({ mirrors: [one] }) => one?.state === 'running' && one.lag === 0)
  await db.query("UPDATE product SET name = 'by hand'")
  const begun = await mirror('rebuild', '--table', 'product', '--json')
  expect(JSON.parse(begun.stdout)).toEqual({ tables: ['product'] })
  await statusWhere<CloudNodeStatus>(node, ({ mirrors: [one] }) => one?.filling?.length === 0)
  expect(await db.query("SELECT COUNT(*) AS n FROM product WHERE name = 'by hand'")).toEqual([{ n: 0 }])
  const [status] = JSON.parse((await mirror('status', '--json')).stdout) as MirrorStatus[]
  expect(status).toMatchObject({ name: 'outpost', state: 'running', parked: 0 })
})

test('says what is wrong with a table or mirror that there is not, and without the node', async () => {
  const table = await mirror('rebuild', '--table', 'nothing')
  expect([table.code, table.stderr]).toEqual([1, expect.stringContaining('there is no table "nothing" in the mirror')])
  const name = await mirror('pause', '--mirror', 'books')
  expect([name.code, name.stderr]).toEqual([1, expect.stringContaining('there is no mirror "books"; there is outpost')])
  expect(name.stderr).toContain('Look what there is, and name one of that')
  const nameless = await mirror('retry', '--mirror', '')
  expect([nameless.code, nameless.stderr]).toEqual([2, expect.stringContaining('It must not be empty.')])
  const two = await mirror('rebuild', '--table', 'product', '--table', 'orders')
  expect([two.code, two.stderr]).toEqual([2, expect.stringContaining('It may be given once only.')])
  const without = await runCommand(['mirror', 'status', '--data', `${folder.path}-not`])
  expect([without.code, without.stderr]).toEqual([1, expect.stringContaining('headquarters does not run on')])
})
