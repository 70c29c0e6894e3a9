/** What the objective of 99.9 % leaves: how many failures were allowed, and how many of them there were. */
import type { SyncFigures } from '../../../schemas/protocol/sync-log.ts'
import { FIGURE_LIMITS } from '../../../adapters/ui/sync/figure-tones.ts'

export interface ErrorBudget {
  /** Failures that the objective allows with so many exchanges. */
  readonly allowed: number
  /** 1 when none has failed, 0 when all are used up, below it when more failed than are allowed. */
  readonly left: number
}

/** `undefined` where so few were exchanged that the objective allows no failure, and nothing failed. */
export function errorBudget({ requests, failed }: Pick<SyncFigures, 'requests' | 'failed'>): ErrorBudget | undefined {
  const allowed = requests * (1 - FIGURE_LIMITS.successRate)
  if (allowed < 1 && failed === 0) return undefined
  return { allowed: Math.round(allowed * 10) / 10, left: 1 - failed / allowed }
}
