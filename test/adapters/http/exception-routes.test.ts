import { afterEach, beforeEach, expect, it } from 'vitest'
import { branchExceptions } from '../../../adapters/exchange/branch-exceptions.ts'
import type { Failure } from '../../../adapters/exchange/exceptions.ts'
import { addExceptionRoutes } from '../../../adapters/http/exception-routes.ts'
import { takeKept } from '../../../adapters/http/exception-retry.ts'
import type { ExceptionPage } from '../../../schemas/protocol/exceptions.ts'
import { serve } from '../../support/member-desks.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { testOrder } from '../../support/real-chain.ts'
import { SimulatedChain } from '../../support/simulated-chain.ts'

let folder: { path: string; remove: () => void }
let chain: SimulatedChain
let server: { url: string; close: () => void }

beforeEach(async () => {
  folder = temporaryFolder()
  chain = new SimulatedChain(folder.path, ['b1'])
  const { branch, cycle } = chain.branches[0]!
  const take = takeKept(branch, (branchId) => ({ branchId, scopes: ['shared', branchId] }))
  const desk = branchExceptions(branch, { take, wake: () => void cycle.run() })
  server = await serve((routes) => addExceptionRoutes(routes, desk, { look: 'cashier', act: 'manager' }))
})

afterEach(() => {
  server.close()
  chain.close()
  folder.remove()
})

async function ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await fetch(`${server.url}/api/exceptions${path}`, { method, ...init })
  return { status: response.status, body: await response.json() }
}

async function list(query = ''): Promise<ExceptionPage> {
  return (await ask('GET', query)).body as ExceptionPage
}

function fail(failure: Partial<Failure>, atMs: number): void {
  const { branch } = chain.branches[0]!
  const whole = {
    direction: 'pull',
    branchId: 'b1',
    collection: 'products',
    id: 'p',
    code: 'SCOPE',
    reason: 'r',
  } as const
  branch.replica.store.transaction('test', () => branch.exceptions.fail({ ...whole, ...failure }, atMs, 3))
}

it('tells bounded pages, newest first, and refuses what is no such query', async () => {
  for (let i = 0; i < 5; i++) fail({ id: `p${i}` }, i)
  const first = await list('?limit=3')
  expect(first.exceptions.map(({ documentId }) => documentId)).toEqual(['p4', 'p3', 'p2'])
  const second = await list(`?limit=3&after=${first.next}`)
  expect(second.exceptions.map(({ documentId }) => documentId)).toEqual(['p1', 'p0'])
  expect(second).not.toHaveProperty('next')
  expect((await list('?collection=orders')).exceptions).toEqual([])
  for (const query of ['limit=0', 'limit=1001', 'after=x', 'waiting=maybe', 'sort=code']) {
    expect([query, await ask('GET', `?${query}`)]).toMatchObject([
      query,
      { status: 400, body: { code: 'BAD_REQUEST' } },
    ])
  }
})

it('shows one, has it tried again and gives it up, and says where there is none', async () => {
  const order = testOrder('o1', 'b9')
  fail({ direction: 'client', collection: 'orders', id: 'o1', document: JSON.stringify(order) }, 1)
  const page = await list()
  const { id } = page.exceptions[0]!
  expect((await ask('GET', `/${id}`)).body).toMatchObject({
    standing: 'absent',
    document: { number: 'o1' },
  })
  expect((await ask('POST', `/${id}/retry`, {})).body).toMatchObject({ refused: { code: 'SCOPE' } })
  expect((await ask('POST', `/${id}/retry`, { dryRun: true })).body).not.toHaveProperty('refused')
  expect((await ask('POST', '/retry', { collection: 'orders' })).body).toEqual({
    dryRun: false,
    retried: 0,
    refused: 1,
    skipped: 0,
  })
  expect((await ask('POST', `/${id}/discard`, { dryRum: true })).status).toBe(400)
  const { body: gone } = await ask('POST', `/${id}/discard`)
  expect(gone).toMatchObject({ does: 'forget', dryRun: false, discarded: { id, document: order } })
  expect(await list()).toEqual({ exceptions: [] })
  for (const [method, path] of [
    ['GET', ''],
    ['POST', '/retry'],
    ['POST', '/discard'],
  ] as const) {
    expect(await ask(method, `/${id}${path}`)).toMatchObject({ status: 404, body: { code: 'EXCEPTION_UNKNOWN' } })
    expect(await ask(method, `/13957041207${path}`)).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } })
  }
})

it('wakes the branch, which asks for what is wanted again', async () => {
  chain.writeAtCloud('products', { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' })
  const { branch, cycle } = chain.branches[0]!
  await cycle.run()
  fail({ id: 'p1' }, 1)
  const page = await list()
  const through = new Promise<void>((resolve) => cycle.onCycle(resolve))
  await ask('POST', `/${page.exceptions[0]!.id}/retry`)
  await through
  expect(branch.exceptions.list()).toEqual([])
})
