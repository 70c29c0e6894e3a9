import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rowVersion, termOfVersion } from '../../../adapters/mysql/row-version.ts'

const term = fc.integer({ min: 0, max: 2 ** 23 - 1 })
const seq = fc.maxSafeNat().filter((n) => n < 2 ** 40)

test('row versions order by term, then by seq, and stay below 2^63', () => {
  fc.assert(
    fc.property(term, seq, term, seq, (t1, s1, t2, s2) => {
      const a = BigInt(rowVersion(t1, s1))
      const b = BigInt(rowVersion(t2, s2))
      expect(a < b).toBe(t1 < t2 || (t1 === t2 && s1 < s2))
      expect(a < 2n ** 63n).toBe(true)
      expect(termOfVersion(a.toString())).toBe(t1)
    }),
  )
})

test('a row version that would compare wrongly is not made', () => {
  expect(() => rowVersion(2 ** 23, 0)).toThrow(RangeError)
  expect(() => rowVersion(1, 2 ** 40)).toThrow(RangeError)
  expect(() => rowVersion(1, -1)).toThrow(RangeError)
})
