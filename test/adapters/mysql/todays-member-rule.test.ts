/** The views against `memberOfDocument`, over whatever the members' documents may say after decisions. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memberOfDocument, type IdentityView } from '../../../schemas/identity.ts'
import { createMirrorFixture, member, order } from './mirror-fixture.ts'

const IDS = [0, 1, 2, 3, 4] as const
const place = fc.constantFrom(...IDS)

/** What has become of an id: it stands for itself, or has become part of another; its number may be over. */
const record = fc.record({
  isGone: fc.boolean(),
  into: fc.option(place, { nil: undefined }),
  closed: fc.boolean(),
})
/** Where a registration was made, and whose it is by now where it was taken out of that. */
const registration = fc.record({ madeAt: place, movedTo: fc.option(place, { nil: undefined }) })
const state = fc.record({
  records: fc.tuple(record, record, record, record, record),
  registrations: fc.array(registration, { maxLength: 5 }),
})

test('the mirror finds for every order the member that the decisions say, and each order once', async () => {
  await using fixture = await createMirrorFixture()
  const { feed, db } = fixture
  const mirror = fixture.start()
  let runs = 0

  const property = fc.asyncProperty(state, async ({ records, registrations }) => {
    const run = ++runs
    const idAt = (at: number) => `m${run}-${at}`
    const recordAt = (at: number) => records[at]!
    const isLeading = (at: number) => recordAt(at).into === undefined || recordAt(at).into === at
    // A redirect leads to a member that leads nowhere else.
    const currentOf = (at: number) => (!isLeading(at) && isLeading(recordAt(at).into!) ? recordAt(at).into! : at)
    const owned = registrations.map(({ madeAt, movedTo }, i) => ({
      id: `r${run}-${i}`,
      madeAt,
      home: movedTo ?? madeAt,
    }))
    // It stands with its owner, and with the member that the owner has become part of.
    const registrationsAt = (at: number) => owned.filter(({ home }) => home === at || currentOf(home) === at)
    const knownAt = (at: number) => registrationsAt(currentOf(at)).map(({ id }) => id)
    const view: IdentityView = {
      redirectOf: (id) => IDS.map(currentOf).map(idAt)[IDS.map(idAt).indexOf(id)],
      numberOf: (id) => {
        const at = IDS.map(idAt).indexOf(id)
        return at < 0 ? undefined : { id, closed: recordAt(at).closed, known: knownAt(at) }
      },
      homeOf: (id) =>
        owned.filter(({ id: own, madeAt, home }) => own === id && madeAt !== home).map(({ home }) => idAt(home))[0],
    }

    // Deleting a member that is part of another deletes nobody.
    const isGone = (at: number) => recordAt(at).isGone && currentOf(at) === at
    const living = IDS.filter((at) => !isGone(at))
    for (const at of living) {
      const current = currentOf(at)
      feed.put(
        'members',
        member(idAt(at), {
          ...(current !== at && { currentId: idAt(current) }),
          ...(recordAt(at).closed && { closed: true }),
          registrations: registrationsAt(at).map(({ id }) => ({ id, branchId: 'b1' })),
        }),
      )
    }
    const expected = new Map<string, string | null>()
    const write = (at: number, registrationId: string | undefined): void => {
      const id = `o${run}-${at}/${registrationId ?? ''}`
      const memberId = idAt(at)
      const found = memberOfDocument(view, memberId, registrationId)
      expected.set(id, living.map(idAt).find((one) => one === found) ?? null)
      feed.put('orders', order(id, [], { memberId, ...(registrationId !== undefined && { registrationId }) }))
    }
    for (const at of IDS) {
      write(at, undefined)
      write(at, 'unheard-of')
    }
    for (const { id, madeAt, home } of owned) {
      // Once its owner is gone no member's document tells that it was taken out; decisions, which do, are not mirrored.
      if (isGone(home) && madeAt !== home) continue
      for (const at of new Set([madeAt, home, currentOf(home)])) write(at, id)
    }

    await mirror.level()
    const rows = await db.query<{ id: string; current: string | null }>(
      'SELECT id, current_member_id AS current FROM order_with_member WHERE id LIKE ?',
      [`o${run}-%`],
    )
    expect(rows).toHaveLength(expected.size)
    expect(Object.fromEntries(rows.map(({ id, current }) => [id, current]))).toEqual(Object.fromEntries(expected))
    const people = await db.query<{ id: string }>('SELECT id FROM member_current WHERE id LIKE ?', [`m${run}-%`])
    expect(people.map(({ id }) => id).toSorted()).toEqual(living.filter((at) => currentOf(at) === at).map(idAt))
  })
  await fc.assert(property, { numRuns: 60 })
})
