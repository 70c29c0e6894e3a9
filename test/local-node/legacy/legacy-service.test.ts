import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LegacySink } from '../../../adapters/legacy/legacy-batch.ts'
import { LegacyService, type LegacyCapture } from '../../../local-node/legacy/legacy-service.ts'
import type { LegacyStatus } from '../../../schemas/protocol/legacy.ts'
import { startMysql, type MysqlServer } from '../../../scripts/lib/mysql-server.mjs'
import { openLegacyBranch, type LegacyBranch } from '../../adapters/legacy/support/legacy-branch.ts'
import { createLegacyShop, LEGACY_MAPPING } from '../../support/legacy-shop.ts'
import { createTestDatabase, type TestDatabase } from '../../support/mysql-database.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const DEADLINE = { timeout: 30_000 } as const

let serverFolder: ReturnType<typeof temporaryFolder>
let server: MysqlServer
let folder: ReturnType<typeof temporaryFolder>
let db: TestDatabase
let branch: LegacyBranch
let services: LegacyService[]

beforeAll(async () => {
  serverFolder = temporaryFolder()
  const args = ['--log-bin=log', '--binlog-format=ROW', '--server-id=7']
  server = await startMysql({ dataDir: join(serverFolder.path, 'mysql'), args })
}, 120_000)

afterAll(async () => {
  await server.stop()
  serverFolder.remove()
})

beforeEach(async () => {
  folder = temporaryFolder()
  db = await createTestDatabase(server.url)
  branch = openLegacyBranch(folder.path)
  services = []
})

afterEach(async () => {
  for (const service of services) await service.stop()
  branch.close()
  await db.drop()
  folder.remove()
})

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

function start(mapping: string, parts: { capture?: LegacyCapture; sink?: LegacySink } = {}): LegacyService {
  const service = new LegacyService({
    url: db.url,
    mappingFile: branch.mapping(mapping),
    capture: 'auto',
    everyMs: 1000,
    sink: branch.sink,
    countRejects: () => branch.book.countRejects(),
    nowMs: Date.now,
    log: silent,
    ...parts,
  })
  services.push(service)
  service.start()
  return service
}

async function becomes(service: LegacyService, expected: Partial<LegacyStatus>): Promise<void> {
  await expect.poll(() => service.status(), DEADLINE).toMatchObject(expected)
}

const names = (): unknown[] => branch.all('members').map(({ name }) => name)
const sayings = (service: LegacyService): string[] => service.status().notes.map(({ text }) => text)

/** Ends once, instead of taking this page of rows. */
function dyingAt(page: number): LegacySink {
  let pages = 0
  return {
    progress: branch.sink.progress,
    take: (batch) => {
      if (batch.records.length > 0 && (pages += 1) === page) return Promise.reject(new Error('killed'))
      return branch.sink.take(batch)
    },
  }
}

describe('a row that is deleted takes its document with it', () => {
  test.each([
    ['numbers with zeros in front', 'INT(6) ZEROFILL', '12', '13', '000012'],
    ['bytes that end with zeros', 'BINARY(4)', "X'01020000'", "X'01020300'", '01020000'],
  ])('where ids are %s', async (_what, type, id, other, legacyId) => {
    await db.query(`CREATE TABLE guests (id ${type} PRIMARY KEY, name VARCHAR(40))`)
    await db.query(`INSERT INTO guests VALUES (${id}, 'Anna'), (${other}, 'Ben')`)
    const service = start(
      "{version: 1, source: inn, currency: CNY, timeZone: '+08:00', members: {table: guests, columns: {legacyId: id, name: name}}}",
    )
    await becomes(service, { state: 'following', by: 'binlog' })
    const [anna] = branch.all('members').filter(({ name }) => name === 'Anna')
    expect(anna).toMatchObject({ aliases: [{ source: 'inn', legacyId }] })
    await db.query(`DELETE FROM guests WHERE id = ${id}`)
    await db.query(`UPDATE guests SET name = 'Bea' WHERE id = ${other}`)
    await expect.poll(names, DEADLINE).toEqual(['Bea'])
  })
})

test('a database that is dropped while it is followed is missed at once, and read anew once it is there again', async () => {
  await createLegacyShop(db, { members: 2, orders: 1 })
  const service = start(LEGACY_MAPPING)
  await becomes(service, { state: 'following', by: 'binlog' })
  await db.query(`DROP DATABASE ${db.name}`)
  await becomes(service, {
    state: 'waiting',
    lastError: expect.objectContaining({ message: expect.stringContaining('ER_BAD_DB_ERROR') as string }) as never,
  })
  await db.query(`CREATE DATABASE ${db.name} CHARACTER SET utf8mb4`)
  await db.query(`USE ${db.name}`)
  await createLegacyShop(db, { members: 3, orders: 1 })
  await becomes(service, { state: 'following', by: 'binlog' })
  await expect.poll(() => names().length, DEADLINE).toBe(3)
})

describe('an import that was ended', () => {
  test('is begun anew where nobody has noted from where on changes are followed, and is followed then', async () => {
    await createLegacyShop(db, { members: 3, orders: 4 })
    await expect(branch.importAll(db.url, LEGACY_MAPPING, dyingAt(2))).rejects.toThrow('killed')
    // Taken before it was ended: whoever goes on behind it never sees this.
    await db.query("UPDATE customers SET name = 'Anna' WHERE id = 1")
    const service = start(LEGACY_MAPPING)
    await becomes(service, { state: 'following', by: 'binlog' })
    expect(names()).toContain('Anna')
    expect(await branch.sink.progress('till')).toMatchObject({ position: { by: 'binlog' } })
    await db.query("UPDATE customers SET name = 'Anne' WHERE id = 1")
    await expect.poll(names, DEADLINE).toContain('Anne')
  })

  test('is begun anew where changes are followed another way than it had noted', async () => {
    await createLegacyShop(db, { members: 3, orders: 4 })
    await expect(branch.importAll(db.url, LEGACY_MAPPING, dyingAt(2))).rejects.toThrow('killed')
    const progress = { position: { by: 'watermark', newest: {} } } as const
    await branch.sink.take({ source: 'till', records: [], rejects: [], gone: [], progress })
    const service = start(LEGACY_MAPPING)
    await becomes(service, { state: 'following', by: 'binlog' })
    expect(await branch.sink.progress('till')).toMatchObject({ position: { by: 'binlog' } })
  })

  test('goes on behind the page that was taken last also where it was one of all rows again', async () => {
    await createLegacyShop(db, { members: 600, orders: 4 })
    await branch.importAll(db.url, LEGACY_MAPPING)
    const service = start(LEGACY_MAPPING, { sink: dyingAt(2) })
    await becomes(service, { state: 'following', by: 'binlog' })
    expect(sayings(service)).toEqual([
      'all rows are read again: nobody had noted from where on changes are followed; what was deleted meanwhile stays',
      'the rest was imported: 100 members and 4 orders were read',
    ])
  })
})

test('nothing is followed where that is switched off, though a place was noted, until it is switched on', async () => {
  await createLegacyShop(db, { members: 3, orders: 4 })
  const before = start(LEGACY_MAPPING)
  await becomes(before, { state: 'following' })
  await before.stop()
  const service = start(LEGACY_MAPPING, { capture: 'off' })
  await becomes(service, { state: 'still' })
  const kept = branch
  const otherFolder = temporaryFolder()
  branch = openLegacyBranch(otherFolder.path)
  try {
    await becomes(start(LEGACY_MAPPING), { state: 'following' })
    for (const name of ['Ann', 'Anna', 'Anne']) {
      await db.query('UPDATE customers SET name = ? WHERE id = 1', [name])
      await expect.poll(names, DEADLINE).toContain(name)
    }
  } finally {
    for (const follower of services.splice(2)) await follower.stop()
    branch.close()
    otherFolder.remove()
    branch = kept
  }
  await service.stop()
  expect(service.status()).toMatchObject({ state: 'still', changes: 0 })
  await becomes(start(LEGACY_MAPPING), { state: 'following' })
  await expect.poll(names, DEADLINE).toContain('Anne')
})
