import { beforeAll, describe, expect, it } from 'vitest'
import { hashSecret, verifySecret } from '../../../adapters/access/password-hash.ts'

const TEXT = 'a long password'
const network = '192.0.2.1'
let stored: string

beforeAll(async () => {
  stored = await hashSecret(TEXT)
})

describe('a hashed secret', () => {
  it('is argon2id with the parameters that OWASP asks for, and never twice the same', async () => {
    const [one, other] = await Promise.all([hashSecret(TEXT), hashSecret(TEXT)])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(one).not.toBe(other)
  })

  it('goes together with its text alone', async () => {
    expect(await verifySecret(stored, TEXT, network)).toBe(true)
    expect(await verifySecret(stored, 'a long passwort', network)).toBe(false)
  })

  it('takes the letters of every keyboard for what they are', async () => {
    const stored = await hashSecret('口令café１２３４')
    expect(await verifySecret(stored, '口令cafe\u03011234', network)).toBe(true)
  })

  it('is false for nobody, whatever is tried', async () => {
    expect(await verifySecret(undefined, '', network)).toBe(false)
    expect(await verifySecret(undefined, 'A'.repeat(22), network)).toBe(false)
  })

  it('is compared for a few at once of one network, and others are sent away and told when to come again', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => verifySecret(stored, TEXT, network)))
    expect(outcomes.map(({ status }) => status)).toEqual([...times(6, 'fulfilled'), ...times(2, 'rejected')])
    const refused = outcomes.filter((one) => one.status === 'rejected')
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAfterS: 5 })
    expect(await verifySecret(stored, TEXT, network)).toBe(true)
  })

  it('is compared for whoever comes to a full queue from elsewhere; the newest of the crowd makes room', async () => {
    const crowd = Array.from({ length: 34 }, (_, i) => `192.0.2.${Math.floor(i / 4)}`)
    const flood = Promise.allSettled(crowd.map((whose) => verifySecret(stored, TEXT, whose)))
    expect(await verifySecret(stored, TEXT, 'honest')).toBe(true)
    const outcomes = await flood
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  })

  it('is compared for nobody else once as many networks as have a place have one each', async () => {
    const crowd = Array.from({ length: 38 }, (_, i) => verifySecret(stored, TEXT, `192.0.2.${i}`))
    const outcomes = await Promise.allSettled(crowd)
    expect(outcomes.map(({ status }) => status)).toEqual([...times(34, 'fulfilled'), ...times(4, 'rejected')])
  })
})

function times(count: number, text: string): string[] {
  return Array.from({ length: count }, () => text)
}
