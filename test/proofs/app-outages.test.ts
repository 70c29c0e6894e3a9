/** Each thing that a branch's device depends on, away alone. All of them at once: app-offline.test.ts. */
import { afterEach, beforeEach, describe, it } from 'vitest'
import { removeDevices } from '../support/app-device.ts'
import { OUTAGES, tradeThrough } from '../support/app-outages.ts'
import { RealChain } from '../support/real-chain.ts'

let chain: RealChain

beforeEach(async () => {
  chain = await RealChain.start()
})

afterEach(async () => {
  await removeDevices()
  await chain.stop()
})

describe('the branch app', { timeout: 120_000 }, () => {
  it.each(OUTAGES)(
    'keeps what was done while this was away, over a restart, until MySQL has it: %s',
    async (outage) => {
      await tradeThrough(chain, await chain.addBranch('b1'), [outage])
    },
  )
})
