import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LoginAttempts } from '../../../adapters/access/login-attempts.ts'

let attempts: LoginAttempts

beforeEach(() => {
  vi.useFakeTimers()
  attempts = new LoginAttempts()
})
afterEach(() => {
  vi.useRealTimers()
})

async function fail(times: number, name: string, address: (i: number) => string): Promise<void> {
  for (let i = 0; i < times; i++) await attempts.begin(name, address(i))
}

const refused = { code: 'TOO_MANY_REQUESTS' }

describe('attempts to log in', () => {
  it('end after five failures for one name, wherever they come from, and say for how long', async () => {
    await fail(5, 'li', (i) => `192.0.2.${i}`)
    vi.advanceTimersByTime(60_000)
    await expect(attempts.begin('li', '198.51.100.1')).rejects.toMatchObject({ ...refused, retryAfterS: 840 })
    await attempts.begin('wang', '198.51.100.1')
  })

  it('begin again when the time is over', async () => {
    await fail(5, 'li', (i) => `192.0.2.${i}`)
    await expect(attempts.begin('li', '192.0.2.9')).rejects.toMatchObject(refused)
    vi.advanceTimersByTime(15 * 60_000)
    await attempts.begin('li', '192.0.2.9')
  })

  it('are counted when they begin: many at once are no more than one after another', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) => attempts.begin('li', `192.0.2.${i}`)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
  })

  it('end after twenty failures from one address, whatever the names', async () => {
    for (let i = 0; i < 20; i++) await attempts.begin(`name-${i}`, '192.0.2.1')
    await expect(attempts.begin('li', '192.0.2.1')).rejects.toMatchObject(refused)
    await expect(attempts.begin('li', '::ffff:192.0.2.1')).rejects.toMatchObject(refused)
    await attempts.begin('li', '192.0.2.2')
  })

  it('come from one address if they come from one IPv6 network', async () => {
    for (let i = 0; i < 20; i++) await attempts.begin(`name-${i}`, `2001:db8:1:2::${i}`)
    await expect(attempts.begin('li', '2001:db8:1:2:3:4:5:6')).rejects.toMatchObject(refused)
    await attempts.begin('li', '2001:db8:1:3::1')
  })

  it('that succeed clear the name, and take no place of the address', async () => {
    await fail(4, 'li', () => '192.0.2.1')
    await attempts.begin('li', '192.0.2.1')
    await attempts.succeed('li', '192.0.2.1')
    await fail(5, 'li', (i) => `198.51.100.${i}`)
    for (let i = 0; i < 16; i++) await attempts.begin(`name-${i}`, '192.0.2.1')
    await expect(attempts.begin('wang', '192.0.2.1')).rejects.toMatchObject(refused)
  })
})
