import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endOfEpoch, knowsPosition, lastCommon, type EpochStart } from '../../schemas/lineage.ts'

const ORIGINAL: EpochStart[] = [
  { epoch: 'a', firstSeq: 1 },
  { epoch: 'b', firstSeq: 11 },
  { epoch: 'c', firstSeq: 21 },
]
/** Restored from a copy that was made when the second start had come to 15. */
const RESTORED: EpochStart[] = [...ORIGINAL.slice(0, 2), { epoch: 'd', firstSeq: 16 }]

describe('a position', () => {
  it('is known up to where its start has come', () => {
    expect(knowsPosition(ORIGINAL, 25, { epoch: 'a', seq: 10 })).toBe(true)
    expect(knowsPosition(ORIGINAL, 25, { epoch: 'a', seq: 11 })).toBe(false)
    expect(knowsPosition(ORIGINAL, 25, { epoch: 'c', seq: 25 })).toBe(true)
    expect(knowsPosition(ORIGINAL, 25, { epoch: 'c', seq: 26 })).toBe(false)
  })

  it('of a future that was lost is unknown, however far the store has come since', () => {
    expect(knowsPosition(RESTORED, 99, { epoch: 'b', seq: 16 })).toBe(false)
    expect(knowsPosition(RESTORED, 99, { epoch: 'c', seq: 22 })).toBe(false)
    expect(knowsPosition(RESTORED, 99, { epoch: 'b', seq: 15 })).toBe(true)
  })
})

describe('two futures of one store', () => {
  it('have in common what was written before they parted', () => {
    const ours = { lineage: ORIGINAL, headSeq: 25 }
    expect(lastCommon(ours, { lineage: RESTORED, headSeq: 40 })).toEqual({ epoch: 'b', seq: 15 })
    expect(lastCommon(ours, { lineage: ORIGINAL.slice(0, 1), headSeq: 4 })).toEqual({ epoch: 'a', seq: 4 })
    expect(lastCommon(ours, { lineage: [{ epoch: 'z', firstSeq: 1 }], headSeq: 4 })).toBeUndefined()
  })

  it('both know the last common position, and no later one', () => {
    const starts = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(starts, starts, starts, fc.nat(5), fc.nat(5), (shared, mine, theirs, myEnd, theirEnd) => {
        const lineageOf = (lengths: readonly number[], prefix: string, from: EpochStart[], at: number) => {
          let firstSeq = at
          return lengths.reduce<EpochStart[]>((all, length, i) => {
            const next = [...all, { epoch: `${prefix}${i}`, firstSeq }]
            firstSeq += length
            return next
          }, from)
        }
        const before = lineageOf(shared, 's', [], 1)
        const parted = before.at(-1)!.firstSeq + (shared.at(-1) ?? 0)
        const ours = { lineage: lineageOf(mine, 'm', before, parted), headSeq: 0 }
        const other = { lineage: lineageOf(theirs, 't', before, parted), headSeq: 0 }
        const [a, b] = [
          { ...ours, headSeq: ours.lineage.at(-1)!.firstSeq + myEnd },
          { ...other, headSeq: other.lineage.at(-1)!.firstSeq + theirEnd },
        ]
        const common = lastCommon(a, b)!
        expect(common).toEqual({ epoch: before.at(-1)!.epoch, seq: parted - 1 })
        for (const { lineage, headSeq } of [a, b]) {
          expect(knowsPosition(lineage, headSeq, common)).toBe(true)
          expect(knowsPosition(lineage, headSeq, { ...common, seq: common.seq + 1 })).toBe(false)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

it('an epoch ends where the next one begins, and the last one where the store is', () => {
  expect(['a', 'c', 'z'].map((epoch) => endOfEpoch(ORIGINAL, 25, epoch))).toEqual([10, 25, -1])
})
