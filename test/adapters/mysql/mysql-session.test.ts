/** A connection whose other end is gone without a word: neither side may wait for it, nor for its locks. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import { createTestDatabase } from '../../support/mysql-database.ts'
import { HangingProxy } from './hanging-proxy.ts'

const HALF_A_MINUTE_MS = 30_000
const MINUTE_MS = 60_000

afterEach(() => void vi.useRealTimers())

function fakeTimers(): void {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    shouldClearNativeTimers: true,
  })
}

describe('a connection to MySQL', () => {
  test('is ended by the server, with its transaction, when nothing comes for two minutes', async () => {
    const db = await createTestDatabase()
    const session = await MysqlSession.connect(parseMysqlUrl(db.url))
    try {
      expect(await session.rows('SELECT @@SESSION.wait_timeout AS seconds')).toEqual([{ seconds: 120 }])
    } finally {
      session.destroy()
      await db.drop()
    }
  })

  test('says something every half a minute, and ends by itself where that hangs', async () => {
    const db = await createTestDatabase()
    await using proxy = await HangingProxy.open(db.url)
    fakeTimers()
    const session = await MysqlSession.connect(parseMysqlUrl(proxy.url))
    try {
      const hangs = proxy.hang('request', 'DO 0')
      vi.advanceTimersByTime(HALF_A_MINUTE_MS)
      await hangs
      const ends = new Promise<void>((resolve) => session.onEnd(resolve))
      vi.advanceTimersByTime(MINUTE_MS)
      await ends
      expect(() => session.throwIfEnded()).toThrow('lost')
    } finally {
      session.destroy()
      await db.drop()
    }
  })

  test('waits for a long statement, and says nothing beside it', async () => {
    const db = await createTestDatabase()
    fakeTimers()
    const session = await MysqlSession.connect(parseMysqlUrl(db.url))
    try {
      const long = session.rows('SELECT SLEEP(0.3) AS slept', [], 10 * MINUTE_MS)
      vi.advanceTimersByTime(5 * MINUTE_MS)
      expect(await long).toEqual([{ slept: 0 }])
      expect(() => session.throwIfEnded()).not.toThrow()
    } finally {
      session.destroy()
      await db.drop()
    }
  })
})
