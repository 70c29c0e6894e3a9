import { expect, test } from 'vitest'
import { MysqlSession } from '../../../adapters/mysql/mysql-session.ts'
import { parseMysqlUrl } from '../../../adapters/mysql/mysql-target.ts'
import { createMirrorFixture } from './mirror-fixture.ts'

test('a count that is under way ends with the mirror, and none begins afterwards', async () => {
  await using fixture = await createMirrorFixture()
  const { db } = fixture
  const mirror = fixture.start()
  await mirror.level()
  const other = await MysqlSession.open(parseMysqlUrl(db.url))
  await other.command('LOCK TABLES orders WRITE')
  const counting = Promise.allSettled([mirror.counts()])
  const isWaiting = async () => {
    const [row] = await db.query<{ n: number }>(
      "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE DB = ? AND INFO LIKE 'SELECT COUNT(*) AS n FROM `orders`%'",
      [db.name],
    )
    return row!.n > 0
  }
  await expect.poll(isWaiting, { timeout: 20_000 }).toBe(true)
  await mirror.stop()
  expect(await counting).toMatchObject([{ reason: { code: 'MIRROR_UNAVAILABLE', message: 'the mirror is stopped' } }])
  await expect(mirror.parked()).rejects.toMatchObject({ code: 'MIRROR_UNAVAILABLE', message: 'the mirror is stopped' })
  other.destroy()
})
