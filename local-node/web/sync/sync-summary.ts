/** How things stand as a whole, in one word; what a person has to do something about comes first. */
import { freshVerdict } from '../../../schemas/fresh-verdict.ts'
import type { BranchNodeStatus } from '../../../schemas/protocol/status.ts'
import type { LinkState } from '../node/tab-messages.ts'

export type SyncSummary = 'good' | 'waiting' | 'away' | 'refused' | 'off' | 'unknown'

/**
 * @param status what the node said last; counts only while it is there
 * @param nowMs the node's time
 */
export function syncSummary(link: LinkState, status: BranchNodeStatus | undefined, nowMs: number): SyncSummary {
  if (link.reachable === undefined || !link.unsent) return 'unknown'
  if (!link.reachable) return 'away'
  if (!status) return 'unknown'
  if (link.refused.length > 0 || status.exceptions > 0 || status.storage || status.sync.refused) return 'refused'
  if (!status.sync.enabled) return 'off'
  const nothingWaits = Object.values(link.unsent).every((ids) => ids.length === 0) && status.backlog.documents === 0
  return nothingWaits && freshVerdict(status.sync.verdict, nowMs).state === 'in-sync' && !status.sync.lastError
    ? 'good'
    : 'waiting'
}
