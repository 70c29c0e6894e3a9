import { describe, expect, it } from 'vitest'
import { answersTo, followsFrom, isPhoneTyped, kindOf } from '../../../cloud-node/web/members/member-text.ts'

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
