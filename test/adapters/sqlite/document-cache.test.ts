import { describe, expect, it } from 'vitest'
import { DocumentCache } from '../../../adapters/sqlite/document-cache.ts'

const doc = (id: number) => ({ id })

describe('the document cache', () => {
  it('never holds more than it may, and lets go of what was not asked for', () => {
    const cache = new DocumentCache(1000)
    cache.committed(1000)
    cache.set(0, doc(0), 10)
    for (let seq = 1; seq < 1000; seq++) {
      cache.set(seq, doc(seq), 10)
      expect(cache.get(0)).toEqual(doc(0))
      const held = Array.from({ length: seq + 1 }, (_, s) => cache.peek(s)).filter(Boolean).length
      expect(held * 10).toBeLessThanOrEqual(1000)
    }
    expect(cache.peek(1)).toBeUndefined()
    expect(cache.peek(999)).toEqual(doc(999))
  })

  it('keeps nothing for a reader who only looks', () => {
    const cache = new DocumentCache(100)
    cache.committed(10)
    cache.set(1, doc(1), 50)
    for (let seq = 2; seq < 10; seq++) {
      cache.peek(1)
      cache.set(seq, doc(seq), 50)
    }
    expect(cache.peek(1)).toBeUndefined()
  })

  it('of no length, or for a document that is too long, holds nothing', () => {
    const none = new DocumentCache(0)
    none.committed(1)
    none.set(1, doc(1), 1)
    expect(none.get(1)).toBeUndefined()
    const small = new DocumentCache(100)
    small.committed(1)
    small.set(1, doc(1), 51)
    expect(small.get(1)).toBeUndefined()
  })

  it('takes nothing that is not committed', () => {
    const cache = new DocumentCache(100)
    cache.committed(4)
    cache.set(5, doc(5), 1)
    expect(cache.get(5)).toBeUndefined()
    cache.committed(5)
    cache.set(5, doc(5), 1)
    expect(cache.get(5)).toEqual(doc(5))
  })
})
