import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DashboardReader, type DashboardLimits } from '../../../adapters/mysql/dashboard-reader.ts'
import { createTestDatabase, type TestDatabase } from '../../support/mysql-database.ts'
import { HangingProxy } from './hanging-proxy.ts'

let db: TestDatabase
const readers: DashboardReader[] = []

beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.stop()
  await db.drop()
})

function open(limits: Partial<DashboardLimits> = {}, url = db.url): DashboardReader {
  const reader = new DashboardReader(url, { sessions: 1, waiting: 1, deadlineMs: 10_000, ...limits })
  readers.push(reader)
  return reader
}

/** Of readers; the test's own have been asked for before. */
async function connections(): Promise<number> {
  const rows = await db.query<{ INFO: string | null }>(
    'SELECT INFO FROM information_schema.PROCESSLIST WHERE DB = DATABASE()',
  )
  return rows.filter(({ INFO }) => !INFO?.includes('PROCESSLIST')).length
}

describe('reading figures from the mirror’s database', () => {
  it('writes nothing there', async () => {
    await db.query('CREATE TABLE t (id INT PRIMARY KEY)')
    const reader = open()
    await expect(reader.read((session) => session.rows('INSERT INTO t VALUES (1)'))).rejects.toMatchObject({
      code: 'MIRROR_UNAVAILABLE',
    })
    expect(await db.query('SELECT * FROM t')).toEqual([])
  })

  it('goes on with the same connection, and with another one after a failure', async () => {
    const reader = open()
    const connectionOf = () =>
      reader.read(async (session) => (await session.rows<{ id: number }>('SELECT CONNECTION_ID() AS id'))[0]!.id)
    const first = await connectionOf()
    expect(await connectionOf()).toBe(first)
    await expect(reader.read((session) => session.rows('SELECT * FROM nowhere'))).rejects.toMatchObject({
      code: 'MIRROR_TABLES',
    })
    expect(await connectionOf()).not.toBe(first)
    // Ended by the server between two questions.
    const second = await connectionOf()
    await db.query(`KILL ${second}`)
    await expect.poll(() => connectionOf().catch(() => second), { timeout: 10_000 }).not.toBe(second)
  })

  it('lets some wait and sends the others away, who are told when to come again', async () => {
    const reader = open()
    let leave: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (leave = resolve))
    const inside = reader.read(() => gate)
    const waiting = reader.read(() => Promise.resolve('had its turn'))
    await expect(reader.read(() => Promise.resolve('never'))).rejects.toMatchObject({
      code: 'TOO_BUSY',
      retryAfterS: 5,
    })
    leave()
    await inside
    expect(await waiting).toBe('had its turn')
  })

  it('answers at its deadline, whether MySQL is slow or somebody else is, and ends what it had asked', async () => {
    const slow = open({ deadlineMs: 500 })
    const [asked, behind] = await Promise.allSettled([
      slow.read((session) => session.rows('SELECT SLEEP(30) AS slow_figures')),
      slow.read(() => Promise.resolve('never')),
    ])
    expect(asked).toMatchObject({
      reason: { code: 'MIRROR_UNAVAILABLE', message: expect.stringContaining('shorter') as string },
    })
    expect(behind).toMatchObject({ reason: { code: expect.stringMatching(/TOO_BUSY|MIRROR_UNAVAILABLE/) as string } })
    const running = async () => {
      const rows = await db.query<{ INFO: string | null }>('SELECT INFO FROM information_schema.PROCESSLIST')
      return rows.filter(({ INFO }) => INFO?.includes('slow_figures') && !INFO.includes('PROCESSLIST')).length
    }
    await expect.poll(running, { timeout: 10_000 }).toBe(0)
    expect(await slow.read(() => Promise.resolve('again'))).toBe('again')
  })

  it('answers at its deadline too where a new connection hangs, and ends that connection', async () => {
    await using proxy = await HangingProxy.open(db.url)
    const reader = open({ deadlineMs: 1000 }, proxy.url)
    const hung = proxy.hang('request', 'TRANSACTION READ ONLY')
    const asked = reader.read(() => Promise.resolve('never'))
    await hung
    await expect(asked).rejects.toMatchObject({ code: 'MIRROR_UNAVAILABLE', retryAfterS: 5 })
    await expect.poll(() => connections(), { timeout: 10_000 }).toBe(0)
    expect(await reader.read(() => Promise.resolve('again'))).toBe('again')
    // Less than a connection gives its statements by itself.
  }, 30_000)

  it('makes no database where there is none', async () => {
    const url = new URL(db.url)
    url.pathname = `/${db.name}_gone`
    await expect(open({}, url.href).read(() => Promise.resolve())).rejects.toMatchObject({
      code: 'MIRROR_TABLES',
      message: expect.stringContaining('ER_BAD_DB_ERROR') as string,
    })
    expect(await db.query('SHOW DATABASES LIKE ?', [`${db.name}_gone`])).toEqual([])
  })

  it('says that the database is away, without its password', async () => {
    const url = new URL(db.url)
    url.port = '1'
    url.password = 'secret-word'
    const error: unknown = await open({}, url.href)
      .read(() => Promise.resolve())
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'MIRROR_UNAVAILABLE' })
    expect(String(error)).not.toContain('secret-word')
  })
})
