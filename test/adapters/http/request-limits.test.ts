import { beforeEach, describe, expect, it } from 'vitest'
import { RequestLimits } from '../../../adapters/http/request-limits.ts'

let limits: RequestLimits

beforeEach(() => {
  limits = new RequestLimits()
})

const tooMany = expect.objectContaining({
  code: 'TOO_MANY_REQUESTS',
  retryAfterS: expect.any(Number) as number,
}) as Error

describe('streams', () => {
  it('are 32 at once for one that asks, and as many for another', () => {
    const open = Array.from({ length: 32 }, () => limits.countStream('device 1'))
    expect(() => limits.countStream('device 1')).toThrow(tooMany)
    limits.countStream('device 2')
    open[0]!()
    limits.countStream('device 1')
    expect(() => limits.countStream('device 1')).toThrow(tooMany)
  })
})

describe('requests', () => {
  it('that prove something wrong end for their address, and for no other', async () => {
    for (let i = 0; i < 120; i++) await limits.noteRefused('192.0.2.1')
    await limits.refuseGuesser('192.0.2.1')
    await limits.noteRefused('192.0.2.1')
    await expect(limits.refuseGuesser('192.0.2.1')).rejects.toEqual(tooMany)
    await limits.refuseGuesser('192.0.2.2')
  })

  it('of nobody are 600 a minute for an address', async () => {
    for (let i = 0; i < 600; i++) await limits.countUnknown('192.0.2.1')
    await expect(limits.countUnknown('192.0.2.1')).rejects.toEqual(tooMany)
    await limits.countUnknown('192.0.2.2')
  })

  it('of one that is known are 3000 in ten seconds', async () => {
    for (let i = 0; i < 3000; i++) await limits.countKnown('a key')
    await expect(limits.countKnown('a key')).rejects.toEqual(tooMany)
    await limits.countKnown('another key')
  })
})
