/** The views against `memberOfDocument`, over whatever headquarters may decide. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdentityBook } from '../../../adapters/identity/identity-book.ts'
import { MembersHere } from '../../../adapters/identity/members-here.ts'
import { createChangeFeed } from '../../../adapters/sqlite/store-change-feed.ts'
import type { MemberDocument } from '../../../schemas/collections/members.ts'
import { isLiveMember, liveRegistrations } from '../../../schemas/decide-identity.ts'
import { memberOfDocument } from '../../../schemas/identity.ts'
import type { Doc } from '../../../schemas/json.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import type { MemberAction } from '../../../schemas/protocol/identity.ts'
import { openHeadquarters } from '../../support/member-desks.ts'
import { createMirrorFixture, order } from './mirror-fixture.ts'

const PEOPLE = 3
const person = fc.nat({ max: PEOPLE - 1 })
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('merge' as const), who: person, other: person }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('split' as const), who: person, other: person }) },
  fc.record({ do: fc.constant('phone' as const), who: person, other: person }),
  fc.record({ do: fc.constantFrom('release', 'delete', 'revive', 'erase', 'register'), who: person, other: person }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

test('the mirror finds for every order the member that the decisions say, or nobody where that one has no row', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'outpost-todays-member-'))
  const headquarters = openHeadquarters(folder)
  const { desk, replica, put } = headquarters
  const { world } = new MembersHere(replica, new IdentityBook(replica.store))
  await using fixture = await createMirrorFixture()
  const mirror = fixture.start({ feed: createChangeFeed(replica.store) })
  let numbers = 0
  const phone = () => `+86138${String(10_000_000 + ++numbers)}`

  /** What the branches could write orders for: every living record with each registration of it, and with a new one. */
  const writeOrders = (ids: readonly string[], run: Map<string, readonly [string, string | undefined]>): void => {
    for (const memberId of ids) {
      const member = world.member(memberId)
      if (!isLiveMember(member)) continue
      for (const registrationId of [...liveRegistrations(member as unknown as Doc), undefined, 'g-unheard-of']) {
        const id = `${memberId}/${registrationId ?? ''}`
        if (run.has(id)) continue
        run.set(id, [memberId, registrationId])
        put('orders', order(id, [], { memberId, ...(registrationId !== undefined && { registrationId }) }))
      }
    }
  }

  const perform = ({ do: what, who, other }: Step, ids: string[]): void => {
    const id = ids[who]!
    const action = (): MemberAction => {
      if (what === 'merge') return { do: 'merge', into: ids[other]! }
      if (what === 'phone') return { do: 'phone', to: phone() }
      if (what !== 'split') return { do: what as 'release' }
      const registrations = liveRegistrations((world.member(ids[other]!) ?? {}) as Doc)
      return { do: 'split', registrations }
    }
    if (what === 'register') {
      const stored = world.member(id)
      if (!isLiveMember(stored) || stored.closed === true) return
      const one = { id: `g-${who}-${++numbers}`, branchId: 'b2', at: replica.clock.now() }
      put('members', { id, registrations: [...stored.registrations, one] })
      return
    }
    const outcome = desk.act(id, action())
    if (!ids.includes(outcome.memberId)) ids.push(outcome.memberId)
  }

  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
    const ids = Array.from({ length: PEOPLE }, (_, i) => headquarters.member(`Person ${i}`, phone(), 'b1'))
    const written = new Map<string, readonly [string, string | undefined]>()
    writeOrders(ids, written)
    for (const one of steps) {
      try {
        perform(one, ids)
      } catch (error) {
        // A decision that contradicts an earlier one is refused, and changes nothing.
        if (!(error instanceof OutpostError)) throw error
      }
      writeOrders(ids, written)
    }
    await mirror.level()
    const rows = await fixture.db.query<{ id: string; current: string | null }>(
      `SELECT id, current_member_id AS current FROM order_with_member WHERE member_id IN (${ids.map(() => '?').join()})`,
      ids,
    )
    expect(rows).toHaveLength(written.size)
    const found = Object.fromEntries(rows.map(({ id, current }) => [id, current]))
    const decided = [...written].flatMap(([id, [memberId, registrationId]]) => {
      const current = memberOfDocument(world, memberId, registrationId)
      return [[id, current !== undefined && isLiveMember(world.member(current)) ? current : null]]
    })
    expect(found).toMatchObject(Object.fromEntries(decided))
    expect(found).toEqual(Object.fromEntries(decided))
    const people = ids.filter(
      (id) => isLiveMember(world.member(id)) && (world.member(id) as MemberDocument).currentId === undefined,
    )
    const shown = await fixture.db.query<{ id: string }>(
      `SELECT id FROM member_current WHERE id IN (${ids.map(() => '?').join()})`,
      ids,
    )
    expect(shown.map(({ id }) => id).toSorted()).toEqual(people.toSorted())
  })
  try {
    await fc.assert(property, { numRuns: 25 })
  } finally {
    await mirror.stop()
    headquarters.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
