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
  it('end after five failures for one name from one network, and say for how long', async () => {
    await fail(5, 'li', () => '192.0.2.1')
    vi.advanceTimersByTime(60_000)
    await expect(attempts.begin('li', '192.0.2.1')).rejects.toMatchObject({ ...refused, retryAfterS: 840 })
    await attempts.begin('wang', '192.0.2.1')
  })

  it('of whoever guesses from some networks keep the owner of the name out of no other', async () => {
    await fail(10, 'li', (i) => `192.0.2.${i % 2}`)
    await fail(5, 'li', () => '198.51.100.7')
    await attempts.begin('li', '203.0.113.5')
    await attempts.succeed('li', '203.0.113.5')
  })

  it('end after a hundred failures for one name, from however many networks', async () => {
    await fail(100, 'li', (i) => `192.0.2.${i}`)
    await expect(attempts.begin('li', '203.0.113.5')).rejects.toMatchObject(refused)
    await attempts.begin('wang', '203.0.113.5')
  })

  it('that were refused in one network count in no other', async () => {
    for (let i = 0; i < 200; i++) await attempts.begin('li', '192.0.2.1').catch(() => undefined)
    await fail(95, 'li', (i) => `198.51.100.${i}`)
    await expect(attempts.begin('li', '203.0.113.5')).rejects.toMatchObject(refused)
  })

  it('begin again when the time is over', async () => {
    await fail(5, 'li', () => '192.0.2.9')
    await expect(attempts.begin('li', '192.0.2.9')).rejects.toMatchObject(refused)
    vi.advanceTimersByTime(15 * 60_000)
    await attempts.begin('li', '192.0.2.9')
  })

  it('are counted when they begin: many at once are no more than one after another', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => attempts.begin('li', '192.0.2.1')))
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

  it('end after sixty failures from one IPv6 site, which are too few to keep a name out everywhere', async () => {
    await fail(60, 'li', (i) => `2001:db8:1:${i}::1`)
    await expect(attempts.begin('li', '2001:db8:1:ffff::1')).rejects.toMatchObject(refused)
    await attempts.begin('li', '2001:db8:2::1')
    await attempts.begin('li', '192.0.2.1')
  })

  it('that succeed clear the name in their network, and take no place of it', async () => {
    await fail(4, 'li', () => '192.0.2.1')
    await attempts.begin('li', '192.0.2.1')
    await attempts.succeed('li', '192.0.2.1')
    await fail(5, 'li', () => '192.0.2.1')
    for (let i = 0; i < 11; i++) await attempts.begin(`name-${i}`, '192.0.2.1')
    await expect(attempts.begin('wang', '192.0.2.1')).rejects.toMatchObject(refused)
  })

  it('are forgotten for a name in all networks, however often', async () => {
    for (let i = 0; i < 2; i++) {
      await fail(5, 'li', () => '192.0.2.1')
      await fail(90, 'li', (j) => `198.51.${100 + i}.${j}`)
      await expect(attempts.begin('li', '192.0.2.1')).rejects.toMatchObject(refused)
      await attempts.forget('li')
    }
    await attempts.begin('li', '192.0.2.1')
  })
})
