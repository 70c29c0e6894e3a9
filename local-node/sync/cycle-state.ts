/** What a sync cycle does next, decided purely from what both sides have. */
import { backoffMs } from '../../schemas/backoff.ts'

export interface CycleView {
  /** Receipts that the cloud has not confirmed. */
  readonly openReceipts: number
  /** The highest class that each side has something of, 0 for none. */
  readonly ours: number
  readonly theirs: number
  /** Whether what failed before has had its turn in this cycle. */
  readonly retried: boolean
  readonly retries: number
}

export type CycleStep =
  | { readonly step: 'confirm' }
  | { readonly step: 'push'; readonly class: number }
  | { readonly step: 'pull'; readonly class: number }
  | { readonly step: 'retry' }
  | { readonly step: 'rest' }

/**
 * Receipts go first; then the higher class, ours where both are equal; what failed before comes last, so that it never
 * delays fresh changes (requirement 000 §三.1–2).
 */
export function nextStep(view: CycleView): CycleStep {
  if (view.openReceipts > 0) return { step: 'confirm' }
  if (view.ours > 0 && view.ours >= view.theirs) return { step: 'push', class: view.ours }
  if (view.theirs > 0) return { step: 'pull', class: view.theirs }
  if (view.retries > 0 && !view.retried) return { step: 'retry' }
  return { step: 'rest' }
}

export const SYNC_DEFAULTS = {
  /** Between two cycles, ms. */
  intervalMs: 10_000,
  /** Documents of one exchange. */
  batchSize: 100,
  /** After three failed cycles the pause doubles up to this, ms. */
  maxBackoffMs: 600_000,
} as const

/** Failed cycles that only wait for the timer; the link may be back at the next one. */
const PATIENCE = 3

/**
 * The pause until the next cycle, ms.
 *
 * @param failures cycles in a row that the link ended
 * @param random in [0, 1): spreads branches that lost the link together
 */
export function pauseAfter(failures: number, intervalMs: number, random: number): number {
  if (failures <= PATIENCE) return intervalMs
  return backoffMs(failures - PATIENCE, { firstMs: intervalMs, capMs: SYNC_DEFAULTS.maxBackoffMs }, random)
}
