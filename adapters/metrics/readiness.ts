/** Told from a node's status. A branch trades without headquarters, and headquarters takes documents without MySQL. */
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { Readiness, ReadinessMatter, ReadinessNote } from '../../schemas/protocol/readiness.ts'
import type { BranchNodeStatus, CloudNodeStatus, MirrorStatus } from '../../schemas/protocol/status.ts'

export type NodeStatus = BranchNodeStatus | CloudNodeStatus

export interface ReadinessSource {
  readonly status: () => NodeStatus
  /** Writes to the store, once a write has failed: it may be over. @throws OutpostError what hinders it */
  readonly checkStore: () => void
  /** Why what is exchanged is not written into the sync log; `undefined` where it is. */
  readonly logTrouble: () => ErrorCode | undefined
}

/** @throws never: a node that cannot even tell its status is not ready */
export function readinessOf({ status, checkStore, logTrouble }: ReadinessSource): Readiness {
  try {
    const before = status()
    const warnings = (now: NodeStatus) => [...warningsOf(now), ...logWarnings(logTrouble())]
    // Anybody may ask, and makes a node that is well write nothing.
    if (!before.storage) return { ready: true, troubles: [], warnings: warnings(before) }
    checkStore()
    return { ready: true, troubles: [], warnings: warnings(status()) }
  } catch (error) {
    const code = error instanceof OutpostError ? error.code : 'INTERNAL'
    return { ready: false, troubles: [{ matter: 'store', code }], warnings: [] }
  }
}

/** One that a person has paused stands because that is wanted. */
const STANDS: readonly MirrorStatus['state'][] = ['waiting', 'stopped', 'deposed']

function warningsOf(status: NodeStatus): ReadinessNote[] {
  const { storage, backup } = status
  return [
    ...(storage ? [note('store', storage)] : []),
    ...(status.node === 'branch' ? linkWarnings(status) : chainWarnings(status)),
    ...(backup?.lastError ? [note('backup', backup.lastError)] : []),
  ]
}

function logWarnings(code: ErrorCode | undefined): ReadinessNote[] {
  return code === undefined ? [] : [{ matter: 'log', code }]
}

function linkWarnings({ sync }: BranchNodeStatus): ReadinessNote[] {
  if (!sync.enabled) return [note('sync-off')]
  if (sync.refused) return [note('refused', sync.refused)]
  return sync.lastError ? [note('link', sync.lastError)] : []
}

function chainWarnings({ mirrors, recovery }: CloudNodeStatus): ReadinessNote[] {
  return [
    ...mirrors.filter(({ state }) => STANDS.includes(state)).map(({ lastError }) => note('mirror', lastError)),
    ...(recovery ? [note('recovery')] : []),
  ]
}

function note(matter: ReadinessMatter, error?: { readonly code: ErrorCode }): ReadinessNote {
  return { matter, ...(error && { code: error.code }) }
}
