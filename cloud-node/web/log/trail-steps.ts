/** What a trail says as a whole: until when the documents of a request are known to have come where. */
import type { SyncLogDocument, SyncLogEntry, SyncLogTrail } from '../../../schemas/protocol/sync-log.ts'

export interface TrailStep {
  readonly entry: SyncLogEntry
  /** Of the request itself, or a later one that carried one of its documents. */
  readonly isOwn: boolean
  /** Since the first step; by this node's clock. */
  readonly afterMs: number
}

export interface TrailSummary {
  readonly steps: readonly TrailStep[]
  /** Each once. */
  readonly documents: readonly SyncLogDocument[]
  /** Branches that have fetched one of them, each once. */
  readonly fetchedBy: readonly string[]
  /** From the end of the first step that went well to that of a batch into MySQL; `undefined` where there is none. */
  readonly mirroredAfterMs?: number
  /** Of the last try, where that failed. */
  readonly failedWith?: string
}

export function summaryOf({ entries, later }: SyncLogTrail): TrailSummary {
  const startMs = Date.parse(entries[0]?.at ?? '')
  const all = [...entries.map((entry) => ({ entry, isOwn: true })), ...later.map((entry) => ({ entry, isOwn: false }))]
  const steps = all.map(({ entry, isOwn }) => ({ entry, isOwn, afterMs: Math.max(0, Date.parse(entry.at) - startMs) }))
  const wentWell = later.filter(({ outcome }) => outcome === 'ok')
  const pulls = wentWell.flatMap(({ kind, branchId }) => (kind === 'pull' && branchId !== undefined ? [branchId] : []))
  const taken = entries.find(({ outcome }) => outcome === 'ok')
  const batch = wentWell.find(({ kind, outcomes }) => kind === 'mirror' && (outcomes?.applied ?? 0) > 0)
  const last = entries.at(-1)
  const documents = new Map(
    entries.flatMap((entry) => entry.documents.map((one) => [`${one.collection}/${one.id}`, one])),
  )
  return {
    steps,
    documents: [...documents.values()],
    fetchedBy: [...new Set(pulls)],
    ...(taken && batch && { mirroredAfterMs: Math.max(0, endOf(batch) - endOf(taken)) }),
    ...(last?.code !== undefined && { failedWith: last.code }),
  }
}

function endOf({ at, ms }: SyncLogEntry): number {
  return Date.parse(at) + ms
}
