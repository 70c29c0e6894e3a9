import { describe, expect, it } from 'vitest'
import { hashSecret, verifySecret } from '../../../adapters/access/password-hash.ts'

describe('a hashed secret', () => {
  it('is argon2id with the parameters that OWASP asks for, and never twice the same', async () => {
    const [one, other] = await Promise.all([hashSecret('a long password'), hashSecret('a long password')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(one).not.toBe(other)
  })

  it('goes together with its text alone', async () => {
    const stored = await hashSecret('a long password')
    expect(await verifySecret(stored, 'a long password')).toBe(true)
    expect(await verifySecret(stored, 'a long passwort')).toBe(false)
  })

  it('takes the letters of every keyboard for what they are', async () => {
    const stored = await hashSecret('口令café１２３４')
    expect(await verifySecret(stored, '口令cafe\u03011234')).toBe(true)
  })

  it('is false for nobody, whatever is tried', async () => {
    expect(await verifySecret(undefined, '')).toBe(false)
    expect(await verifySecret(undefined, 'A'.repeat(22))).toBe(false)
  })

  it('sends a crowd away at once, says when to come again, and serves those who wait', async () => {
    const stored = await hashSecret('a long password')
    const crowd = Array.from({ length: 40 }, () => verifySecret(stored, 'a long password'))
    const outcomes = await Promise.allSettled(crowd)
    const served = outcomes.filter((one) => one.status === 'fulfilled')
    expect(served.map(({ value }) => value)).toEqual(Array.from({ length: 34 }, () => true))
    const refused = outcomes.filter((one) => one.status === 'rejected')
    expect(refused).toHaveLength(6)
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAfterS: 5 })
    expect(await verifySecret(stored, 'a long password')).toBe(true)
  })
})
