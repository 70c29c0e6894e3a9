import { describe, expect, test } from 'vitest'
import { mirroredCollections } from '../../../adapters/mysql/mirrored-collection.ts'
import { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import { initTarget } from '../../../adapters/mysql/plan-target.ts'
import { planMirror, type MirrorPlan } from '../../../adapters/mysql/plan-mirror.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { MirrorColumn, MirrorMapping, MirrorTable } from '../../../schemas/mirror-mapping.ts'
import { DEFAULT_MIRROR } from '../../../schemas/protocol/mirrors.ts'
import { createTestDatabase, type TestDatabase } from '../../support/mysql-database.ts'
import { createMirrorFixture, product, statusBecomes } from './mirror-fixture.ts'

const products = COLLECTIONS.find(({ name }) => name === 'products')!
const ID: MirrorColumn = { from: 'id', type: 'key' }

function mappedTo(columns: Record<string, MirrorColumn>, more: Partial<MirrorTable> = {}) {
  const mirror: MirrorMapping = [{ table: 't', key: ['id'], columns: { id: ID, ...columns }, ...more }]
  return { ...products, mirror }
}

async function planOf(db: TestDatabase, declaration = products, create = true): Promise<MirrorPlan> {
  const session = await MysqlSession.open(parseMysqlUrl(db.url))
  try {
    return await planMirror(session, mirroredCollections([declaration]), create)
  } finally {
    session.destroy()
  }
}

/** Findings of table `t` whose column `v` is this, or whose definition ends so. */
async function findingsOf(sql: string, declaration: ReturnType<typeof mappedTo>): Promise<string[]> {
  const db = await createTestDatabase()
  try {
    await db.query('CREATE TABLE other (id BIGINT PRIMARY KEY)')
    await db.query(
      `CREATE TABLE t (id VARCHAR(128) COLLATE utf8mb4_bin PRIMARY KEY, ver BIGINT UNSIGNED NOT NULL, ${sql}) CHARACTER SET utf8mb4`,
    )
    const { findings } = await planOf(db, declaration)
    return findings.map(({ severity, message }) => `${severity}: ${message}`)
  } finally {
    await db.drop()
  }
}

describe('the plan of a mirror', () => {
  test('names all that an empty database lacks, and changes nothing', async () => {
    const db = await createTestDatabase()
    const { statements, findings, incomplete } = await planOf(db)
    expect(statements.map((sql) => /^CREATE TABLE IF NOT EXISTS `(\w+)`/.exec(sql)?.[1])).toEqual([
      'outpost_mirror',
      'outpost_mirror_fill',
      'outpost_mirror_parked',
      'product',
    ])
    expect(findings).toEqual([])
    expect([...incomplete]).toEqual(['products'])
    expect(await db.query('SHOW TABLES')).toEqual([])
    await db.drop()
  })

  test('is empty where everything is there, views included', async () => {
    await using fixture = await createMirrorFixture()
    await fixture.start().level()
    const session = await MysqlSession.open(parseMysqlUrl(fixture.db.url))
    const plan = await planMirror(session, mirroredCollections(COLLECTIONS), false)
    session.destroy()
    expect(plan).toMatchObject({ statements: [], findings: [] })
    expect(plan.viewStatements.size).toBeGreaterThan(0)
  })

  test.each<[string, MirrorColumn, string[]]>([
    [
      'VARCHAR(40)',
      { from: 'name', type: 'text' },
      ['error: t.v is varchar(40), needed are 255 characters; or give it length: 40'],
    ],
    ['VARCHAR(40)', { from: 'name', type: 'text', length: 40 }, []],
    [
      'CHAR(40)',
      { from: 'name', type: 'text', length: 40 },
      ['error: t.v is char(40), which drops blanks at the end; needed is varchar'],
    ],
    [
      'VARCHAR(255) CHARACTER SET gbk',
      { from: 'name', type: 'text' },
      ['warning: t.v is varchar(255) in gbk, which refuses characters that it lacks'],
    ],
    ['VARCHAR(255) NOT NULL', { from: 'name', type: 'text', default: '' }, []],
    [
      'VARCHAR(255) NOT NULL',
      { from: 'name', type: 'text', default: '', values: { a: null }, otherwise: 'b' },
      ['error: t.v is varchar(255) not null, but a document may lack the value; give it a default in the mapping'],
    ],
    ["ENUM('a')", { from: 'name', type: 'text' }, ["warning: t.v is enum('a'), which refuses what is not in its list"]],
    ['BIGINT', { from: 'price', type: 'text' }, ['error: t.v is bigint(20), needed is text of 255 characters']],
    [
      'INT',
      { from: 'price', type: 'money' },
      ['warning: t.v is int(11), narrower than bigint: numbers that do not fit are refused'],
    ],
    [
      'BIGINT UNSIGNED',
      { from: 'price', type: 'money' },
      ['warning: t.v is bigint(20) unsigned, narrower than bigint: numbers that do not fit are refused'],
    ],
    ['DECIMAL(20,0)', { from: 'price', type: 'money' }, []],
    ['DOUBLE', { from: 'price', type: 'amount' }, ['error: t.v is double, needed is decimal(18,2)']],
    [
      'DECIMAL(20,3)',
      { from: 'price', type: 'amount' },
      ['error: t.v is decimal(20,3), needed is decimal(18,2); or give it decimals: 3'],
    ],
    [
      'DECIMAL(10,2)',
      { from: 'price', type: 'amount' },
      ['warning: t.v is decimal(10,2), narrower than decimal(18,2): numbers that do not fit are refused'],
    ],
    [
      'DATETIME',
      { from: 'name', type: 'datetime' },
      ['error: t.v is datetime, needed is datetime(3); or give it decimals: 0'],
    ],
    ['DATETIME', { from: 'name', type: 'datetime', decimals: 0 }, []],
    ['DATETIME(6)', { from: 'name', type: 'datetime' }, ['error: t.v is datetime(6), needed is datetime(3)']],
    ['TIMESTAMP(3) NULL', { from: 'name', type: 'datetime' }, ['error: t.v is timestamp(3), needed is datetime(3)']],
    ['DATETIME', { from: 'name', type: 'date' }, ['error: t.v is datetime, needed is date']],
    ['BIT(1)', { from: 'discontinued', type: 'boolean' }, ['error: t.v is bit(1), needed is tinyint(1)']],
    ['LONGTEXT', { from: 'name', type: 'json' }, []],
    ['MEDIUMTEXT', { from: 'name', type: 'json' }, ['error: t.v is mediumtext, needed are 4294967295 characters']],
    [
      'VARCHAR(255) AS (id) STORED',
      { from: 'name', type: 'text' },
      ['error: t.v is varchar(255), which MySQL computes itself, so nothing can be written into it'],
    ],
  ])('says of a column %s that holds %j: %j', async (sql, column, expected) => {
    expect(await findingsOf(`v ${sql}`, mappedTo({ v: column }))).toEqual(expected)
  })

  test.each<[string, string[]]>([
    [
      'code INT, UNIQUE KEY one (code)',
      ['error: t has the unique key one (code): writing one document would overwrite another'],
    ],
    ['code INT, UNIQUE KEY one (code, id)', []],
    ['code INT NOT NULL', ['error: t.code is not in the mapping and has no default, so no row can be inserted']],
    ['code INT AS (1) STORED, made TIMESTAMP DEFAULT CURRENT_TIMESTAMP', []],
    [
      'code BIGINT, CONSTRAINT of_other FOREIGN KEY (code) REFERENCES other (id)',
      ['warning: t has the foreign key of_other to other: MySQL refuses a row whose other is not there'],
    ],
  ])('says of a table with %s: %j', async (sql, expected) => {
    expect(await findingsOf(sql, mappedTo({}))).toEqual(expected)
  })

  test('mentions triggers', async () => {
    const db = await createTestDatabase()
    await db.query('CREATE TABLE t (id VARCHAR(128) COLLATE utf8mb4_bin PRIMARY KEY, ver BIGINT UNSIGNED NOT NULL)')
    await db.query('CREATE TRIGGER watch BEFORE UPDATE ON t FOR EACH ROW SET NEW.ver = NEW.ver')
    const { findings } = await planOf(db, mappedTo({}))
    expect(findings).toEqual([
      {
        severity: 'note',
        table: 't',
        message: 't has the trigger watch: what it changes in mirrored columns is a difference',
      },
    ])
    await db.drop()
  })

  test('adds to a table that other programs are to write too: a default for its version, and a watermark', async () => {
    const db = await createTestDatabase()
    const name: MirrorColumn = { from: 'name', type: 'text' }
    await db.query('CREATE TABLE t (id VARCHAR(128) COLLATE utf8mb4_bin PRIMARY KEY, ver BIGINT UNSIGNED NOT NULL)')
    const both = mappedTo({ name }, { direction: 'both', watermark: 'changed_at' })
    const { tableStatements, incomplete } = await planOf(db, both)
    for (const sql of tableStatements) await db.query(sql)
    expect([...incomplete]).toEqual(['products'])
    expect(await planOf(db, both)).toMatchObject({ tableStatements: [], findings: [] })
    await db.query("INSERT INTO t (id, name) VALUES ('by hand', 'x')")
    expect(await db.query('SELECT ver, changed_at IS NULL AS unknown FROM t')).toEqual([{ ver: 0, unknown: 0 }])
    await db.query('DROP TABLE t')
    for (const sql of (await planOf(db, both)).tableStatements) await db.query(sql)
    expect(await planOf(db, both)).toMatchObject({ tableStatements: [], findings: [] })
    await db.drop()
  })

  test('makes no view in the place of a table that another program has', async () => {
    const db = await createTestDatabase()
    const members = COLLECTIONS.find(({ name }) => name === 'members')!
    expect((await planOf(db, members)).statements.some((sql) => sql.includes('VIEW `member_current`'))).toBe(true)
    await db.query('CREATE TABLE member_current (id INT)')
    const { statements, findings } = await planOf(db, members)
    expect(statements.some((sql) => sql.includes('VIEW `member_current`'))).toBe(false)
    expect(findings).toMatchObject([{ severity: 'warning', table: 'member_current' }])
    await db.drop()
  })
})

describe('tables that somebody makes before the mirror does', () => {
  test('are filled by the mirror all the same, although it finds them there', async () => {
    await using fixture = await createMirrorFixture()
    const { db, feed } = fixture
    feed.put('products', product('tea'))
    const mirror = fixture.start({ declarations: [products] })
    await mirror.level()
    await mirror.stop()
    await db.query('DROP TABLE product')
    const target = parseMysqlUrl(db.url)
    const made = await initTarget(target, DEFAULT_MIRROR, mirroredCollections([products]))
    expect(made).toMatchObject({ incomplete: ['products'], findings: [] })
    expect(await initTarget(target, DEFAULT_MIRROR, mirroredCollections([products]))).toMatchObject({ incomplete: [] })
    const next = fixture.start({ declarations: [products], feed: feed.reopened('epoch-2') })
    await next.level()
    expect(await next.counts()).toEqual({ product: 1 })
  })

  test('are no failure of those who make them at the same moment', async () => {
    await using fixture = await createMirrorFixture()
    const { db } = fixture
    const mirror = fixture.start({ declarations: [mappedTo({})] })
    await mirror.level()
    await mirror.stop()
    const target = parseMysqlUrl(db.url)
    const other = await MysqlSession.open(target)
    await other.command('START TRANSACTION')
    await other.rows('SELECT term FROM outpost_mirror FOR UPDATE')
    const making = initTarget(
      target,
      DEFAULT_MIRROR,
      mirroredCollections([mappedTo({ v: { from: 'name', type: 'text' } })]),
    )
    const waits = () =>
      db.query('SHOW PROCESSLIST').then((all) => all.some(({ Info }) => String(Info).endsWith('FOR UPDATE')))
    await expect.poll(waits).toBe(true)
    await db.query('ALTER TABLE t ADD COLUMN v VARCHAR(255)')
    await other.command('ROLLBACK')
    other.destroy()
    expect(await making).toMatchObject({ incomplete: ['products'], findings: [] })
  })
})

describe('a mirror that may add nothing', () => {
  test('says what is missing, and runs once somebody has made it by the plan', async () => {
    await using fixture = await createMirrorFixture()
    const { db, feed } = fixture
    feed.put('products', product('tea'))
    const mirror = fixture.start({ declarations: [products], create: false })
    const { lastError } = await statusBecomes(mirror, ({ state }) => state === 'waiting')
    expect(lastError?.message).toContain('the table outpost_mirror is missing')
    expect(lastError?.message).toContain('the table product is missing')
    expect(await db.query('SHOW TABLES')).toEqual([])
    for (const sql of (await planOf(db)).statements) await db.query(sql)
    await mirror.level()
    expect(await mirror.counts()).toEqual({ product: 1 })
  })

  test('says column by column what a table lacks, and warns of indexes', async () => {
    const db = await createTestDatabase()
    await db.query('CREATE TABLE t (id VARCHAR(128) COLLATE utf8mb4_bin PRIMARY KEY, ver BIGINT UNSIGNED NOT NULL)')
    const lacking = mappedTo({ name: { from: 'name', type: 'text' } }, { indexes: [['name', 'id']], direction: 'both' })
    const { findings, statements } = await planOf(db, lacking, false)
    expect(
      findings.filter(({ table }) => table === 't').map(({ severity, message }) => `${severity}: ${message}`),
    ).toEqual([
      'error: t has no column name',
      'error: t.ver needs the default 0, or no other program can insert a row',
      'warning: t has no index of (name, id)',
    ])
    expect(statements.filter((sql) => sql.includes('`t`'))).toHaveLength(3)
    await db.drop()
  })

  test('warns in its log of what MySQL may refuse', async () => {
    await using fixture = await createMirrorFixture()
    const { db, log } = fixture
    const narrow = mappedTo({ v: { from: 'price', type: 'money' } })
    await db.query(
      'CREATE TABLE t (id VARCHAR(128) COLLATE utf8mb4_bin PRIMARY KEY, ver BIGINT UNSIGNED NOT NULL, v INT)',
    )
    await fixture.start({ declarations: [narrow] }).level()
    const warnings = ['t.v is int(11), narrower than bigint: numbers that do not fit are refused']
    expect(log.filter(({ level }) => level === 'warn').map(({ details }) => details)).toEqual([{ warnings }])
  })
})
