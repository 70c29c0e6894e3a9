/** `outpost mirror plan` and `init`: what the configuration asks of a database, before the node runs and while it does. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { InitResult, TargetPlan } from '../../adapters/mysql/plan-target.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { createTestDatabase, type TestDatabase } from '../support/mysql-database.ts'
import { runCommand, startNode, temporaryFolder } from '../support/node-process.ts'
import { statusWhere } from '../support/status-events.ts'

type Plans = (TargetPlan & { mirror: string })[]

const MAPPING = `version: 1
only: true
collections:
  products:
    - table: goods
      key: [code]
      columns:
        code: { from: id, type: key }
        title: { from: name, type: text }
        price: { from: price, type: amount }
`

let folder: ReturnType<typeof temporaryFolder>
let db: TestDatabase

beforeAll(async () => {
  folder = temporaryFolder()
  db = await createTestDatabase()
  mkdirSync(folder.path, { recursive: true })
  write('url', db.url)
  write('mirror.yaml', MAPPING)
  write('outpost.yaml', 'mysql: {urlFile: url, mapping: mirror.yaml}\n')
})
afterAll(async () => {
  await db.drop()
  folder.remove()
})

function write(name: string, text: string): void {
  writeFileSync(join(folder.path, name), text, { mode: 0o600 })
}

const mirror = (...args: string[]) => runCommand(['mirror', ...args, '--data', folder.path], { MYSQL_URL: '' })
const tables = async () =>
  (await db.query<Record<string, string>>('SHOW TABLES')).flatMap((row) => Object.values(row)).toSorted()

test('the plan is SQL that can be run as it stands, and changes nothing', async () => {
  const { code, stdout } = await mirror('plan')
  expect([code, stdout]).toEqual([0, expect.stringContaining('`price` DECIMAL(18,2) NULL')])
  expect(await tables()).toEqual([])
  for (const sql of stdout.split(';\n').filter((part) => part !== '')) await db.query(sql)
  const made = JSON.parse((await mirror('plan', '--json')).stdout) as Plans
  expect(made).toMatchObject([{ mirror: 'outpost', database: db.name, statements: [], findings: [] }])
  for (const table of await tables()) await db.query(`DROP TABLE ${table}`)
})

test('the plan of a database that is not there makes that first', async () => {
  const name = `${db.name}_new`
  write('url', db.url.replace(db.name, name))
  const [plan] = JSON.parse((await mirror('plan', '--json')).stdout) as Plans
  expect(plan!.statements[0]).toBe(`CREATE DATABASE IF NOT EXISTS \`${name}\` CHARACTER SET utf8mb4`)
  expect(await db.query('SHOW DATABASES LIKE ?', [name])).toEqual([])
  write('url', db.url)
})

test('nothing is made while something does not fit, and all of it is said', async () => {
  await db.query('CREATE TABLE goods (code VARCHAR(20) PRIMARY KEY, price FLOAT, ver BIGINT UNSIGNED NOT NULL)')
  const plan = await mirror('plan')
  expect([plan.code, plan.stdout]).toEqual([
    1,
    expect.stringContaining('-- error: goods.price is float, needed is decimal(18,2)'),
  ])
  const init = await mirror('init')
  expect([init.code, init.stderr]).toEqual([
    1,
    expect.stringContaining('goods.code is varchar(20), needed are 128 characters'),
  ])
  expect(await tables()).toEqual(['goods'])
  await db.query('DROP TABLE goods')
})

test('init makes the tables, for a node that may make none, and again beside it what somebody took away', async () => {
  write('mirror.yaml', MAPPING.replace('only: true', 'only: true\ncreate: false'))
  const missing = await mirror('plan')
  expect([missing.code, missing.stdout]).toEqual([1, expect.stringContaining('-- error: the table goods is missing')])
  expect((await mirror('init')).stdout).toContain('the node writes anew: products')
  expect((await mirror('init')).stdout).toContain('has everything already')
  const node = await startNode(['cloud', 'start', '--data', folder.path])
  try {
    await node.post('/api/documents/products', { id: 'tea', name: 'Tea', price: 450, currency: 'CNY' })
    const isLevel = ({ mirrors: [one] }: CloudNodeStatus) =>
      one?.state === 'running' && one.lag === 0 && one.filling?.length === 0
    await statusWhere<CloudNodeStatus>(node, isLevel)
    const held = [{ code: 'tea', title: 'Tea', price: '4.50' }]
    const rows = () => db.query('SELECT code, title, price FROM goods')
    expect(await rows()).toEqual(held)

    await db.query('DROP TABLE goods')
    const again = JSON.parse((await mirror('init', '--json')).stdout) as InitResult[]
    expect(again).toMatchObject([{ incomplete: ['products'], findings: [] }])
    await expect.poll(rows, { timeout: 20_000 }).toEqual(held)
  } finally {
    await node.stop()
  }
})

test('without a database, or with another name, it says so', async () => {
  const other = await mirror('plan', '--mirror', 'books')
  expect([other.code, other.stderr]).toEqual([
    1,
    expect.stringContaining('there is no mirror "books"; there is outpost'),
  ])
  write('outpost.yaml', 'port: 7700\n')
  const none = await mirror('plan')
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('there is no mirror: neither')])
})
