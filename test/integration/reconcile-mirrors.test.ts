/** `outpost reconcile` where headquarters writes two databases, of which one has tables of its own. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ReconcileReport } from '../../schemas/protocol/reconciliation.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { createTestDatabase, type TestDatabase } from '../support/mysql-database.ts'
import { runCommand, startNode, temporaryFolder, type NodeProcess } from '../support/node-process.ts'
import { statusWhere } from '../support/status-events.ts'

const BOOKS = `version: 1
name: books
urlFile: books-url
only: true
collections:
  products:
    - table: goods
      key: [code]
      columns:
        code: { from: id, type: key }
        title: { from: name, type: text }
`

let folder: ReturnType<typeof temporaryFolder>
let first: TestDatabase
let second: TestDatabase
let node: NodeProcess

beforeAll(async () => {
  folder = temporaryFolder()
  first = await createTestDatabase()
  second = await createTestDatabase()
  write('books-url', second.url)
  write('books.yaml', BOOKS)
  write('outpost.yaml', "mirrors: [books.yaml]\nreconcile: {recent: 'off', all: 'off'}\n")
  node = await startNode(['cloud', 'start', '--data', folder.path], { MYSQL_URL: first.url })
  for (const id of ['tea', 'rice']) {
    await node.post('/api/documents/products', { id, name: id, price: 100, currency: 'CNY' })
  }
  await level()
})
afterAll(async () => {
  await node.stop()
  await first.drop()
  await second.drop()
  folder.remove()
})

function write(name: string, text: string): void {
  writeFileSync(join(folder.path, name), text, { mode: 0o600 })
}

const level = (parked = 0) =>
  statusWhere<CloudNodeStatus>(node, ({ mirrors }) =>
    mirrors.every(({ name, state, lag, filling, parked: refused }) => {
      return state === 'running' && lag === 0 && filling?.length === 0 && (name === 'books' || refused === parked)
    }),
  )

const reconcile = (...args: string[]) => runCommand(['reconcile', ...args, '--data', folder.path])

async function reports(...args: string[]) {
  const { code, stdout, stderr } = await reconcile(...args, '--json')
  const lines = stdout.split('\n').filter((line) => line !== '')
  return { code, stderr, told: lines.map((line) => JSON.parse(line) as ReconcileReport) }
}

test('all mirrors are compared one after the other, and each is told', async () => {
  await second.query("UPDATE goods SET title = 'by hand' WHERE code = 'tea'")
  expect(await reports('--dry-run')).toMatchObject({
    code: 3,
    told: [
      { mirror: 'outpost', different: 0 },
      { mirror: 'books', different: 1 },
    ],
  })
  expect(await reports('--mirror', 'outpost')).toMatchObject({ code: 0, told: [{ mirror: 'outpost' }] })
  const repaired = await reconcile()
  expect([repaired.code, repaired.stdout]).toEqual([
    0,
    expect.stringMatching(/ outpost all: done, .*\n(?:.*\n)*.* books all: done, /),
  ])
  expect(await second.query("SELECT title FROM goods WHERE code = 'tea'")).toEqual([{ title: 'tea' }])
})

test('several tables are all compared, each in the mirrors that have it', async () => {
  expect(await reports('--table', 'goods', '--table', 'product')).toMatchObject({
    code: 0,
    told: [
      { mirror: 'outpost', table: 'product' },
      { mirror: 'books', table: 'goods' },
    ],
  })
  const wrong = await reports('--table', 'goods', '--table', 'nothing')
  expect(wrong).toMatchObject({ code: 1, told: [{ mirror: 'books', table: 'goods' }] })
  expect(wrong.stderr).toContain('there is no table \\"nothing\\"')
  expect(await reports('--mirror', 'outpost', '--table', 'goods')).toMatchObject({ code: 1, told: [] })
})

test('one that fails does not keep the others from being compared, and fails the command', async () => {
  await runCommand(['mirror', 'pause', '--data', folder.path])
  const { code, stdout } = await reconcile()
  expect([code, stdout]).toEqual([
    1,
    expect.stringMatching(/ outpost all: failed after 0 documents, MIRROR_UNAVAILABLE\n/),
  ])
  expect(stdout).toContain(' books all: done, 2 documents, none differ')
  await runCommand(['mirror', 'resume', '--data', folder.path])
  await level()
})

test('documents that MySQL refuses leave something to be done', async () => {
  await first.query(
    "CREATE TRIGGER refuse BEFORE INSERT ON product FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not now'",
  )
  await node.post('/api/documents/products', { id: 'salt', name: 'salt', price: 100, currency: 'CNY' })
  await level(1)
  const { code, stdout } = await reconcile('--mirror', 'outpost')
  expect([code, stdout]).toEqual([3, expect.stringContaining('done, 3 documents, MySQL refuses 1\n')])
})
