import { afterEach, expect, test, vi } from 'vitest'
import { CountedMirror } from '../../cloud-node/counted-mirror.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { createMirrorFixture, order, product, statusBecomes } from '../adapters/mysql/mirror-fixture.ts'

const ignore = (): void => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** Each look at the clock is so much later; `rested` resolves with the next pause, which lasts until it is ended. */
function clockOf(tookMs: () => number) {
  let now = 0
  let heard: (rest: { ms: number; end: () => void }) => void = ignore
  const next = () => new Promise<{ ms: number; end: () => void }>((resolve) => (heard = resolve))
  const time = {
    now: () => (now += tookMs()),
    sleep: (ms: number) => new Promise<void>((end) => heard({ ms, end })),
    random: () => 0,
  }
  return { time, next }
}

afterEach(() => void vi.useRealTimers())

test('the rows of a mirror are counted again after a pause ten times as long as the count, of two seconds at least', async () => {
  await using fixture = await createMirrorFixture()
  let took = 30_000
  const { time, next } = clockOf(() => took)
  const first = next()
  const mirror = fixture.start()
  const view = new CountedMirror(mirror, COLLECTIONS, SILENT, time)
  const long = await first
  expect(long.ms).toBe(300_000)

  fixture.feed.put('products', product('tea'))
  fixture.feed.put('orders', order('o1', []))
  await mirror.level()
  expect(view.status().rows).toMatchObject({ product: 0, orders: 0 })
  took = 5
  const second = next()
  long.end()
  const short = await second
  expect(short.ms).toBe(2000)
  expect(view.status().rows).toMatchObject({ product: 1, orders: 1 })
  expect(view.rowsOfBranch('b1')).toBe(1)
  view.stop()
})

test('the rows of a mirror that writes nothing are counted again every ten minutes, by which dropped tables are noticed too', async () => {
  await using fixture = await createMirrorFixture()
  const { feed, db } = fixture
  feed.put('products', product('tea'))
  const mirror = fixture.start()
  await mirror.level()
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const { time, next } = clockOf(() => 5)
  const first = next()
  const view = new CountedMirror(mirror, COLLECTIONS, SILENT, time)
  feed.put('orders', order('o1', []))
  ;(await first).end()
  expect(view.status().rows).toMatchObject({ product: 1, orders: 1 })

  await db.query('TRUNCATE product')
  const second = next()
  vi.advanceTimersByTime(600_000)
  ;(await second).end()
  expect(view.status().rows).toMatchObject({ product: 0, orders: 1 })

  await db.query('DROP TABLE orders')
  const { written } = mirror.status()
  const third = next()
  vi.advanceTimersByTime(600_000)
  await third
  await statusBecomes(mirror, (status) => status.written > written && status.filling.length === 0)
  expect(await mirror.counts()).toMatchObject({ orders: 1 })
  view.stop()
})
