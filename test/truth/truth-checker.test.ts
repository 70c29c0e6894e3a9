/** A checker that finds nothing shows nothing unless it finds what is wrong: here chains lie in three ways. */
import { describe, expect, it } from 'vitest'
import { digestExcept } from '../../adapters/exchange/digest-except.ts'
import { branchItems } from '../../cloud-node/web/health/branch-items.ts'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import type { HeartbeatRequest } from '../../schemas/protocol/exchange.ts'
import { step, type Step } from './steps.ts'
import { tellStory, type Mutant } from './simulate-truth.ts'
import { REAL_CLAIMERS } from './claimers.ts'
import type { TruthWorld } from './truth-world.ts'

/** What a chain is caught at in which these things happen. */
async function caught(mutant: Mutant, ...steps: readonly Step[]): Promise<string> {
  const history = { seed: 1, branches: 2, intervalMs: 15_000, steps }
  expect((await tellStory(history)).wrong).toEqual([])
  const { wrong } = await tellStory(history, mutant)
  return wrong[0] ?? 'nothing'
}

/** Whatever a branch holds, headquarters takes it for what it holds itself. */
function withTheirDigests({ chain }: TruthWorld, branchId: string, request: HeartbeatRequest): HeartbeatRequest {
  const { store } = chain.cloud.replica
  const digests = Object.fromEntries(
    request.collections.map((name) => [
      name,
      Object.fromEntries([SHARED_SCOPE, branchId].map((scope) => [scope, digestExcept(store, name, scope, [])])),
    ]),
  )
  return { ...request, digests, except: [] }
}

describe('a chain is caught that calls a branch in sync', () => {
  it('however long ago that was compared', async () => {
    const mutant: Mutant = {
      claimers: {
        ...REAL_CLAIMERS,
        cloudStatus: (world) => {
          const status = REAL_CLAIMERS.cloudStatus(world)
          const compared = (id: string) => world.chain.registry.contact(id)?.verdict
          const branches = status.branches.map((row) => ({ ...row, verdict: compared(row.id) ?? row.verdict }))
          return { ...status, branches }
        },
        branchItems: (rows, page) =>
          branchItems(rows, page).map((item) =>
            page.current && item.row.verdict.state === 'in-sync' ? { ...item, standing: 'in-sync' } : item,
          ),
      },
    }
    expect(await caught(mutant, step('cut'), step('wait', 30, 60_000))).toMatch(
      /calls b1 in sync, but it was checked \d+ ms ago/,
    )
    expect(await caught(mutant, step('cut'), step('hq-order'))).toMatch(/calls b1 in sync, but it has 1 newer document/)
  })

  it('without comparing what the two hold', async () => {
    const mutant: Mutant = {
      lies: {
        heartbeat: (world, at, request) => (request.digests ? withTheirDigests(world, at.id, request) : request),
      },
    }
    expect(await caught(mutant, step('sell'), step('wait', 0, 20_000), step('tamper', 0, 5))).toMatch(
      /in sync, but 1 documents differed/,
    )
  })

  it('whatever that has still to send', async () => {
    const mutant: Mutant = {
      lies: {
        heartbeat: (world, at, request) => {
          const figures = { ...request.figures, backlog: { documents: 0 }, classes: [] }
          return withTheirDigests(world, at.id, { ...request, figures })
        },
      },
    }
    expect(await caught(mutant, step('suspend'), step('sell'), step('wait', 0, 20_000))).toMatch(
      /the backlog that b1 reported: 0, but it is 1/,
    )
  })
})
