/** What a sync cycle tells of itself. */
import type { NodeFigures } from '../../adapters/exchange/branch-heartbeat.ts'
import type { Traffic } from '../../adapters/http/exchange-client.ts'
import type { StatusError, SyncVerdict } from '../../schemas/protocol/status.ts'
import type { CycleStateName } from './cycle-machine.ts'

export interface CycleStatus {
  readonly running: boolean
  readonly state: CycleStateName
  /** Cycles in a row that failed. */
  readonly failures: number
  /** Documents of the next exchange at most. */
  readonly batch: number
  readonly verdict: SyncVerdict
  readonly lastContactAt?: string
  readonly lastError?: StatusError
  /** Why headquarters does not let the branch in. */
  readonly refused?: StatusError
  readonly nextAttemptAt?: string
  readonly loading?: { readonly here: number; readonly of: number }
  readonly traffic?: Pick<Traffic, 'sent' | 'received'>
  /** When headquarters was to be told of it last. */
  readonly disk?: NonNullable<NodeFigures['disk']>
}
