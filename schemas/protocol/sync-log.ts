/** What nodes remember of each exchange, and the figures that follow from it: bodies of `/api/sync-log` and `/api/sync-history`. */
import type { ErrorCode } from '../error-catalogue.ts'
import { isLockedOut } from '../locked-out.ts'

/**
 * `write`: an app, a browser or a program wrote documents at this node. `mirror`: a batch was written into MySQL. The
 * others are the requests of `docs/protocol.md`.
 */
export const SYNC_LOG_KINDS = [
  'push',
  'pull',
  'receipts',
  'digests',
  'stats',
  'whereabouts',
  'heartbeat',
  'write',
  'mirror',
] as const
export type SyncLogKind = (typeof SYNC_LOG_KINDS)[number]

/** Of a request, and of what is done for it on both sides. */
export const REQUEST_ID = /^[\w.-]{1,64}$/

/** `<collection>/<id>`, as a document is searched for; no name of a collection holds a slash, an id may. */
export const DOCUMENT_PATH = /^([^/]{1,64})\/(.{1,256})$/

export function readDocumentPath(text: string): { readonly collection: string; readonly id: string } | undefined {
  const [, collection, id] = DOCUMENT_PATH.exec(text) ?? []
  return collection === undefined || id === undefined ? undefined : { collection, id }
}

/**
 * No failure of either side: `refused`, headquarters does not let the branch in; `deferred`, it works and asked to wait a
 * moment or to be greeted first.
 */
export const SYNC_OUTCOMES = ['ok', 'failed', 'refused', 'deferred'] as const
export type SyncOutcome = (typeof SYNC_OUTCOMES)[number]

const DEFERRED: ReadonlySet<ErrorCode> = new Set(['HEARTBEAT_FIRST', 'NODE_STARTING', 'TOO_BUSY'])

/** @param code none where it went well */
export function outcomeOf(code: ErrorCode | undefined): SyncOutcome {
  if (code === undefined) return 'ok'
  if (DEFERRED.has(code)) return 'deferred'
  return isLockedOut(code) ? 'refused' : 'failed'
}

/**
 * An exchange as this node saw it. Heartbeats are listed one by one only where they failed, and refusals of a branch with
 * one code once an hour; all are counted.
 */
export interface SyncLogEntry {
  /** Grows; of this node's log. */
  readonly number: number
  /** When it began, ISO 8601. */
  readonly at: string
  /** Absent for a batch of the mirror. */
  readonly branchId?: string
  readonly kind: SyncLogKind
  readonly class?: number
  /** Documents that the request carried, and that its answer did. */
  readonly sent: number
  readonly received: number
  /** Of the documents that were sent; absent where there were none. */
  readonly outcomes?: Readonly<Partial<Record<'applied' | 'merged' | 'held' | 'rejected', number>>>
  /** Bytes of the bodies as they travelled. */
  readonly bytesSent: number
  readonly bytesReceived: number
  /** From the first byte to the answer; ms, with what it waited in headquarters' queue. */
  readonly ms: number
  readonly queuedMs?: number
  readonly outcome: SyncOutcome
  readonly code?: ErrorCode
  /** The same on both sides of an exchange. */
  readonly requestId: string
  /** Groups the requests of one cycle of a branch. */
  readonly cycle?: string
  /** Of a batch of the mirror: its name. */
  readonly mirror?: string
}

/** A document that an exchange carried. */
export interface SyncLogDocument {
  readonly collection: string
  readonly id: string
  /** This node's seq of the state that was written or sent. */
  readonly seq: number
}

export interface SyncLogPage {
  /** The newest first. */
  readonly entries: readonly SyncLogEntry[]
  /** For `before`, where there are more. */
  readonly next?: number
}

/** An entry with the documents that it carried, as far as they are remembered. */
export interface SyncLogDetail extends SyncLogEntry {
  readonly documents: readonly SyncLogDocument[]
}

/** What happened in one span of time. */
export interface SyncBucket {
  /** When it began, ISO 8601. */
  readonly at: string
  readonly requests: number
  readonly failed: number
  /** Beside `requests`; absent where there were none. */
  readonly refused?: number
  readonly sent: number
  readonly received: number
  readonly bytes: number
  /** Mean and longest time of a request, ms. */
  readonly meanMs: number
  readonly maxMs: number
  /** From the moment a document was written to that at which headquarters took it, ms; `undefined` where none came. */
  readonly meanDelayMs?: number
  readonly maxDelayMs?: number
  /** The largest backlog that the branch reported. */
  readonly backlog?: number
}

export interface SyncHistory {
  /** Of a branch, or of all. */
  readonly branchId?: string
  readonly stepMs: number
  /** The oldest first; spans in which nothing happened are left out. */
  readonly buckets: readonly SyncBucket[]
}

/** The figures of requirement 003 §5.1 and §5.2; of a branch, or of all. */
export interface SyncFigures {
  /** Of the last 24 hours; `undefined` where nothing was tried. */
  readonly successRate?: number
  readonly requests: number
  readonly failed: number
  /** Beside `requests`; absent where there were none. */
  readonly refused?: number
  /** Of the last hour. */
  readonly failedLastHour: number
  readonly meanDelayMs?: number
  /** Failures in a row until now: of what has failed most often. Of all: of the branch that has the most. */
  readonly consecutiveFailures: number
  /** Of the last 24 hours, the most frequent first. */
  readonly failuresByCode: readonly { readonly code: ErrorCode; readonly count: number }[]
}

/** What became of a request, and of the documents that it carried: body of `/api/sync-log/request/<id>`. */
export interface SyncLogTrail {
  /** Those of the request, with its repeats; the oldest first. */
  readonly entries: readonly SyncLogDetail[]
  /** Later ones of this node that carried one of these documents; the oldest first. */
  readonly later: readonly SyncLogEntry[]
}
