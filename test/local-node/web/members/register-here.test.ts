import { describe, expect, it } from 'vitest'
import { registerHere, type Registering } from '../../../../local-node/web/members/register-here.ts'
import { members, refuseMember } from '../../../../schemas/collections/members.ts'
import type { Doc } from '../../../../schemas/json.ts'
import type { ChainKey } from '../../../../schemas/member-id.ts'
import { ChainOfMembers, NEW, OLD } from './chain-of-members.ts'

const person: Registering = {
  name: 'Wang Wei',
  scope: 'shared',
  phone: OLD,
  branchId: 'b1',
  registrationId: 'g1',
  at: '2026-03-02T10:00:00.000Z',
}

describe('registering on a device', () => {
  it('makes the document that every other device makes', () => {
    const [one, other] = [new ChainOfMembers(), new ChainOfMembers()]
    const here = registerHere(one.here, person)!
    const there = registerHere(other.here, { ...person, registrationId: 'g2', branchId: 'b2' })!
    expect(here.id).toBe(there.id)
    expect(here.generation).toBe(0)
    expect(here.registrations).toEqual([{ id: 'g1', branchId: 'b1', at: person.at }])
  })

  it('writes what was told besides', () => {
    const more = { birthday: '1990-05-03', tags: ['vip'] }
    expect(registerHere(new ChainOfMembers().here, { ...person, more })).toMatchObject({ name: 'Wang Wei', ...more })
  })

  it('makes none where somebody holds the number', () => {
    const chain = new ChainOfMembers()
    chain.changePhone(chain.add('Li Na', NEW), OLD)
    expect(registerHere(chain.here, person)).toBeUndefined()
  })

  it('makes another person of a number that is over, and says what it had seen', () => {
    const chain = new ChainOfMembers()
    const before = chain.add('Li Na', OLD)
    chain.changePhone(before, NEW)
    const member = registerHere(chain.here, person)!
    expect(member.id).not.toBe(before.id)
    expect(member).toMatchObject({ generation: 1, registrations: [{ seen: 1 }] })
    expect(refuseMember(member as unknown as Doc, 'ab'.repeat(32) as ChainKey)).toBeUndefined()
    expect(members.schema.required!.every((field) => field in member)).toBe(true)
  })
})
