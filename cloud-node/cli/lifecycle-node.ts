/** What is done to a branch as a whole, through the running node or on the store of the stopped one. */
import { callNode } from '../../adapters/cli/node-client.ts'
import type { NodeAddress } from '../../adapters/node/node-file.ts'
import type { BranchDetail, BranchOutcome, RecoveryOutcome, RecoveryView } from '../../schemas/protocol/branches.ts'
import type { BranchLifecycle } from '../branch-lifecycle.ts'

export interface LifecycleNode {
  show(id: string): Promise<BranchDetail>
  keep(id: string, epoch: string, dryRun: boolean): Promise<BranchOutcome>
  order(name: BranchOrder, id: string, dryRun: boolean): Promise<BranchOutcome>
  recovery(): Promise<RecoveryView>
  endRecovery(dryRun: boolean): Promise<RecoveryOutcome>
}

/** As their addresses are called. */
export type BranchOrder = 'replace' | 'retire' | 'revive' | 'snapshot'

/** One look and one act on the same node: the running one, or the store of the stopped one. */
export type OnNode<Node> = <T>(dataDir: string, work: (node: Node) => Promise<T>) => Promise<T>
export type OnLifecycle = OnNode<LifecycleNode>

export function remoteLifecycle(node: NodeAddress): LifecycleNode {
  const at = (id: string) => `/api/branches/${encodeURIComponent(id)}`
  return {
    show: (id) => callNode(node, 'GET', at(id)),
    keep: (id, epoch, dryRun) => callNode(node, 'POST', `${at(id)}/keep`, { epoch, dryRun }),
    order: (name, id, dryRun) => callNode(node, 'POST', `${at(id)}/${name}`, { dryRun }),
    recovery: () => callNode(node, 'GET', '/api/recovery'),
    endRecovery: (dryRun) => callNode(node, 'POST', '/api/recovery/end', { dryRun }),
  }
}

export function directLifecycle(lifecycle: BranchLifecycle): LifecycleNode {
  const orders: Record<BranchOrder, (id: string, dryRun: boolean) => BranchOutcome> = {
    replace: (id, dryRun) => lifecycle.replace(id, dryRun),
    retire: (id, dryRun) => lifecycle.retire(id, dryRun),
    revive: (id, dryRun) => lifecycle.revive(id, dryRun),
    snapshot: (id, dryRun) => lifecycle.resnapshot(id, dryRun),
  }
  return {
    show: async (id) => lifecycle.show(id),
    keep: async (id, epoch, dryRun) => lifecycle.keep(id, epoch, dryRun),
    order: async (name, id, dryRun) => orders[name](id, dryRun),
    async recovery() {
      const recovery = lifecycle.recovery()
      return recovery ? { recovery } : {}
    },
    endRecovery: async (dryRun) => lifecycle.endRecovery(dryRun),
  }
}
