import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addBranchMemberRoutes } from '../../../adapters/http/branch-member-routes.ts'
import { addMemberRoutes } from '../../../adapters/http/member-routes.ts'
import type { BranchDesk } from '../../../adapters/identity/branch-desk.ts'
import type { RequestDocument } from '../../../schemas/collections/requests.ts'
import { compareText } from '../../../schemas/compare-text.ts'
import type { MemberOutcome, MemberPage, MemberView } from '../../../schemas/protocol/identity.ts'
import {
  openBranch,
  openHeadquarters,
  serve,
  type TestDesk,
  type TestHeadquarters,
} from '../../support/member-desks.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { testOrder } from '../../support/real-chain.ts'

let folder: { path: string; remove: () => void }
let server: { url: string; close: () => void }

beforeEach(() => {
  folder = temporaryFolder()
})

afterEach(() => {
  server.close()
  folder.remove()
})

interface Answer<T> {
  status: number
  body: T
}

async function call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await fetch(`${server.url}${path}`, { method, ...sent })
  return { status: response.status, body: (await response.json()) as T }
}

describe('the routes of headquarters for members', () => {
  let hq: TestHeadquarters
  let li: string
  let wang: string

  beforeEach(async () => {
    hq = openHeadquarters(folder.path)
    li = hq.member('Li', '+8613800138000', 'b1')
    wang = hq.member('Wang', '+8613800138001', 'b2')
    hq.put('orders', { ...testOrder('o1', 'b1', li), registrationId: 'g-b1-8000' })
    server = await serve((routes) => {
      routes.app.get('/api/members/negative', (_req, res) => void res.json([]))
      addMemberRoutes(routes, hq.desk)
    })
  })

  afterEach(() => {
    hq.close()
  })

  it('find members by how a name begins, a page at a time, and none that are part of another or deleted', async () => {
    const lin = hq.member('Lin', '+8613800138002', 'b1')
    const search = (body: object) => call<MemberPage>('POST', '/api/members/search', body)
    const first = await search({ name: 'Li', limit: 1 })
    expect(first.body.members).toMatchObject([{ id: li, name: 'Li', phones: ['138****8000'] }])
    const second = await search({ name: 'Li', limit: 1, after: first.body.next })
    expect(second.body.members).toMatchObject([{ id: lin }])
    expect(await search({ name: 'Li', after: second.body.next })).toEqual({ status: 200, body: { members: [] } })
    expect((await search({ name: 'W' })).body.members).toMatchObject([{ id: wang }])
    await call('POST', `/api/members/${li}/actions`, { do: 'merge', into: wang })
    await call('POST', `/api/members/${lin}/actions`, { do: 'delete' })
    expect((await search({ name: 'Li' })).body).toEqual({ members: [] })
    for (const wrong of [{}, { name: ' ' }, { name: 'Li', after: 'x' }, { name: 'Li', limit: 0 }]) {
      expect(await search(wrong)).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } })
    }
  })

  it('show a member by id, and by a phone that comes in a body, masked', async () => {
    const byId = await call<MemberView>('GET', `/api/members/${li}`)
    expect(byId).toMatchObject({
      status: 200,
      body: { id: li, name: 'Li', phones: ['138****8000'], balance: { points: 24, value: 0 } },
    })
    expect(await call('POST', '/api/members/find', { phone: '138 0013 8000' })).toEqual(byId)
    const elsewhere = await call('POST', '/api/members/find', { phone: '13800138000', scope: 'b1' })
    expect(elsewhere).toMatchObject({ status: 404, body: { code: 'MEMBER_UNKNOWN' } })
    expect(await call('POST', '/api/members/find', { phone: '12' })).toMatchObject({
      status: 422,
      body: { code: 'PHONE_INVALID', field: 'phone' },
    })
  })

  it('leave the addresses alone that have names of their own', async () => {
    expect(await call('GET', '/api/members/negative')).toEqual({ status: 200, body: [] })
  })

  it('list what counts for a member, under whatever id it was written', async () => {
    await call('POST', `/api/members/${li}/actions`, { do: 'merge', into: wang })
    const orders = await call<{ id: string }[]>('GET', `/api/members/${wang}/documents/orders`)
    expect(orders.body.map(({ id }) => id)).toEqual(['o1'])
    expect(orders.body[0]).toMatchObject({ memberId: li })
    expect(await call('GET', `/api/members/${li}/documents/movements`)).toEqual({ status: 200, body: [] })
    expect(await call('GET', `/api/members/${li}/documents/nonsense`)).toMatchObject({
      status: 404,
      body: { code: 'COLLECTION_UNKNOWN' },
    })
    expect(await call('GET', '/api/members/nobody/documents/orders')).toMatchObject({
      status: 404,
      body: { code: 'MEMBER_UNKNOWN' },
    })
  })

  it('show what an action would do and change nothing, and then do it', async () => {
    const merge = { do: 'merge', into: wang }
    const dry = await call<MemberOutcome>('POST', `/api/members/${li}/actions`, { ...merge, dryRun: true })
    expect(dry).toMatchObject({
      status: 200,
      body: { dryRun: true, decisions: [{ what: 'merge', memberId: li, into: wang }], member: { id: wang } },
    })
    expect(dry.body.balances).toContainEqual({
      memberId: wang,
      before: { points: 0, value: 0 },
      after: { points: 24, value: 0 },
    })
    expect((await call<MemberView>('GET', `/api/members/${li}`)).body.id).toBe(li)
    const done = await call<MemberOutcome>('POST', `/api/members/${li}/actions`, merge)
    expect({ ...done.body, decisions: [] }).toEqual({ ...dry.body, dryRun: false, decisions: [] })
    expect((await call<MemberView>('GET', `/api/members/${li}`)).body).toMatchObject({ id: wang, ids: [wang, li] })
    const audit = await call<object[]>('GET', `/api/members/${li}/audit`)
    expect(audit.body).toMatchObject([{ memberId: wang, otherId: li, theirs: { phone: '138****8000' } }])
  })

  it('lead an id of before a merge to that member again once it is split off, as often as the two are one, and the id that stays to the rest', async () => {
    const split = (registration: string) =>
      call<MemberOutcome>('POST', `/api/members/${wang}/actions`, { do: 'split', registrations: [registration] })
    const shown = async (id: string) => (await call<MemberView>('GET', `/api/members/${id}`)).body
    await call('POST', `/api/members/${li}/actions`, { do: 'merge', into: wang })
    expect((await split('g-b1-8000')).body.memberId).toBe(li)
    expect(await shown(li)).toMatchObject({ id: li, name: 'Li', ids: [li], balance: { points: 24 } })
    expect(await shown(wang)).toMatchObject({ id: wang, name: 'Wang', ids: [wang], balance: { points: 0 } })
    await call('POST', `/api/members/${li}/actions`, { do: 'merge', into: wang })
    const registered = (await shown(wang)).registrations.map(({ id }) => id)
    expect(registered.toSorted(compareText)).toEqual(['g-b1-8000', 'g-b2-8001'])
    expect(await split('g-b1-8000')).toMatchObject({ status: 200, body: { memberId: li } })
    await call('POST', `/api/members/${li}/actions`, { do: 'merge', into: wang })
    const { memberId } = (await split('g-b2-8001')).body
    expect(await shown(memberId)).toMatchObject({ name: 'Wang', ids: [memberId], balance: { points: 0 } })
    for (const id of [li, wang]) expect(await shown(id)).toMatchObject({ id: wang, balance: { points: 24 } })
  })

  it('refuse what does not fit and change nothing', async () => {
    const self = await call('POST', `/api/members/${li}/actions`, { do: 'merge', into: li })
    expect(self).toMatchObject({ status: 409, body: { code: 'MEMBER_CONFLICT' } })
    for (const body of [
      { do: 'explode' },
      { do: 'merge' },
      { do: 'delete', dryrun: true },
      { do: 'delete', dryRun: 'yes' },
      'delete',
      undefined,
    ]) {
      const wrong = await call('POST', `/api/members/${li}/actions`, body)
      expect([body, wrong]).toMatchObject([body, { status: 400, body: { code: 'BAD_REQUEST' } }])
    }
    expect(await call('GET', `/api/members/${'x'.repeat(129)}`)).toMatchObject({ status: 400 })
    expect((await call<MemberView>('GET', `/api/members/${li}`)).body).toMatchObject({ deleted: false, ids: [li] })
  })

  it('list what waits for a person, and decide it once', async () => {
    hq.ask({ id: 'q-1', what: 'merge', memberId: li, into: wang })
    hq.ask({ id: 'q-2', what: 'release', memberId: wang })
    const waiting = await call<RequestDocument[]>('GET', '/api/requests')
    expect(waiting.body.map(({ id, state, why }) => [id, state, why])).toEqual([
      ['q-1', 'held', 'needs-person'],
      ['q-2', 'held', 'needs-person'],
    ])
    const dry = await call('POST', '/api/requests/q-1/decide', { answer: 'grant', dryRun: true })
    expect(dry).toMatchObject({ status: 200, body: { dryRun: true, decisions: [{ what: 'merge' }] } })
    const refused = await call('POST', '/api/requests/q-1/decide', { answer: 'refuse', reason: 'two persons' })
    expect(refused).toMatchObject({ status: 200, body: { dryRun: false, decisions: [] } })
    expect((await call<RequestDocument[]>('GET', '/api/requests')).body.map(({ id }) => id)).toEqual(['q-2'])
    expect((await call<RequestDocument[]>('GET', '/api/requests?all=true')).body).toMatchObject([
      { id: 'q-1', state: 'refused', answer: 'two persons' },
      { id: 'q-2', state: 'held' },
    ])
    const twice = await call('POST', '/api/requests/q-1/decide', { answer: 'grant' })
    expect(twice).toMatchObject({ status: 409, body: { code: 'REQUEST_DECIDED' } })
    expect(await call('POST', '/api/requests/q-9/decide', { answer: 'grant' })).toMatchObject({ status: 404 })
    expect(await call('POST', '/api/requests/q-2/decide', { answer: 'merge' })).toMatchObject({
      status: 400,
      body: { field: 'into' },
    })
    expect(await call('GET', '/api/requests?all=maybe')).toMatchObject({ status: 400 })
  })
})

describe('the routes of a branch for members', () => {
  let branch: TestDesk<BranchDesk>

  beforeEach(async () => {
    branch = openBranch(folder.path)
    server = await serve((routes) => {
      routes.app.get('/api/members/:id/balance', (_req, res) => void res.json({ points: 1, value: 0 }))
      addBranchMemberRoutes(routes, branch.desk)
    })
  })

  afterEach(() => {
    branch.close()
  })

  const register = (body: object) => call<MemberView>('POST', '/api/members', body)

  it('register a person once and find them by phone, the private one first', async () => {
    const li = await register({ name: ' Li ', phone: '13800138000' })
    expect(li).toMatchObject({ status: 201, body: { name: 'Li', scope: 'shared', phones: ['138****8000'] } })
    const twice = await register({ name: 'Li', phone: '+86 138-0013-8000' })
    expect(twice).toMatchObject({ status: 409, body: { code: 'MEMBER_CONFLICT', field: 'phone' } })
    const own = await register({ name: 'Li', phone: '13800138000', private: true })
    expect(own.body.scope).toBe('b1')
    const found = await call<MemberView[]>('POST', '/api/members/find', { phone: '13800138000' })
    expect(found.body.map(({ scope }) => scope)).toEqual(['b1', 'shared'])
    expect(await call('POST', '/api/members/find', { phone: '13800138009' })).toEqual({ status: 200, body: [] })
    expect((await call<MemberView>('GET', `/api/members/${li.body.id}`)).body).toEqual(li.body)
    expect(await call('GET', `/api/members/${li.body.id}/balance`)).toMatchObject({ body: { points: 1 } })
    expect(await call('GET', '/api/members/nobody')).toMatchObject({ status: 404, body: { code: 'MEMBER_UNKNOWN' } })
  })

  it('refuse a registration that lacks something', async () => {
    for (const body of [
      { name: '', phone: '13800138000' },
      { name: 'Li' },
      { name: 'Li', phone: '13800138000', scope: 'b2' },
    ]) {
      expect([body, await register(body)]).toMatchObject([body, { status: 400, body: { code: 'BAD_REQUEST' } }])
    }
    expect(await register({ name: 'Li', phone: '110' })).toMatchObject({ status: 422, body: { code: 'PHONE_INVALID' } })
  })

  it('take requests for headquarters and list them', async () => {
    const { id } = (await register({ name: 'Li', phone: '13800138000' })).body
    branch.put('orders', testOrder('o1', 'b1', id))
    const orders = await call<{ id: string }[]>('GET', `/api/members/${id}/documents/orders`)
    expect(orders.body.map((order) => order.id)).toEqual(['o1'])
    const ask = (body: object) => call<RequestDocument>('POST', `/api/members/${id}/requests`, body)
    const asked = await ask({ do: 'phone', to: '138 0013 8001', reason: 'lost the card' })
    expect(asked).toMatchObject({
      status: 202,
      body: { what: 'phone', memberId: id, to: '138****8001', reason: 'lost the card' },
    })
    expect((await call<RequestDocument[]>('GET', '/api/requests')).body).toEqual([asked.body])
    expect(await ask({ do: 'share' })).toMatchObject({ status: 409, body: { code: 'MEMBER_CONFLICT' } })
    expect(await ask({ do: 'delete', dryRun: true })).toMatchObject({ status: 400, body: { field: 'dryRun' } })
    expect(await ask({ do: 'phone', to: '1' })).toMatchObject({ status: 422, body: { code: 'PHONE_INVALID' } })
    expect((await call<RequestDocument[]>('GET', '/api/requests')).body).toHaveLength(1)
  })
})
