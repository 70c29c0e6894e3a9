/** Whether a node does its work: body of `GET /readyz`. Anybody may ask, so it says nothing of what the node holds. */
import type { ErrorCode } from '../error-catalogue.ts'

/**
 * `store`: it takes no write. `link`: headquarters cannot be reached; `refused`: it does not let the branch in;
 * `sync-off`: people have turned synchronisation off. `mirror`: one of them does not follow. `recovery`: headquarters was
 * restored and waits for its branches. `log`: what is exchanged is not noted on the disk.
 */
export type ReadinessMatter = 'store' | 'link' | 'refused' | 'sync-off' | 'mirror' | 'recovery' | 'backup' | 'log'

export interface ReadinessNote {
  readonly matter: ReadinessMatter
  readonly code?: ErrorCode
}

export interface Readiness {
  readonly ready: boolean
  /** Why it is not. */
  readonly troubles: readonly ReadinessNote[]
  /** What is not well though it is ready. */
  readonly warnings: readonly ReadinessNote[]
}
