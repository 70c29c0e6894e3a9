/** What a page may claim of a check: "in sync" only while the check is fresh. */
import { freshVerdict } from '../../schemas/fresh-verdict.ts'
import type { SyncVerdict } from '../../schemas/protocol/status.ts'

export interface ShownVerdict {
  readonly state: SyncVerdict['state']
  readonly checkedAt?: string
  /** It was something else when it was checked, too long ago to still say so. */
  readonly stale: boolean
}

/** @param heardFreshly whether the figures themselves are current */
export function shownVerdict(verdict: SyncVerdict, nowMs: number, heardFreshly: boolean): ShownVerdict {
  const checkedAt = verdict.checkedAt === undefined ? {} : { checkedAt: verdict.checkedAt }
  if (heardFreshly && freshVerdict(verdict, nowMs) === verdict)
    return { state: verdict.state, ...checkedAt, stale: false }
  return { state: 'unknown', ...checkedAt, stale: verdict.state !== 'unknown' }
}
