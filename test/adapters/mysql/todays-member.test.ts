/** Today's member of orders and movements, as the views of the mirror find it. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createMirrorFixture, member, order, type MirrorFixture } from './mirror-fixture.ts'
import type { Doc } from '../../../schemas/json.ts'

const at = '2024-05-01T09:00:00.000Z'

function registrations(...ids: string[]): Doc[] {
  return ids.map((id) => ({ id, branchId: 'b1', at }))
}

function movement(id: string, fields: Doc): Doc {
  return { id, branchId: 'b1', kind: 'topup', points: 0, value: 5000, at, ...fields }
}

/** `member/registration;`, as no id of the mirror ends with a space. */
function nameOf(memberId: string, registrationId?: string): string {
  return `${memberId}${registrationId === undefined ? '' : `/${registrationId}`};`
}

/** An order and a movement for each pair, named after it. */
function writeFor(fixture: MirrorFixture, ...pairs: [memberId: string, registrationId?: string][]): void {
  for (const [memberId, registrationId] of pairs) {
    const id = nameOf(memberId, registrationId)
    const fields = { memberId, ...(registrationId !== undefined && { registrationId }) }
    fixture.feed.put('orders', order(id, [], fields))
    fixture.feed.put('movements', movement(id, fields))
  }
}

/** Whose each document is by the views; both collections must say the same, each document once. */
async function membersFound({ db, feed }: MirrorFixture): Promise<Record<string, string | null>> {
  interface Found {
    readonly id: string
    readonly current: string | null
  }
  const columns = 'id, current_member_id AS current'
  const orders = await db.query<Found>(`SELECT ${columns} FROM order_with_member ORDER BY id`)
  const movements = await db.query<Found>(`SELECT ${columns} FROM movement_with_member ORDER BY id`)
  expect(movements).toEqual(orders)
  const written = [...feed.all().values()].filter(({ collection }) => collection === 'orders')
  expect(orders).toHaveLength(written.length)
  return Object.fromEntries(orders.map(({ id, current }) => [id, current]))
}

describe("today's member in the mirror", () => {
  test('is found from any id ever used, and from a registration that has moved to another member', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    feed.put(
      'members',
      member('ada', { name: 'Ada', registrations: registrations('r-ada', 'r-twin') }),
      // Has become part of Ada, who has its registration too.
      member('twin', { currentId: 'ada', registrations: registrations('r-twin') }),
      member('eve', { name: 'Eve', scope: 'b1', registrations: registrations('r-eve') }),
    )
    writeFor(
      fixture,
      ['ada', 'r-ada'],
      ['ada', 'r-twin'],
      ['twin', 'r-twin'],
      ['twin'],
      ['eve', 'r-eve'],
      ['ada', 'r-new'],
    )
    writeFor(fixture, ['nobody', 'r-none'], ['nobody'], ['ada', ''])
    feed.put('orders', order('without', []))
    feed.put('movements', movement('without', {}))
    await mirror.level()
    expect(await membersFound(fixture)).toEqual({
      'ada/r-ada;': 'ada',
      'ada/r-twin;': 'ada',
      'twin/r-twin;': 'ada',
      'twin;': 'ada',
      'eve/r-eve;': 'eve',
      'ada/r-new;': 'ada',
      'nobody/r-none;': null,
      'nobody;': null,
      'ada/;': 'ada',
      without: null,
    })
    expect(
      await db.query(
        "SELECT member_id, registration_id, current_member_name, current_member_scope FROM order_with_member WHERE id IN ('twin/r-twin;', 'eve/r-eve;') ORDER BY id",
      ),
    ).toEqual([
      { member_id: 'eve', registration_id: 'r-eve', current_member_name: 'Eve', current_member_scope: 'b1' },
      { member_id: 'twin', registration_id: 'r-twin', current_member_name: 'Ada', current_member_scope: 'shared' },
    ])
    expect(
      await db.query('SELECT * FROM member_registration WHERE registration_id = ? ORDER BY 1', ['r-twin']),
    ).toEqual([
      expect.objectContaining({ member_id: 'ada', branch_id: 'b1', registered_at: '2024-05-01 09:00:00.000' }),
      expect.objectContaining({ member_id: 'twin', branch_id: 'b1', registered_at: '2024-05-01 09:00:00.000' }),
    ])

    // A wrong merge: the registration is taken out of Ada, and the twin stands for itself again.
    feed.put('members', member('ada', { registrations: registrations('r-ada') }))
    feed.put('members', member('twin', { registrations: registrations('r-twin') }))
    // And one of two persons who had registered one number is told apart.
    feed.put('members', member('eve', { scope: 'b1', registrations: [] }))
    feed.put('members', member('r-other', { scope: 'b1', registrations: registrations('r-eve') }))
    await mirror.level()
    expect(await membersFound(fixture)).toMatchObject({
      'ada/r-ada;': 'ada',
      'ada/r-twin;': 'twin',
      'twin/r-twin;': 'twin',
      'twin;': 'twin',
      'eve/r-eve;': 'r-other',
    })
  })

  test('is nobody while a registration is held under a closed number, and nobody where the member is gone', async () => {
    await using fixture = await createMirrorFixture()
    const { feed } = fixture
    const mirror = fixture.start()
    feed.put(
      'members',
      member('over', { closed: true, released: true, phones: [], registrations: registrations('r-known') }),
      member('gone', { registrations: registrations('r-gone') }),
      member('led', { currentId: 'gone', registrations: registrations('r-led') }),
    )
    writeFor(fixture, ['over', 'r-known'], ['over', 'r-unknown'], ['over'], ['over', ''])
    writeFor(fixture, ['gone', 'r-gone'], ['gone'], ['led', 'r-led'], ['led'])
    feed.remove('members', 'gone')
    await mirror.level()
    expect(await membersFound(fixture)).toEqual({
      'over/r-known;': 'over',
      'over/r-unknown;': null,
      'over;': 'over',
      'over/;': 'over',
      'gone/r-gone;': null,
      'gone;': null,
      'led/r-led;': null,
      'led;': null,
    })

    // A person takes the held registration in, and the deleted member comes back.
    feed.put('members', member('new', { registrations: registrations('r-unknown') }))
    feed.put('members', member('gone', { registrations: registrations('r-gone', 'r-led') }))
    await mirror.level()
    expect(await membersFound(fixture)).toMatchObject({
      'over/r-unknown;': 'new',
      'over;': 'over',
      'gone/r-gone;': 'gone',
      'led/r-led;': 'gone',
      'led;': 'gone',
    })
  })

  test('is one only where a registration stands with two members: the one that the document was written for', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = fixture.start()
    for (const id of ['a', 'b', 'c'])
      fixture.feed.put('members', member(id, { registrations: registrations('r', 'r') }))
    writeFor(fixture, ['a', 'r'], ['b', 'r'], ['c', 'r'], ['nobody', 'r'])
    fixture.feed.put('orders', order('no member', [], { registrationId: 'r' }))
    fixture.feed.put('movements', movement('no member', { registrationId: 'r' }))
    await mirror.level()
    expect(await membersFound(fixture)).toEqual({
      'a/r;': 'a',
      'b/r;': 'b',
      'c/r;': 'c',
      'nobody/r;': 'a',
      'no member': 'a',
    })
  })

  test('is not another one whose id MySQL takes for the same', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = fixture.start()
    fixture.feed.put(
      'members',
      member('ada', { registrations: registrations('r1') }),
      member('eve', { registrations: registrations('r1 ') }),
      member('led', { currentId: 'ada ', registrations: [] }),
    )
    writeFor(fixture, ['ada '], ['ada ', 'r1'], ['ada', 'r1 '], ['ADA'], ['led'], ['ada', 'r1  '])
    await mirror.level()
    expect(await membersFound(fixture)).toEqual({
      'ada ;': null,
      'ada /r1;': 'ada',
      'ada/r1 ;': 'eve',
      'ADA;': null,
      'led;': null,
      'ada/r1  ;': 'ada',
    })
  })

  test('counts people once, with the number that each holds today', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    const mirror = fixture.start()
    const phone = '+4915100000001'
    feed.put(
      'members',
      member('a', { phone }),
      member('b', { phone, currentId: 'a', phones: [phone] }),
      member('c', { phone, closed: true, phones: ['+4915100000003', '+4915100000002'] }),
      member('d', { phone, closed: true, phones: [], released: true }),
      member('e', { phone: undefined, phones: [phone] }),
      member('f', { phone: undefined, scope: 'b1' }),
      member('g', { phone, closed: true }),
      member('h', { phone }),
    )
    feed.remove('members', 'h')
    await mirror.level()
    expect(
      await db.query('SELECT id, scope, current_id, phone, registered_phone, released FROM member_current ORDER BY id'),
    ).toEqual([
      { id: 'a', scope: 'shared', current_id: null, phone, registered_phone: phone, released: 0 },
      { id: 'c', scope: 'shared', current_id: null, phone: '+4915100000003', registered_phone: phone, released: 0 },
      { id: 'd', scope: 'shared', current_id: null, phone: null, registered_phone: phone, released: 1 },
      { id: 'e', scope: 'shared', current_id: null, phone, registered_phone: null, released: 0 },
      { id: 'f', scope: 'b1', current_id: null, phone: null, registered_phone: null, released: 0 },
      { id: 'g', scope: 'shared', current_id: null, phone: null, registered_phone: phone, released: 0 },
    ])
    expect(await db.query('SELECT id, member_id, closed FROM member_xref ORDER BY id')).toEqual([
      { id: 'a', member_id: 'a', closed: 0 },
      { id: 'b', member_id: 'a', closed: 0 },
      { id: 'c', member_id: 'c', closed: 1 },
      { id: 'd', member_id: 'd', closed: 1 },
      { id: 'e', member_id: 'e', closed: 0 },
      { id: 'f', member_id: 'f', closed: 0 },
      { id: 'g', member_id: 'g', closed: 1 },
    ])
  })

  test('is whose the larger id says where two decisions have one number, as at every node, and each order is there once', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    for (const id of ['m1', 'm2']) feed.put('members', member(id))
    feed.put('orders', order('o1', [], { memberId: 'm1', registrationId: 'r1' }))
    const facts = { number: 1, scope: 'shared', what: 'merge', memberId: 'm1', at: '2026-06-01T09:00:00.000Z' }
    for (const [id, to] of [
      ['d2', 'm2'],
      ['d1', 'm1'],
    ] as const) {
      feed.put('decisions', { id, ...facts, into: to, homes: [{ registrationId: 'r1', to }] })
    }
    await fixture.start().level()
    expect(await db.query('SELECT id, current_member_id FROM order_with_member')).toEqual([
      { id: 'o1', current_member_id: 'm2' },
    ])
  })

  test('is looked up through indexes, and so are all orders of one member by the query of the documentation', async () => {
    await using fixture = await createMirrorFixture()
    const { feed, db } = fixture
    for (let i = 0; i < 1000; i++) {
      // Every tenth has become part of the one before it, which has its registration too.
      const led = i % 10 === 1 ? { currentId: `m${i - 1}` } : {}
      const more = i % 10 === 0 ? [`r${i + 1}`] : []
      feed.put('members', member(`m${i}`, { ...led, registrations: registrations(`r${i}`, ...more) }))
    }
    for (let i = 0; i < 3000; i++) {
      const registered = i % 3 === 0 ? {} : { registrationId: `r${i % 1000}` }
      feed.put('orders', order(`o${i}`, [], { memberId: `m${i % 1000}`, ...registered }))
    }
    for (let i = 1; i < 1000; i += 10) {
      const home = { registrationId: `r${i}`, to: `m${i - 1}` }
      const facts = { what: 'merge', memberId: `m${i}`, into: `m${i - 1}`, at: '2026-06-01T09:00:00.000Z' }
      feed.put('decisions', { id: `d${i}`, number: i, scope: 'shared', ...facts, homes: [home] })
    }
    await fixture.start().level()
    await db.query('ANALYZE TABLE orders, member, member_xref, member_registration, registration_home')
    const accesses = async (sql: string, ...parameters: string[]) => {
      const plan = await db.query<{ table: string; type: string }>(`EXPLAIN ${sql}`, parameters)
      return plan.filter(({ table }) => !table.startsWith('<')).map(({ table, type }) => `${table} ${type}`)
    }
    const lookUps = ['h ref', 'hx eq_ref', 'r ref', 'rx eq_ref', 'dx eq_ref', 'm eq_ref', 'e ref', 'l ref']
    expect(await accesses('SELECT * FROM order_with_member')).toEqual(['d ALL', ...lookUps])
    expect(await accesses('SELECT * FROM order_with_member WHERE id = ?', 'o20')).toEqual(['d const', ...lookUps])

    // By the view alone every order is looked at: what a member's orders carry is only known from the member's side.
    const byView = 'SELECT id FROM order_with_member WHERE current_member_id = ?'
    expect(await accesses(byView, 'm20')).toContain('d ALL')
    const documented = ordersOfMemberQuery()
    const parameters = ['m20', 'm20', 'm20', 'm20']
    const found = await accesses(documented, ...parameters)
    expect(found.filter((access) => access.endsWith(' ALL') || access.endsWith(' index'))).toEqual([])
    const ids = async (sql: string, ...of: string[]) => (await db.query<{ id: string }>(sql, of)).map(({ id }) => id)
    const orders = await ids(documented, ...parameters)
    expect(orders.toSorted()).toEqual((await ids(byView, 'm20')).toSorted())
    expect(orders).toHaveLength(6)
  })
})

function ordersOfMemberQuery(): string {
  const page = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8')
  return /```sql\n(SELECT[\s\S]*?order_with_member[\s\S]*?)```/.exec(page)![1]!
}
