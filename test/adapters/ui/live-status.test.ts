import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { LiveStatus } from '../../../adapters/ui/live-status.ts'

const MINUTE = 60_000

/** A node's stream that closes at once, as where the node answers that it does not let the page in. */
class ClosedStream extends EventTarget {
  static readonly CLOSED = 2
  readonly readyState = ClosedStream.CLOSED
  constructor() {
    super()
    setTimeout(() => this.dispatchEvent(new Event('error')), 1)
  }
  close(): void {}
}

let live: LiveStatus<{ time: string }> | undefined

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', ClosedStream)
})

afterEach(() => {
  live?.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** @returns how often a page asks a node that gives this answer within so long, ms, after the first ten minutes */
async function askedWithin(ms: number, answer: () => Promise<Response>): Promise<number> {
  const ask = vi.fn<typeof fetch>(answer)
  vi.stubGlobal('fetch', ask)
  const { watchStatus } = await import('../../../adapters/ui/live-status.ts')
  live = watchStatus()
  await vi.advanceTimersByTimeAsync(10 * MINUTE)
  ask.mockClear()
  await vi.advanceTimersByTimeAsync(ms)
  return ask.mock.calls.length
}

it('asks a node that refuses it less and less, down to once in a minute or so', async () => {
  const asked = await askedWithin(10 * MINUTE, async () => new Response('{}', { status: 401 }))
  expect(live!.refused.value).toBe(true)
  expect(asked).toBeGreaterThanOrEqual(9)
  expect(asked).toBeLessThanOrEqual(20)
})

it('finds a node that was away, or in trouble, within seconds of its return however long that took', async () => {
  const away = askedWithin(MINUTE, () => Promise.reject(new TypeError('fetch failed')))
  expect(await away).toBeGreaterThan(20)
  live!.close()
  expect(await askedWithin(MINUTE, async () => new Response('', { status: 502 }))).toBeGreaterThan(20)
})
