import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemberBalances, type MemberBalances } from '../../../../local-node/web/members/member-balances.ts'

const anna = { id: 'r-anna', balance: { points: 100, value: 0 }, balanceSeq: 7 }

let node: Server
let asked: string[]
let answer: (res: ServerResponse) => void
let balances: MemberBalances

beforeEach(async () => {
  asked = []
  answer = say(110)
  node = createServer((req, res) => {
    asked.push(req.url ?? '')
    answer(res)
  })
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve))
  balances = createMemberBalances(`http://127.0.0.1:${(node.address() as AddressInfo).port}`)
})

afterEach(() => {
  node.closeAllConnections()
  node.close()
})

function say(points: number): (res: ServerResponse) => void {
  return (res) => res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ points, value: 0 }))
}

const fail = (res: ServerResponse) => res.writeHead(500, { 'content-type': 'application/json' }).end('{}')

describe('the balance on a member card', () => {
  it('is the published one until the node has answered, then the corrected one', async () => {
    expect(balances.shown(anna, true)).toEqual({ points: 100, value: 0 })
    await balances.ask(anna)
    expect(asked).toEqual(['/api/members/r-anna/balance'])
    expect(balances.shown(anna, true)).toEqual({ points: 110, value: 0 })
  })

  it('stays while the node is asked again, also about a newly published one', async () => {
    await balances.ask(anna)
    answer = say(120)
    const published = { ...anna, balance: { points: 105, value: 0 }, balanceSeq: 8 }
    const asking = balances.ask(published)
    expect(balances.shown(published, true)?.points).toBe(110)
    await asking
    expect(balances.shown(published, true)?.points).toBe(120)
  })

  it('is the answer to the last question, whichever comes first', async () => {
    let first: ServerResponse | undefined
    answer = (res) => (first = res)
    const slow = balances.ask(anna)
    await expect.poll(() => first).toBeDefined()
    answer = say(130)
    await balances.ask(anna)
    say(110)(first!)
    await slow
    expect(balances.shown(anna, true)?.points).toBe(130)
  })

  it('without the node is the corrected one only while it corrects what is published', async () => {
    await balances.ask(anna)
    expect(balances.shown(anna, false)?.points).toBe(110)
    expect(balances.shown({ ...anna, balance: { points: 105, value: 0 }, balanceSeq: 8 }, false)?.points).toBe(105)
  })

  it('takes in what this device sold while the node is away, and leaves that to the node when it is there', async () => {
    const sold = [
      { points: 12, value: 0 },
      { points: -30, value: -500 },
    ]
    expect(balances.shown(anna, false, sold)).toEqual({ points: 82, value: -500 })
    await balances.ask(anna)
    expect(balances.shown(anna, false, sold)).toEqual({ points: 92, value: -500 })
    expect(balances.shown(anna, true, sold)).toEqual({ points: 110, value: 0 })
    expect(balances.shown({ id: 'r-new' }, false, [{ points: 12, value: 0 }])).toEqual({ points: 12, value: 0 })
  })

  it('is the published one where the node has no good answer', async () => {
    answer = fail
    await balances.ask(anna)
    expect(balances.shown(anna, true)?.points).toBe(100)
  })

  it('is none for somebody for whom nothing was ever counted', async () => {
    answer = say(0)
    await balances.ask({ id: 'r-new' })
    expect(balances.shown({ id: 'r-new' }, true)).toBeUndefined()
  })
})
