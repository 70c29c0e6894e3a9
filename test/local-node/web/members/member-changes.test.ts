import { describe, expect, it } from 'vitest'
import { readBirthday, readChanges } from '../../../../local-node/web/members/member-changes.ts'

const TODAY = '2026-03-01'
const member = { name: 'Li Na', email: 'na@example.org', note: 'likes tea', birthday: '3 May' }

describe('what was typed about a member', () => {
  it('changes what differs from what is there, and nothing else', () => {
    const { change, problems } = readChanges(member, { name: ' Li Na ', note: 'likes coffee' }, TODAY)
    expect(change).toEqual({ note: 'likes coffee' })
    expect(problems).toEqual({})
  })

  it('empties a field, but not the name', () => {
    const { change, problems } = readChanges(member, { email: ' ', address: '', name: ' ' }, TODAY)
    expect(change).toEqual({ email: undefined })
    expect('email' in change).toBe(true)
    expect(problems).toEqual({ name: 'missing' })
  })

  it('says at the field what is no address and no day', () => {
    const { change, problems } = readChanges(member, { email: 'na@', birthday: '1990-02-30', note: 'x' }, TODAY)
    expect(problems).toEqual({ email: 'email', birthday: 'birthday' })
    expect(change).toEqual({ note: 'x' })
  })

  it('leaves an imported birthday alone that nobody could type, until somebody types another one', () => {
    expect(readChanges(member, { birthday: '3 May' }, TODAY)).toEqual({ change: {}, problems: {} })
    expect(readChanges(member, { birthday: '1990/5/3' }, TODAY).change).toEqual({ birthday: '1990-05-03' })
  })
})

describe('a birthday', () => {
  it.each(['1990-5-3', '1990/05/03', '1990.5.3', '19900503', '1990年5月3日', '１９９０-05-03'])(
    'is read from %s',
    (text) => {
      expect(readBirthday(text, TODAY)).toBe('1990-05-03')
    },
  )

  it.each(['1990', '5-3', '1990-13-01', '1899-12-31', '2026-03-02', '90-5-3', 'May'])('is none in %s', (text) => {
    expect(readBirthday(text, TODAY)).toBeUndefined()
  })
})
