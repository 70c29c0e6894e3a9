import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { documentHash, HASH_MODULUS, NO_HASH } from '../../../adapters/sqlite/document-hash.ts'
import { canonicalJson, type Doc } from '../../../schemas/json.ts'
import { replicatedState } from '../../../schemas/merge-spec.ts'

const value = fc.jsonValue({ maxDepth: 3 })
const doc = fc.dictionary(fc.string({ maxLength: 5 }), value, { maxKeys: 6, noNullPrototype: true })
const copy = (of: Doc): Doc => JSON.parse(JSON.stringify(of)) as Doc

/** The same value, the keys of every object in the other order. */
function turned(of: unknown): unknown {
  if (Array.isArray(of)) return of.map(turned)
  if (typeof of !== 'object' || of === null) return of
  return Object.fromEntries(
    Object.entries(of)
      .toReversed()
      .map(([key, item]) => [key, turned(item)]),
  )
}

describe('the hash of a document', () => {
  it('does not depend on the order of keys, nor on the way through JSON', () => {
    fc.assert(
      fc.property(doc, (one) => {
        expect(documentHash(turned(one) as Doc)).toBe(documentHash(one))
        expect(documentHash(copy(one))).toBe(documentHash(one))
      }),
    )
  })

  it('differs where the replicated state differs', () => {
    fc.assert(
      fc.property(doc, doc, (one, two) => {
        const same = canonicalJson(replicatedState(copy(one))) === canonicalJson(replicatedState(copy(two)))
        expect(documentHash(copy(one)) === documentHash(copy(two))).toBe(same)
      }),
      { numRuns: 2000 },
    )
  })

  it('ignores what only the local storage knows, and what is undefined', () => {
    const state = { id: 'a', name: 'Ada' }
    const local = { _rev: '1-x', _meta: { lwt: 5 }, _attachments: {}, gone: undefined }
    expect(documentHash({ ...state, ...local })).toBe(documentHash(state))
    expect(documentHash({ ...state, _deleted: true })).not.toBe(documentHash(state))
  })

  it('tells apart what is easily confused', () => {
    const values = [0, 1, '0', '1', '', null, true, false, [], {}, [[]], [{}], [0], ['0'], { a: 0 }, [1, 0], [0, 1]]
    const more = [
      { a: 'b', b: 'a' },
      { a: 'a', b: 'b' },
      { ab: '' },
      { a: { b: 1 } },
      { b: { a: 1 } },
      ['ab'],
      ['a', 'b'],
    ]
    const hashes = [...values, ...more].map((v) => documentHash({ v }))
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(documentHash({ v: -0 })).toBe(documentHash({ v: 0 }))
  })

  it('spreads documents that differ little over all 48 bits', () => {
    const hashes = Array.from({ length: 50_000 }, (_, i) => documentHash({ id: `o-${i}`, total: i % 7 }))
    expect(new Set(hashes).size).toBe(hashes.length)
    for (let bit = 0; bit < 48; bit++) {
      const ones = hashes.filter((hash) => Math.floor(hash / 2 ** bit) % 2 === 1).length
      expect([bit, ones > 24_000 && ones < 26_000]).toEqual([bit, true])
    }
    expect(hashes.every((hash) => hash > NO_HASH && hash < HASH_MODULUS)).toBe(true)
  })
})
