/** Brings the branches that are connected level with headquarters, and says when they are. */
import { callNode } from '../../../adapters/cli/node-client.ts'
import type { BranchNodeStatus, CloudNodeStatus } from '../../../schemas/protocol/status.ts'
import type { BranchHandle, DemoChain } from '../chain.ts'
import { statusWhere } from '../status-events.ts'

/**
 * Resolves when these branches have sent everything, headquarters has compared them afterwards and found them equal,
 * and MySQL has all of it. What they are told meanwhile, such as decisions about what they sent, counts as well.
 */
export async function bringLevel(chain: DemoChain, branches: readonly BranchHandle[]): Promise<void> {
  for (const { node } of branches) {
    // At once, rather than when the branch tries again after the cut.
    await callNode(node, 'POST', '/api/sync', {})
    await statusWhere<BranchNodeStatus>(node, ({ backlog }) => backlog.documents === 0)
  }
  const ids = new Set(branches.map(({ id }) => id))
  const since = new Date().toISOString()
  await statusWhere<CloudNodeStatus>(chain.cloud, (status) => {
    const known = status.branches.filter(({ id }) => ids.has(id))
    const { state, lag } = status.mirrors[0]!
    const agree = known.every(({ verdict }) => verdict.state === 'in-sync' && verdict.checkedAt! > since)
    return known.length === ids.size && agree && state === 'running' && lag === 0
  })
}
