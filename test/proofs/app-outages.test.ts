/** Each thing that a branch's device depends on, away alone. All of them at once: app-offline.test.ts. */
import { describe, it } from 'vitest'
import { OUTAGES, tradeThrough } from '../support/app-outages.ts'
import { RealChain } from '../support/real-chain.ts'

describe('the branch app', { timeout: 120_000 }, () => {
  it.each(OUTAGES)(
    'keeps what was done while this was away, over a restart, until MySQL has it: %s',
    async (outage) => {
      await using chain = await RealChain.start()
      await tradeThrough(chain, await chain.addBranch('b1'), [outage])
    },
  )
})
