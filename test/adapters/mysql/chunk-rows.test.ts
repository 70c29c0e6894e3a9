import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chunkRows } from '../../../adapters/mysql/chunk-rows.ts'

const SIZES = [500, 256, 128, 64, 32, 16, 8, 4, 2, 1]

describe('chunkRows', () => {
  test('keeps every row in order, in statements of few sizes', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.integer({ min: 1, max: 300 }), fc.nat(100_000), (count, parameters, bytes) => {
        const rows = Array.from({ length: count }, (_, i) => i)
        const chunks = [...chunkRows(rows, parameters, () => bytes)]
        expect(chunks.flat()).toEqual(rows)
        for (const { length } of chunks) {
          expect(SIZES).toContain(length)
          expect(length === 1 || length * parameters <= 65_535).toBe(true)
          expect(length === 1 || length * bytes <= 4 * 1024 * 1024).toBe(true)
        }
      }),
    )
  })

  test('does not cut a row that is larger than a statement should be', () => {
    expect([...chunkRows(['large', 'small'], 1, (row) => (row === 'large' ? 1e9 : 1))]).toEqual([['large'], ['small']])
  })
})
