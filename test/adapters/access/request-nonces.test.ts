import { beforeEach, describe, expect, it } from 'vitest'
import { RequestNonces } from '../../../adapters/access/request-nonces.ts'

let nowMs: number
let nonces: RequestNonces

beforeEach(() => {
  nowMs = 1000
  nonces = new RequestNonces(() => nowMs, 3)
})

describe('the numbers that requests are signed over', () => {
  it('are good for one to two minutes, and for one request of a name each', () => {
    const first = nonces.current()
    nonces.use(first, 'key', 'request-1')
    expect(() => nonces.use(first, 'key', 'request-1')).toThrow(expect.objectContaining({ code: 'REPLAYED' }))
    nowMs += 60_000
    const second = nonces.current()
    expect(second).not.toBe(first)
    expect(() => nonces.use(first, 'key', 'request-1')).toThrow(expect.objectContaining({ code: 'REPLAYED' }))
    nonces.use(first, 'key', 'request-2')
    nowMs += 60_000
    expect(() => nonces.use(first, 'key', 'request-3')).toThrow(expect.objectContaining({ code: 'NONCE_NEEDED' }))
    nonces.use(second, 'key', 'request-3')
  })

  it('tell the requests of two keys apart', () => {
    nonces.use(nonces.current(), 'key', 'request-1')
    nonces.use(nonces.current(), 'other', 'request-1')
  })

  it('are given out anew before more is remembered than was allowed, and what came stays refused', () => {
    const first = nonces.current()
    for (const jti of ['a', 'b', 'c']) nonces.use(first, 'key', jti)
    const second = nonces.current()
    expect(second).not.toBe(first)
    expect(() => nonces.use(first, 'key', 'a')).toThrow(expect.objectContaining({ code: 'REPLAYED' }))
    for (const jti of ['d', 'e', 'f']) nonces.use(second, 'key', jti)
    expect(() => nonces.use(first, 'key', 'a')).toThrow(expect.objectContaining({ code: 'NONCE_NEEDED' }))
  })

  it('all end when nobody has asked for two minutes', () => {
    const first = nonces.current()
    nowMs += 120_000
    expect(() => nonces.use(first, 'key', 'request-1')).toThrow(expect.objectContaining({ code: 'NONCE_NEEDED' }))
  })
})
