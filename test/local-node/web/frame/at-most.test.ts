import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { atMost } from '../../../../local-node/web/frame/at-most.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('ends with the work where that is quick, also when it fails', async () => {
  await atMost(1000, Promise.resolve())
  await atMost(1000, Promise.reject(new Error('no')))
  expect(vi.getTimerCount()).toBe(0)
})

test('ends without the work where that never ends', async () => {
  const ended = vi.fn()
  void atMost(1000, new Promise(() => undefined)).then(ended)
  await vi.advanceTimersByTimeAsync(999)
  expect(ended).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(ended).toHaveBeenCalled()
})
