/** The question whether the mirror has a branch's documents: who is told what, and that it holds up nothing. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addErrorHandling, createApp } from '../../../adapters/http/app.ts'
import { ExchangeQueue } from '../../../adapters/http/exchange-queue.ts'
import { addExchangeRoutes } from '../../../adapters/http/exchange-routes.ts'
import { RouteTable } from '../../../adapters/http/route-table.ts'
import { hashBody } from '../../../adapters/access/request-proof.ts'
import type { WhereaboutsResponse } from '../../../schemas/protocol/exchange.ts'
import { guardOf } from '../../support/guard-of.ts'
import { openNorthernChain } from '../../support/northern-chain.ts'
import { testOrder } from '../../support/real-chain.ts'
import { serve } from '../../support/serve.ts'
import type { SimulatedBranch, SimulatedChain } from '../../support/simulated-chain.ts'

type State = { readonly id: string; readonly seq: number }

let chain: SimulatedChain
let north: SimulatedBranch
let close: () => void
let url: string
let stop: () => Promise<void>
let queue: ExchangeQueue
/** What the mirror was asked. */
let asked: { collection: string; states: readonly State[] }[]
let mirrored: (states: readonly State[]) => Promise<WhereaboutsResponse>

beforeEach(async () => {
  ;({ chain, north, close } = openNorthernChain())
  asked = []
  mirrored = (states) => Promise.resolve({ mirrored: states.map(({ id }) => id), mirror: 'on' })
  queue = new ExchangeQueue({ places: 1, bodyBytes: 1000, answerBytes: 1000 })
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const app = createApp(silent)
  const keyId = 'key-of-north'
  const guard = guardOf((req) => ({
    kind: 'branch',
    branchId: 'north',
    keyId,
    bodyHash: String(req.get('x-body-hash')),
  }))
  addExchangeRoutes(
    new RouteTable(app, guard),
    chain.cloud,
    {
      admit: ({ branchId }) => chain.registry.admit(branchId),
      heartbeat: ({ branchId }, request) => chain.registry.heartbeat(branchId, request),
      stats: ignore,
      mirrored: (collection, states) => {
        asked.push({ collection, states })
        return mirrored(states)
      },
      waiting: () => 0,
    },
    queue,
  )
  addErrorHandling(app, silent)
  ;({ url, close: stop } = await serve(app))
  await north.cycle.run()
})

afterEach(async () => {
  await stop()
  close()
})

function ask(question: object, standpoint: object = north.branch.standpoint()): Promise<Response> {
  const body = JSON.stringify({ ...standpoint, ...question })
  const headers = { 'content-type': 'application/json', 'x-body-hash': hashBody(body) }
  return fetch(`${url}/exchange/v1/whereabouts`, { method: 'POST', headers, body })
}

describe('the question where documents are', () => {
  it('is about the rows that headquarters holds now', async () => {
    chain.writeAtCloud('orders', testOrder('o1', 'north'))
    chain.writeAtCloud('orders', testOrder('o2', 'north'))
    chain.writeAtCloud('orders', { ...testOrder('o1', 'north'), status: 'fulfilled' })
    const answer = await ask({ collection: 'orders', ids: ['o1', 'o2'] })
    expect([answer.status, await answer.json()]).toEqual([200, { mirrored: ['o1', 'o2'], mirror: 'on' }])
    const { seq } = chain.cloud.replica.store.head()
    const states = [
      { id: 'o1', seq },
      { id: 'o2', seq: seq - 1 },
    ]
    expect(asked).toEqual([{ collection: 'orders', states }])
  })

  it("tells of another branch's document what it tells of one that there is not", async () => {
    chain.writeAtCloud('branches', { id: 'south', name: 'South', enabled: true })
    chain.writeAtCloud('orders', testOrder('of-south', 'south'))
    const [of, none] = [await tell('of-south'), await tell('of-nobody')]
    expect(of).toEqual(none)
    expect(asked).toEqual([
      { collection: 'orders', states: [] },
      { collection: 'orders', states: [] },
    ])
  })

  it('is refused of a collection that there is not, of more than 200 documents, and of none', async () => {
    expect(await codeOf(ask({ collection: 'tables', ids: ['t1'] }))).toBe('COLLECTION_UNKNOWN')
    const many = Array.from({ length: 201 }, (_, i) => `o${i}`)
    expect(await codeOf(ask({ collection: 'orders', ids: many }))).toBe('BAD_REQUEST')
    expect(await codeOf(ask({ collection: 'orders', ids: [] }))).toBe('BAD_REQUEST')
    expect(asked).toEqual([])
  })

  it('is answered to nobody who relies on what this store does not know: it may have been restored', async () => {
    const standpoint = north.branch.standpoint()
    const witness = { epoch: standpoint.witness!.epoch, seq: standpoint.witness!.seq + 1000 }
    expect(await codeOf(ask({ collection: 'orders', ids: ['o1'] }, { ...standpoint, witness }))).toBe(
      'POSITION_UNKNOWN',
    )
    const head = { epoch: 'another-start', seq: 1 }
    expect(await codeOf(ask({ collection: 'orders', ids: ['o1'] }, { ...standpoint, head }))).toBe('HEARTBEAT_FIRST')
    expect(asked).toEqual([])
  })

  it('takes no place in the queue, and ends no exchange of the branch that is under way', async () => {
    let isAbandoned = false
    const place = queue.enter('north', () => (isAbandoned = true))
    expect((await ask({ collection: 'orders', ids: ['o1'] })).status).toBe(200)
    expect([isAbandoned, queue.held().places]).toEqual([false, 1])
    place.leave()
  })

  it('is one at a time of a branch, so that whoever asks too often makes nobody else wait', async () => {
    let answer: (told: WhereaboutsResponse) => void = ignore
    mirrored = () => new Promise((resolve) => (answer = resolve))
    const first = ask({ collection: 'orders', ids: ['o1'] })
    await expect.poll(() => asked.length).toBe(1)
    const second = await ask({ collection: 'orders', ids: ['o1'] })
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await second.json()).toMatchObject({ code: 'TOO_BUSY' })
    answer({ mirrored: [], mirror: 'unknown' })
    expect((await first).status).toBe(200)
    mirrored = () => Promise.reject(new Error('a defect'))
    expect((await ask({ collection: 'orders', ids: ['o1'] })).status).toBe(500)
    mirrored = () => Promise.resolve({ mirrored: [], mirror: 'on' })
    expect((await ask({ collection: 'orders', ids: ['o1'] })).status).toBe(200)
  })
})

async function tell(id: string): Promise<unknown> {
  const answer = await ask({ collection: 'orders', ids: [id] })
  return [answer.status, await answer.text()]
}

async function codeOf(asking: Promise<Response>): Promise<unknown> {
  const { code } = (await (await asking).json()) as { code: unknown }
  return code
}

function ignore(): void {
  // The test reads answers, not the log.
}
