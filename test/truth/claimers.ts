/** Where claims come from: what the APIs answer, and what pages make of it. */
import { shownVerdict } from '../../adapters/ui/shown-verdict.ts'
import { branchItems } from '../../cloud-node/web/health/branch-items.ts'
import { syncSummary } from '../../local-node/web/sync/sync-summary.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../schemas/protocol/status.ts'
import type { SimulatedBranch } from '../support/simulated-chain.ts'
import type { TruthWorld } from './truth-world.ts'

/** A test of the checker makes them lie. */
export interface Claimers {
  readonly cloudStatus: (world: TruthWorld) => CloudNodeStatus
  readonly branchStatus: (world: TruthWorld, at: SimulatedBranch) => BranchNodeStatus
  readonly branchItems: typeof branchItems
  readonly shownVerdict: typeof shownVerdict
  readonly syncSummary: typeof syncSummary
}

export const REAL_CLAIMERS: Claimers = {
  // As it travels.
  cloudStatus: (world) => JSON.parse(JSON.stringify(world.source.status())) as CloudNodeStatus,
  branchStatus: (world, at) => JSON.parse(JSON.stringify(world.operationsOf(at).status())) as BranchNodeStatus,
  branchItems,
  shownVerdict,
  syncSummary,
}
