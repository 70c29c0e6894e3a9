import { cpSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Mirror } from '../../adapters/mysql/mirror.ts'
import { createChangeFeed } from '../../adapters/sqlite/store-change-feed.ts'
import { SHARED_SCOPE, type E164Phone } from '../../schemas/brand.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { memberIdOfPhone } from '../../schemas/member-id.ts'
import { checkInvariants, type ChainAtRest } from './check-invariants.ts'
import { createTestDatabase, type TestDatabase } from './mysql-database.ts'
import { temporaryFolder } from './node-process.ts'
import { testOrder } from './real-chain.ts'
import { CHAIN_KEY, SimulatedChain } from './simulated-chain.ts'

const MEMBER = memberIdOfPhone(CHAIN_KEY, SHARED_SCOPE, '+8613800138000' as E164Phone, 0)

let folder: ReturnType<typeof temporaryFolder>
let mysql: TestDatabase
let copies = 0

/** A chain that has traded and come to rest: everything holds. */
beforeAll(async () => {
  folder = temporaryFolder()
  mysql = await createTestDatabase()
  const chain = new SimulatedChain(folder.path, ['b1', 'b2'])
  const [b1, b2] = [chain.branches[0]!, chain.branches[1]!]
  const registrations = [{ id: 'r1', branchId: 'b1', at: '2026-03-01T09:00:00.000Z' }]
  const lists = { tags: ['a'], registrations, aliases: [], followUps: [] }
  const person = { scope: SHARED_SCOPE, phone: '+8613800138000', generation: 0, name: 'Li', ...lists }
  chain.write(b1, 'members', { id: MEMBER, ...person })
  chain.write(b1, 'orders', testOrder('o1', 'b1', MEMBER))
  chain.write(b2, 'orders', testOrder('o2', 'b2', MEMBER))
  chain.writeAtCloud('products', { id: 'p1', name: 'Tea', price: 1200, currency: 'CNY', unit: 'cup' })
  await chain.heal()
  const mirror = new Mirror({
    feed: createChangeFeed(chain.cloud.replica.store),
    declarations: COLLECTIONS,
    url: mysql.url,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  })
  mirror.start()
  await mirror.level()
  await mirror.stop()
  chain.close()
})

afterAll(async () => {
  await mysql.drop()
  folder.remove()
})

type Damage = (db: Database.Database) => void

/** The chain in a copy of its own, one node's file damaged. */
function copyOf(damaged?: string, damage?: Damage): ChainAtRest {
  const path = join(folder.path, `copy${++copies}`)
  const file = (name: string) => join(path, `${name}.sqlite`)
  for (const name of ['cloud', 'b1', 'b2']) cpSync(join(folder.path, `${name}.sqlite`), file(name))
  if (damaged !== undefined && damage) {
    const db = new Database(file(damaged))
    damage(db)
    db.close()
  }
  const acknowledged = [
    { collection: 'orders', id: 'o1', fields: { total: 2400 } },
    { collection: 'orders', id: 'o2' },
    { collection: 'members', id: MEMBER, fields: { name: 'Li' } },
  ]
  const branches = ['b1', 'b2'].map((id) => ({ id, file: file(id) }))
  return { cloud: file('cloud'), branches, mysql, acknowledged }
}

/** A statement that changes something; `{orders}` is the table of that collection's documents. */
function run(sql: string): Damage {
  return (db) => {
    const numberOf = db.prepare('SELECT number FROM storage_key WHERE collection = ?').pluck()
    const table = (_: string, collection: string) => `documents_${String(numberOf.get(collection))}`
    expect(db.prepare(sql.replaceAll(/\{(\w+)\}/g, table)).run().changes).toBeGreaterThan(0)
  }
}

function set(collection: string, path: string, value: string): Damage {
  return run(`UPDATE {${collection}} SET doc = json_set(doc, '$.${path}', ${value})`)
}

/** One more row, as the first but for its id and what is told. */
function copy(collection: string, fields: Record<string, string>): Damage {
  return (db) => {
    const numberOf = db.prepare('SELECT number FROM storage_key WHERE collection = ?').pluck()
    const table = `documents_${String(numberOf.get(collection))}`
    const row = db.prepare(`SELECT * FROM ${table} LIMIT 1`).get() as Record<string, string>
    const doc = { ...(JSON.parse(row['doc']!) as object), id: 'copied', ...fields }
    const values = { ...row, ...fields, seq: 999, id: 'copied', doc: JSON.stringify(doc) }
    const names = Object.keys(row)
    db.prepare(`INSERT INTO ${table} VALUES (${names.map((name) => `@${name}`).join(', ')})`).run(values)
  }
}

function exception(reason: string): Damage {
  return run(`INSERT INTO exception
    (direction, branch_id, collection, document_id, seq, tries, code, field, reason, first_at, last_at, key)
    VALUES ('push', 'b1', 'orders', 'o1', 1, 3, 'DOCUMENT_INVALID', 'total', '${reason}', 1, 1, 'x1')`)
}

const DELIVERY = `INSERT INTO delivery (id, branch_id, class, up_to, documents, at) VALUES ('d', 'b1', 80, 1, '[]', 1)`
const ACCEPTANCE = `INSERT INTO acceptance VALUES ('orders', 'o1', 1, 'm', '', 1, 1)`
const FOREIGN_RECEIPT = `INSERT INTO receipt (delivery, class, receipts) VALUES ('d', 80, '[{"id":"o1"}]')`

describe('the checker of invariants', () => {
  it('finds nothing wrong with a chain that has come to rest', async () => {
    expect(await checkInvariants(copyOf())).toEqual([])
  })

  it.each<[string, string, Damage, RegExp]>([
    [
      'an acknowledged document that is nowhere',
      'cloud',
      run("DELETE FROM {orders} WHERE id = 'o1'"),
      /^orders o1 was acknowledged/,
    ],
    ['an acknowledged write that is lost', 'cloud', set('orders', 'total', '1'), /^orders o1 has lost a write: total/],
    [
      'a replica that differs in a field',
      'b2',
      set('products', 'name', "'x'"),
      /^b2: products p1 differs from headquarters in name$/,
    ],
    [
      'a replica that differs in its clock',
      'b1',
      set('orders', 'clock.r.number', "'1'"),
      /^b1: orders o1 differs from headquarters in clock$/,
    ],
    [
      'a replica that lacks a shared document',
      'b2',
      run('DELETE FROM {members}'),
      /^b2: members \w+ of shared is missing/,
    ],
    [
      'a replica that has more than headquarters',
      'cloud',
      run('DELETE FROM {products}'),
      /^b1: products p1 of shared is not at headquarters/,
    ],
    [
      'a digest that is not that of the documents',
      'b1',
      run("UPDATE digest SET sum = sum + 1 WHERE scope = 'b1'"),
      /^b1: the digest of orders of b1 is not that of its documents/,
    ],
    [
      'digests that differ',
      'b1',
      run("UPDATE digest SET sum = sum + 1 WHERE scope = 'b1'"),
      /^b1: the digest of orders of b1 is not that of headquarters/,
    ],
    [
      'a column that is not the document’s',
      'b1',
      run('UPDATE {orders} SET hash = 1'),
      /^b1: orders o1 has a hash that is not its document's/,
    ],
    [
      'a document that waits to be sent',
      'b1',
      run('UPDATE {orders} SET state = 1'),
      /^b1: orders o1 still waits to be sent/,
    ],
    [
      'a document that waits to be sent again',
      'b1',
      run('UPDATE {orders} SET state = 2'),
      /^b1: orders o1 still waits to be sent/,
    ],
    [
      'a parked document without an exception',
      'b1',
      run('UPDATE {orders} SET state = 3'),
      /^b1: orders o1 is parked and no exception/,
    ],
    [
      'an exception that nobody expects',
      'b1',
      exception('is no number'),
      /^b1: orders o1 is an exception: DOCUMENT_INVALID total is no number/,
    ],
    ['an exception without a reason', 'b1', exception(''), /^b1: orders o1 is an exception without a reason/],
    ['receipts that are not confirmed', 'b1', run(FOREIGN_RECEIPT), /^b1: receipts of 1 deliveries/],
    ['deliveries that are not confirmed', 'cloud', run(DELIVERY), /^headquarters: 1 deliveries to b1/],
    [
      'a balance that is not the sum',
      'cloud',
      run('UPDATE balance SET points = 47'),
      /^headquarters: the balance of \w+ is 47 points and 0, not 48 points and 0/,
    ],
    [
      'a member that shows another balance',
      'cloud',
      set('members', 'balance.points', '1'),
      /^headquarters: member \w+ shows 1 points and 0, not 48/,
    ],
    [
      'an order that finds no member',
      'cloud',
      run('DELETE FROM {members}'),
      /^headquarters: orders o1 finds no member/,
    ],
    ['two members of one phone', 'b1', copy('members', {}), /^b1: members \w+ and copied have one phone/],
    [
      'a document of another branch',
      'b2',
      copy('orders', { branchId: 'b1', scope: 'b1' }),
      /^b2: orders copied belongs to b1/,
    ],
    ['the id of another branch’s document in a row', 'b2', run(ACCEPTANCE), /^b2: acceptance names o1/],
    ['the id of another branch’s document in JSON', 'b2', run(FOREIGN_RECEIPT), /^b2: receipt names o1/],
    [
      'a position where headquarters has never been',
      'b1',
      run('UPDATE position SET seq = 9999 WHERE class = 80'),
      /^b1: the position of 80 is .*:9999/,
    ],
    [
      'a position of an epoch that never was',
      'b1',
      run("UPDATE position SET epoch = 'x' WHERE class = 80"),
      /^b1: the position of 80 is x:/,
    ],
    [
      'a position of folds that headquarters never reached',
      'b1',
      run('UPDATE acceptance_head SET seq = 9999'),
      /^b1: the position of acceptance_head/,
    ],
  ])('notices %s', async (_, node, damage, expected) => {
    expect(await checkInvariants(copyOf(node, damage))).toContainEqual(expect.stringMatching(expected))
  })

  it('takes an exception with a reason for an acknowledged document, where the test expects it', async () => {
    const chain = copyOf('b1', exception('is no number'))
    expect(await checkInvariants({ ...chain, parked: [{ collection: 'orders', id: 'o1' }] })).toEqual([])
  })

  it('notices a damaged file', async () => {
    const damage: Damage = (db) => {
      db.unsafeMode()
      db.pragma('writable_schema = ON')
      // An index that lacks the rows which it should have.
      db.exec("UPDATE sqlite_schema SET sql = replace(sql, 'deleted = 1', 'deleted = 0') WHERE name LIKE '%_tombstone'")
    }
    expect(await checkInvariants(copyOf('b1', damage))).toContainEqual(
      expect.stringMatching(/^b1: the file is damaged/),
    )
  })

  it.each([
    ['a row that differs', 'UPDATE orders SET total = 1', "the mirror's orders o1 differs from its document in total"],
    ['a row that is missing', 'DELETE FROM order_line', "the mirror's order_line lacks o1 0"],
    [
      'a row too many',
      "INSERT INTO member_xref (id, ver) VALUES ('x', 1)",
      "the mirror's member_xref has x, which no document has",
    ],
    ['a position that is not headquarters’', 'UPDATE outpost_mirror SET seq = 9999', undefined],
    [
      'a document that MySQL refused',
      "INSERT INTO outpost_mirror_parked (name, collection, document_id, reason) VALUES ('outpost', 'orders', 'o1', 'too long')",
      'the mirror has parked orders o1: too long',
    ],
  ])('notices in the mirror %s', async (_, sql, expected) => {
    const damaged = await mirrorCopy()
    try {
      await damaged.query(sql)
      const wrong = await checkInvariants({ ...copyOf(), mysql: damaged })
      expect(wrong).toContainEqual(expected ?? expect.stringMatching(/^the mirror stands at .*:9999/))
    } finally {
      await damaged.drop()
    }
  })
})

async function mirrorCopy(): Promise<TestDatabase> {
  const copied = await createTestDatabase()
  const tables = await mysql.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'BASE TABLE'",
    [mysql.name],
  )
  for (const { name } of tables) {
    await copied.query(`CREATE TABLE ${name} LIKE ${mysql.name}.${name}`)
    await copied.query(`INSERT INTO ${name} SELECT * FROM ${mysql.name}.${name}`)
  }
  return copied
}
