import { describe, expect, it } from 'vitest'
import { mayRemove, newestFollowUps } from '../../../../local-node/web/members/member-follow-up.ts'

const one = { id: 'f1', at: '2026-03-01T10:00:00.000Z', by: 'Li Na', text: 'called' }

describe('follow-ups of a member', () => {
  it('stand with the newest first, in one order on every device', () => {
    const [later, same] = [
      { ...one, id: 'f2', at: '2026-03-02T10:00:00.000Z' },
      { ...one, id: 'f3' },
    ]
    expect(newestFollowUps([one, later, same])).toEqual([later, same, one])
    expect(newestFollowUps([same, one, later])).toEqual([later, same, one])
  })

  it('are taken off by who wrote them or by a manager', () => {
    expect(mayRemove(one, { name: 'Li Na', role: 'cashier' })).toBe(true)
    expect(mayRemove(one, { name: 'Wang Wei', role: 'cashier' })).toBe(false)
    expect(mayRemove(one, { name: 'Zhang Min', role: 'manager' })).toBe(true)
    expect(mayRemove(one, undefined)).toBe(false)
  })
})
