import { beforeEach, describe, expect, it } from 'vitest'
import { searchMembers } from '../../../../local-node/web/members/member-search.ts'
import type { E164Phone } from '../../../../schemas/brand.ts'
import { ChainOfMembers, NEW, OLD } from './chain-of-members.ts'

let chain: ChainOfMembers

beforeEach(() => {
  chain = new ChainOfMembers()
})

function found(text: string): string[] | 'free' | 'empty' {
  const search = searchMembers(text, 'CN', chain.here, chain.byId)
  return 'matches' in search ? search.matches.map(({ name }) => name) : search.kind
}

describe('searching members on a device', () => {
  it('finds whoever holds a number today, and the number before is free', () => {
    chain.changePhone(chain.add('Li Na', OLD), NEW)
    expect(found('139 0013 9000')).toEqual(['Li Na'])
    expect(found('138 0013 8000')).toBe('free')
  })

  it('finds by a part of a number that is held, not by one that is over', () => {
    chain.changePhone(chain.add('Li Na', OLD), NEW)
    expect(found('1390')).toEqual(['Li Na'])
    expect(found('1380')).toEqual([])
  })

  it('finds by name and number together, in any order, and by the parts of a masked number', () => {
    chain.add('Li Na', OLD)
    chain.add('Li Wei', NEW)
    for (const text of ['li 1390', '1390 LI', 'wei li', '139****9000', '9000 139'])
      expect(found(text)).toEqual(['Li Wei'])
    expect(found('na 1390')).toEqual([])
  })

  it('finds by digits that stand in a name', () => {
    chain.add('Hotel 1908', OLD)
    chain.add('Li Wei', NEW)
    for (const text of ['1908', 'hotel 1908', '1908 hotel', 'hotel 1908 1380'])
      expect(found(text)).toEqual(['Hotel 1908'])
    expect(found('hotel 1909')).toEqual([])
  })

  it('knows who has a number that is typed beside a name, and which name is meant for a free one', () => {
    chain.add('Li Na', OLD)
    expect(found('Wang 138 0013 8000')).toEqual(['Li Na'])
    for (const text of ['Wang Wei 139 0013 9000', '13900139000 Wang Wei']) {
      expect(searchMembers(text, 'CN', chain.here, chain.byId)).toMatchObject({ kind: 'free', name: 'Wang Wei' })
    }
  })

  it('puts those first whose name or number begins or ends with what is typed, and tells that there are more', () => {
    for (let n = 0; n < 20; n++) chain.add(`Mali ${n}`, `+86138001380${10 + n}` as E164Phone)
    chain.add('Li Na', NEW)
    const search = searchMembers('li', 'CN', chain.here, chain.byId)
    expect(search).toMatchObject({ hasMore: true, matches: { length: 8, 0: { name: 'Li Na' } } })
    expect(searchMembers('9000', 'CN', chain.here, chain.byId)).toMatchObject({ hasMore: false })
  })

  it('finds the member that another has become part of, by both numbers and once by name', () => {
    const other = chain.add('Li Na', NEW)
    chain.merge(chain.add('Li Na (old)', OLD), other)
    expect(found('13800138000')).toEqual(['Li Na'])
    expect(found('13900139000')).toEqual(['Li Na'])
    expect(found('li na')).toEqual(['Li Na'])
  })

  it('finds a merged member no longer by name when the decision is here before the published field', () => {
    const one = chain.add('Li Na (old)', OLD)
    chain.merge(one, chain.add('Li Na', NEW))
    chain.byId.set(one.id, one)
    expect(found('old')).toEqual([])
  })

  it('shows the private member of the branch before the shared one', () => {
    chain.add('Shared', OLD)
    chain.add('Private', OLD, 'b1')
    expect(found('13800138000')).toEqual(['Private', 'Shared'])
  })

  it("offers no registration of a number whose holder's document has not come", () => {
    const member = chain.add('Li Na', OLD)
    chain.changePhone(member, NEW)
    chain.byId.delete(member.id)
    expect(found('13900139000')).toEqual([])
    expect(searchMembers('13900139000', 'CN', chain.here, chain.byId).kind).toBe('known')
  })

  it('knows a released number as free and its record by name', () => {
    chain.release(chain.add('Li Na', OLD))
    expect(found('13800138000')).toBe('free')
    expect(found('Li')).toEqual(['Li Na'])
  })
})

describe('an id that somebody kept', () => {
  it('stands for the member of today', () => {
    const one = chain.add('Li Na (old)', OLD)
    const other = chain.add('Li Na', NEW)
    chain.merge(one, other)
    expect(chain.here.today(one.id)?.name).toBe('Li Na')
    expect(chain.here.today('nobody')).toBeUndefined()
  })

  it('does so before the decision has come, by what is published on the member', () => {
    const other = chain.add('Li Na', NEW)
    const one = chain.add('Li Na (old)', OLD, 'shared', { currentId: other.id })
    expect(chain.here.today(one.id)?.name).toBe('Li Na')
    expect(chain.here.isItself(one)).toBe(false)
  })

  it('is found in orders that were written for it', () => {
    const one = chain.add('Li Na (old)', OLD)
    const other = chain.add('Li Na', NEW)
    chain.merge(one, other)
    expect(chain.here.memberOf({ memberId: one.id, registrationId: 'g-Li Na (old)' })).toBe(other.id)
    expect(chain.here.memberOf({})).toBeUndefined()
  })
})
