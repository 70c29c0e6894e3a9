import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldDecisions } from '../../../../local-node/web/store/decision-fold.ts'
import {
  holderOf,
  memberOfDocument,
  NO_EFFECTS,
  resolveMember,
  type IdentityEffects,
} from '../../../../schemas/identity.ts'

function decision(number: number, effects: Partial<IdentityEffects>) {
  return { id: `d-${number}`, number, ...NO_EFFECTS, ...effects }
}

const merged = decision(1, { redirects: [{ id: 'a', to: 'b' }] })
const split = decision(2, {
  redirects: [{ id: 'a', to: 'a' }],
  homes: [{ registrationId: 'g1', to: 'a' }],
})

describe('decisions as a browser folds them', () => {
  it('say nothing where there are none', () => {
    const fold = foldDecisions([])
    expect(fold.newest).toBe(0)
    expect(resolveMember(fold, 'a')).toBe('a')
    expect(holderOf(fold, 'a')).toBe('a')
    expect(fold.idsOf('a')).toEqual(['a'])
  })

  it('lead from every id to the member of today', () => {
    const fold = foldDecisions([merged])
    expect(resolveMember(fold, 'a')).toBe('b')
    expect(fold.idsOf('b')).toEqual(['b', 'a'])
  })

  it('hold by their id where two have one number, however they arrive', () => {
    const other = { ...decision(1, { redirects: [{ id: 'a', to: 'c' }] }), id: 'd-2' }
    for (const arrived of [
      [merged, other],
      [other, merged],
    ]) {
      expect(resolveMember(foldDecisions(arrived), 'a')).toBe('c')
    }
  })

  it('hold by their number, however they arrive', () => {
    for (const arrived of [
      [merged, split],
      [split, merged],
    ]) {
      const fold = foldDecisions(arrived)
      expect(fold.newest).toBe(2)
      expect(resolveMember(fold, 'a')).toBe('a')
      expect(fold.idsOf('b')).toEqual(['b'])
      expect(memberOfDocument(fold, 'b', 'g1')).toBe('a')
    }
  })

  it('still name what ever led to a member, and the registrations that are its', () => {
    const fold = foldDecisions([merged, split])
    expect(fold.everLedTo('b')).toEqual(['a'])
  })

  it('give a number to its holder, and end it', () => {
    const given = decision(1, { numbers: [{ id: 'n', closed: true, holder: 'a', known: [] }] })
    expect(holderOf(foldDecisions([given]), 'n')).toBe('a')
    const over = decision(2, { numbers: [{ id: 'n', closed: true, known: ['g1'] }] })
    expect(holderOf(foldDecisions([over, given]), 'n')).toBeUndefined()
  })

  it('are the same view in any order, also with one that comes twice', () => {
    const id = fc.constantFrom('a', 'b', 'c')
    const effects = fc.record({
      redirects: fc.array(fc.record({ id, to: id }), { maxLength: 2 }),
      numbers: fc.array(fc.record({ id, closed: fc.boolean(), known: fc.constant([]) }), { maxLength: 2 }),
      homes: fc.array(fc.record({ registrationId: id, to: id }), { maxLength: 2 }),
      erased: fc.constant([]),
    })
    const history = fc.array(effects).map((all) => all.map((one, i) => decision(i + 1, one)))
    const shuffled = history.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
    )
    fc.assert(
      fc.property(shuffled, ([all, arrived]) => {
        const [one, other] = [foldDecisions(all), foldDecisions(arrived)]
        for (const key of ['a', 'b', 'c']) {
          expect(other.redirectOf(key)).toBe(one.redirectOf(key))
          expect(other.numberOf(key)).toEqual(one.numberOf(key))
          expect(other.homeOf(key)).toBe(one.homeOf(key))
          expect(new Set(other.idsOf(key))).toEqual(new Set(one.idsOf(key)))
        }
      }),
    )
  })
})
