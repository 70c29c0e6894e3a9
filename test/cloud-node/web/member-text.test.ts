import { describe, expect, it } from 'vitest'
import {
  answersTo,
  followsFrom,
  isPhoneTyped,
  isSameOutcome,
  kindOf,
} from '../../../cloud-node/web/members/member-text.ts'

describe('what is typed to find a member', () => {
  it.each(['13800138000', '+86 138-0013-8000', '０１３８００１３８０００', '(010) 6552.9988'])(
    'takes %s for a phone',
    (text) => {
      expect(isPhoneTyped(text)).toBe(true)
    },
  )

  it.each(['', 'Li', '王', '1234', 'Li 13800138000', 'm1-13800138000'])('takes %j for a name', (text) => {
    expect(isPhoneTyped(text)).toBe(false)
  })
})

describe('a request that waits', () => {
  it('is an edit of a deleted member where it brings a document and registers nobody', () => {
    expect(kindOf({ what: 'delete', held: { name: 'Li' } })).toBe('edit')
    expect(kindOf({ what: 'delete' })).toBe('delete')
    expect(kindOf({ what: 'registration', held: { name: 'Li' } })).toBe('registration')
  })

  it('is answered by a merge only where it may be about another member', () => {
    expect(answersTo({ what: 'phone' })).toContain('merge')
    expect(answersTo({ what: 'registration', held: {} })).toContain('merge')
    for (const what of ['share', 'release', 'split', 'delete', 'erase'] as const) {
      expect(answersTo({ what })).toEqual(['grant', 'refuse'])
    }
  })

  it('says of each answer what follows from it', () => {
    expect(followsFrom({ what: 'registration', held: {} }, 'grant')).toBe('grant.registration')
    expect(followsFrom({ what: 'registration', held: {} }, 'refuse')).toBe('refuse.registration')
    expect(followsFrom({ what: 'delete', held: {} }, 'grant')).toBe('grant.edit')
    expect(followsFrom({ what: 'erase' }, 'grant')).toBe('grant.other')
    expect(followsFrom({ what: 'phone' }, 'merge')).toBe('merge.phone')
    expect(followsFrom({ what: 'phone' }, 'refuse')).toBe('refuse.other')
  })
})

describe('what follows from a decision', () => {
  const balance = { points: 24, value: 0 }
  const none = { points: 0, value: 0 }
  const outcome = (into: string, after = balance) => ({
    dryRun: true,
    memberId: 'm1',
    decisions: [{ id: 'd', number: 1, what: 'merge' as const, memberId: 'm1', into }],
    documents: 3,
    balances: [{ memberId: into, before: none, after }],
  })

  it('is the same whatever its decision is called, how many documents it takes, and what id a new member gets', () => {
    const [decision] = outcome('m2').decisions
    const again = { ...outcome('m2'), documents: 4, decisions: [{ ...decision!, id: 'd-other', number: 2 }] }
    expect(isSameOutcome(outcome('m2'), again)).toBe(true)
    expect(isSameOutcome(outcome('r-1'), outcome('r-2'))).toBe(true)
  })

  it('is another where it is about somebody else, or where the balances are others', () => {
    expect(isSameOutcome(outcome('m2'), outcome('m3'))).toBe(false)
    expect(isSameOutcome(outcome('m2'), outcome('m2', none))).toBe(false)
  })
})
