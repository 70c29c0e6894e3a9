import { describe, expect, it } from 'vitest'
import { Waiting } from '../../../adapters/http/waiting.ts'

describe('Waiting', () => {
  it('ends by time, by waking and by the signal', async () => {
    const waiting = new Waiting()
    const never = new AbortController().signal
    await expect(waiting.sleep(1, never)).resolves.toBeUndefined()
    const woken = waiting.sleep(60_000, never)
    waiting.wake()
    await expect(woken).resolves.toBeUndefined()
    const stop = new AbortController()
    const stopped = waiting.sleep(60_000, stop.signal)
    stop.abort()
    await expect(stopped).resolves.toBeUndefined()
    await expect(waiting.sleep(60_000, stop.signal)).resolves.toBeUndefined()
  })
})
