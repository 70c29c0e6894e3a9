import { afterEach, beforeEach, expect, it } from 'vitest'
import { freshVerdict } from '../../schemas/fresh-verdict.ts'
import { BundleStick } from '../support/bundle-stick.ts'
import { temporaryFolder } from '../support/node-process.ts'
import { testOrder } from '../support/real-chain.ts'
import { SimulatedChain, type SimulatedBranch } from '../support/simulated-chain.ts'

const MADE_MS = Date.UTC(2026, 5, 1)
const DAYS_MS = 3 * 86_400_000

let nowMs: number
let chain: SimulatedChain
let north: SimulatedBranch
let stick: BundleStick
let close: () => void

beforeEach(async () => {
  const folder = temporaryFolder()
  nowMs = MADE_MS
  chain = new SimulatedChain(folder.path, ['north'], {
    nowMs: () => nowMs,
    osMs: () => nowMs,
    monotonicMs: () => nowMs,
    newId: (bytes) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url'),
  })
  north = chain.branches[0]!
  stick = new BundleStick(chain)
  await stick.introduce()
  close = () => {
    chain.close()
    folder.remove()
  }
})
afterEach(() => close())

it('says nothing of the days for which the stick was under way', async () => {
  const told: boolean[] = []
  chain.registry.onHeartbeat((_, isThere) => told.push(isThere))
  const { file } = await stick.toHeadquarters(north)
  nowMs += DAYS_MS
  chain.write(north, 'orders', testOrder('o1', 'north'))
  await stick.answer({ file })
  const { heartbeatAtMs, verdict } = chain.registry.contact('north')!
  expect(heartbeatAtMs).toBe(MADE_MS)
  // Both held the same then.
  expect(verdict).toEqual({ state: 'in-sync', checkedAt: new Date(MADE_MS).toISOString() })
  expect(freshVerdict(verdict, nowMs).state).toBe('unknown')
  expect(told).toEqual([false])
  await north.cycle.run()
  expect(chain.registry.contact('north')!.heartbeatAtMs).toBe(nowMs)
  expect(told.slice(1)).not.toContain(false)
})
