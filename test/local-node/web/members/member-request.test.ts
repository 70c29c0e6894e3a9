import { beforeEach, describe, expect, it } from 'vitest'
import { newRequest, phoneWish, requestsAbout, wantedBy } from '../../../../local-node/web/members/member-request.ts'
import type { MemberCard } from '../../../../local-node/web/members/member-card.ts'
import { requests } from '../../../../schemas/collections/requests.ts'
import { decidePhone } from '../../../../schemas/decide-identity.ts'
import type { Doc } from '../../../../schemas/json.ts'
import type { ChainKey } from '../../../../schemas/member-id.ts'
import { ChainOfMembers, NEW, OLD } from './chain-of-members.ts'

const asking = { id: 'q1', branchId: 'b1', at: '2026-03-02T10:00:00.000Z' }

let chain: ChainOfMembers
let member: MemberCard

beforeEach(() => {
  chain = new ChainOfMembers()
  member = chain.add('Li Na', OLD)
})

describe('asking headquarters for a change of phone', () => {
  it('is granted by what it says, as long as nobody else has the number', () => {
    const request = newRequest(chain.here, member, { what: 'phone', to: NEW }, asking)
    expect(request).toMatchObject({
      memberId: member.id,
      to: NEW,
      from: member.id,
      registrations: ['g-Li Na'],
      seen: 0,
    })
    expect(requests.refuse!(request as unknown as Doc, '' as ChainKey)).toBeUndefined()
    expect(decidePhone(chain.here.world, request)).toMatchObject({ verdict: 'grant', memberId: member.id })
  })

  it('gives up the number that the member holds today, not the one that it was registered with', () => {
    chain.changePhone(member, NEW)
    const today = chain.here.today(member.id)!
    const request = newRequest(chain.here, today, { what: 'phone', to: OLD }, asking)
    expect(request.from).toBe(chain.here.standing('shared', NEW).id)
    expect(request.seen).toBe(1)
    expect(decidePhone(chain.here.world, request).verdict).toBe('grant')
  })

  it('is told beforehand of the number that it has already, and of who has the wanted one', () => {
    const other = chain.add('Wang Wei', NEW)
    expect(phoneWish(chain.here, member, OLD)).toEqual({ kind: 'own' })
    expect(phoneWish(chain.here, member, NEW)).toEqual({ kind: 'taken', holder: other.id })
    chain.byId.delete(other.id)
    expect(phoneWish(chain.here, member, NEW)).toEqual({ kind: 'free' })
  })

  it('shows to whoever types the wanted number that somebody waits for it, until it is decided', () => {
    const request = newRequest(chain.here, member, { what: 'phone', to: NEW }, asking)
    expect(wantedBy(chain.here, NEW, [request, request])).toEqual([member])
    expect(wantedBy(chain.here, OLD, [request])).toEqual([])
    expect(wantedBy(chain.here, NEW, [{ ...request, state: 'refused' }])).toEqual([])
  })
})

describe('the requests about a member', () => {
  it('are also those that were made for a member that has become part of it, the newest first', () => {
    const other = chain.add('Li Na (new)', NEW)
    const first = newRequest(chain.here, member, { what: 'delete' }, asking)
    const second = newRequest(
      chain.here,
      other,
      { what: 'share' },
      { ...asking, id: 'q2', at: '2026-03-03T10:00:00.000Z' },
    )
    expect(requestsAbout(chain.here, other.id, [first, second]).map(({ id }) => id)).toEqual(['q2'])
    chain.merge(member, other)
    expect(requestsAbout(chain.here, other.id, [first, second]).map(({ id }) => id)).toEqual(['q2', 'q1'])
  })
})
