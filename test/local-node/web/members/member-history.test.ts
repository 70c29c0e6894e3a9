import { describe, expect, it } from 'vitest'
import { endOfMember, memberHistory } from '../../../../local-node/web/members/member-history.ts'
import { ChainOfMembers, NEW, OLD } from './chain-of-members.ts'

describe('how a member came to be who it is', () => {
  it('tells who became part of it and when, and which number is over', () => {
    const chain = new ChainOfMembers()
    const one = chain.add('Li Na (old)', OLD)
    const other = chain.add('Li Na', NEW)
    chain.merge(one, other, '2026-04-01T10:00:00.000Z')
    chain.release(chain.byId.get(other.id)!, '2026-05-01T10:00:00.000Z')
    const history = memberHistory(chain.here, chain.byId.get(other.id)!)
    expect(history.map(({ kind, at }) => [kind, at?.slice(0, 10)])).toEqual([
      ['registered', '2026-03-01'],
      ['merged', '2026-04-01'],
      ['over', '2026-05-01'],
      ['over', '2026-05-01'],
    ])
    expect(history[1]).toMatchObject({ member: { name: 'Li Na (old)' } })
  })

  it('puts in front what tells no time', () => {
    const chain = new ChainOfMembers()
    const registrations = [
      { id: 'g1', branchId: 'b1', at: '2026-03-01T10:00:00.000Z' },
      { id: 'g2', branchId: 'b2' },
    ]
    const member = chain.add('Li Na', OLD, 'shared', { registrations })
    expect(memberHistory(chain.here, member).map(({ at }) => at)).toEqual([undefined, registrations[0]!.at])
  })

  it('tells how headquarters ended a member that is here no more, unless it was brought back', () => {
    const chain = new ChainOfMembers()
    const { id } = chain.add('Li Na', OLD)
    expect(endOfMember(chain.here, id)).toBeUndefined()
    chain.decide('delete', id, '2026-04-01T10:00:00.000Z')
    chain.decide('revive', id, '2026-04-02T10:00:00.000Z')
    expect(endOfMember(chain.here, id)).toBeUndefined()
    chain.decide('erase', id, '2026-04-03T10:00:00.000Z')
    expect(endOfMember(chain.here, id)).toEqual({ what: 'erase', at: '2026-04-03T10:00:00.000Z' })
  })
})
