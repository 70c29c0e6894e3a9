/** `outpost reconcile …` as a person uses it, on headquarters' running node whose MySQL somebody has written into. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AccountRole } from '../../schemas/access.ts'
import type { ReconcileReport, ReconcileRun } from '../../schemas/protocol/reconciliation.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { lockTable } from '../support/lock-table.ts'
import { createTestDatabase, type TestDatabase } from '../support/mysql-database.ts'
import { runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { statusWhere } from '../support/status-events.ts'

let folder: ReturnType<typeof temporaryFolder>
let db: TestDatabase
let node: NodeProcess

beforeAll(async () => {
  folder = temporaryFolder()
  db = await createTestDatabase()
  writeFileSync(join(folder.path, 'outpost.yaml'), "reconcile:\n  recent: 'off'\n  all: 0 3 * * 1\n  repairUpTo: 2\n", {
    mode: 0o600,
  })
  node = await startNode(['cloud', 'start', '--data', folder.path, '--port', '0'], { MYSQL_URL: db.url })
  for (const id of ['tea', 'rice', 'salt']) {
    await node.post('/api/documents/products', { id, name: id, price: 100, currency: 'CNY' })
  }
  await statusWhere<CloudNodeStatus>(
    node,
    ({ mirrors: [mirror] }) => mirror?.state === 'running' && mirror.lag === 0 && mirror.filling?.length === 0,
  )
})
afterAll(async () => {
  await node.stop()
  await db.drop()
  folder.remove()
})

const reconcile = (...args: string[]) => runCommand(['reconcile', ...args, '--data', folder.path])

test('looks only, then repairs, and says what differed and why', async () => {
  await db.query("UPDATE product SET price = 7 WHERE id = 'tea'")
  const looked = await reconcile('--dry-run')
  expect([looked.code, looked.stdout]).toEqual([3, expect.stringContaining('not repaired; changed by hand')])
  expect(looked.stdout).toContain('product tea: price is "7", not "100"')
  expect(await db.query("SELECT price FROM product WHERE id = 'tea'")).toEqual([{ price: 7 }])
  const status = await runCommand(['status', '--data', folder.path])
  expect(status.stdout).toContain('1 documents differ (outpost reconcile runs)')

  const repaired = await reconcile('--table', 'product', '--json')
  expect([repaired.code, JSON.parse(repaired.stdout)]).toMatchObject([
    0,
    { state: 'done', table: 'product', documents: 3, different: 1, repaired: 1, open: 0, differences: [{ id: 'tea' }] },
  ])
  const { id } = JSON.parse(repaired.stdout) as ReconcileReport
  expect((await reconcile('show', String(id))).stdout).toContain('products tea: repaired; changed by hand')
  expect(await reconcile()).toMatchObject({ code: 0, stdout: expect.stringContaining('none differ') as string })
})

test('tells a viewer which columns differ, and only those who act what is in them', async () => {
  await db.query("UPDATE product SET name = '+8613800138000' WHERE id = 'tea'")
  const looked = await reconcile('--dry-run', '--json')
  const { id } = JSON.parse(looked.stdout) as ReconcileReport
  const fieldsFor = async (role: AccountRole) => {
    const person = { name: role, password: 'correct horse battery' }
    await node.post('/api/accounts', { ...person, role })
    const headers = { 'content-type': 'application/json' }
    const login = await fetch(`${node.url}/api/session`, { method: 'POST', headers, body: JSON.stringify(person) })
    const [cookie = ''] = login.headers.getSetCookie()
    const answer = await fetch(`${node.url}/api/reconcile/${id}`, { headers: { cookie: cookie.split(';')[0]! } })
    return ((await answer.json()) as ReconcileReport).differences[0]?.rows[0]?.fields
  }
  expect(await fieldsFor('viewer')).toEqual([{ column: 'name' }])
  for (const role of ['operator', 'administrator'] as const) {
    expect(await fieldsFor(role)).toEqual([{ column: 'name', expected: 'tea', found: '+8613800138000' }])
  }
  expect((await reconcile()).code).toBe(0)
})

test('leaves to a person what is too much, and repairs it once the person says so', async () => {
  await db.query('DELETE FROM product')
  const waiting = await reconcile('--json')
  expect([waiting.code, JSON.parse(waiting.stdout)]).toMatchObject([3, { state: 'waiting', different: 3, repaired: 0 }])
  const { id } = JSON.parse(waiting.stdout) as ReconcileRun
  const { reconciliation } = await node.get<CloudNodeStatus>('/api/status')
  expect(reconciliation).toMatchObject({
    open: 3,
    waiting: [id],
    next: { all: expect.stringMatching(/T19:00/) as string },
  })
  expect((await reconcile('runs')).stdout).toContain(`repair them with: outpost reconcile approve ${id}`)
  const approved = await reconcile('approve', String(id), '--json')
  expect([approved.code, JSON.parse(approved.stdout)]).toMatchObject([0, { state: 'done', approves: id, repaired: 3 }])
  expect(await db.query('SELECT COUNT(*) AS n FROM product')).toEqual([{ n: 3 }])
  const again = await reconcile('approve', String(id))
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('waits for nobody: it is approved')])
})

test('stops the one that is under way, which whoever waits for it is told', async () => {
  expect(await reconcile('stop')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no comparison is under way') as string,
  })
  const unlock = await lockTable(db, 'product')
  const waiting = reconcile('--json')
  await statusWhere<CloudNodeStatus>(node, ({ reconciliation }) => reconciliation?.running !== undefined)
  const stopped = await reconcile('stop')
  expect([stopped.code, stopped.stdout]).toEqual([0, expect.stringContaining('all: stopped')])
  const { code, stdout } = await waiting
  const { id, ...report } = JSON.parse(stdout) as ReconcileReport
  expect([code, report]).toMatchObject([1, { state: 'stopped', differences: [] }])
  await unlock()
  expect(await reconcile('stop', String(id))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`run ${id} is not under way: it is stopped`) as string,
  })
  expect((await reconcile()).code).toBe(0)
})

test('says what is wrong with a table, a day, a branch or a run that there is not', async () => {
  expect(await reconcile('--table', 'nothing')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no table "nothing"') as string,
  })
  expect(await reconcile('--date', 'yesterday')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('It must be a day that there is, written YYYY-MM-DD.') as string,
  })
  expect((await reconcile('--branch', 'north', '--branch', 'south')).code).toBe(2)
  expect(await reconcile('--branch', 'nowhere')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no such branch [BRANCH_UNKNOWN]') as string,
  })
  expect(await reconcile('show', '99')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no run 99') as string,
  })
})
