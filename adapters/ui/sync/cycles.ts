/** What a branch exchanged, cycle by cycle, from the entries of a sync log; needs no page. */
import type { ErrorCode } from '../../../schemas/error-catalogue.ts'
import type { SyncLogEntry, SyncLogKind } from '../../../schemas/protocol/sync-log.ts'

/** All requests of a cycle that did the same. */
export interface CycleStep {
  readonly kind: SyncLogKind
  readonly class?: number
  readonly requests: number
  readonly failed: number
  readonly sent: number
  readonly received: number
  readonly outcomes: NonNullable<SyncLogEntry['outcomes']>
  readonly bytes: number
}

export interface Cycle {
  readonly key: string
  readonly startedMs: number
  /** From the beginning of the first request to the end of the last. */
  readonly ms: number
  /** `repaired`: something failed, and what came last in the cycle went well. */
  readonly outcome: SyncLogEntry['outcome'] | 'repaired'
  /** Of what failed last. */
  readonly code?: ErrorCode
  /** By which the log finds it: of what failed last, else of the last request. */
  readonly requestId: string
  /** In the order in which each was begun. */
  readonly steps: readonly CycleStep[]
  /** The oldest first. */
  readonly entries: readonly SyncLogEntry[]
}

/**
 * @param entries the newest first, as a log lists them
 * @param hasMore the log has older ones: of the oldest cycle some may be among these
 * @returns the newest first
 */
export function cyclesOf(entries: readonly SyncLogEntry[], hasMore: boolean): Cycle[] {
  const byKey = new Map<string, SyncLogEntry[]>()
  for (const entry of entries.toReversed()) {
    // What apps write and what goes into MySQL belongs to no cycle.
    if (entry.kind === 'write' || entry.kind === 'mirror') continue
    const key = entry.cycle ?? entry.requestId
    const group = byKey.get(key)
    if (group) group.push(entry)
    else byKey.set(key, [entry])
  }
  const cycles = [...byKey].map(([key, group]) => toCycle(key, group))
  return (hasMore ? cycles.slice(1) : cycles).toReversed()
}

/** @param group the oldest first, one at least */
function toCycle(key: string, group: readonly SyncLogEntry[]): Cycle {
  const startedMs = Math.min(...group.map(({ at }) => Date.parse(at)))
  const endedMs = Math.max(...group.map(({ at, ms }) => Date.parse(at) + ms))
  const last = group.at(-1)!
  const failed = group.findLast(({ outcome }) => outcome === 'failed' || outcome === 'refused')
  return {
    key,
    startedMs,
    ms: endedMs - startedMs,
    outcome: failed !== undefined && last.outcome === 'ok' ? 'repaired' : last.outcome,
    ...(failed?.code !== undefined && { code: failed.code }),
    requestId: (failed ?? last).requestId,
    steps: stepsOf(group),
    entries: group,
  }
}

function stepsOf(group: readonly SyncLogEntry[]): CycleStep[] {
  const steps = new Map<string, CycleStep>()
  for (const entry of group) {
    const key = `${entry.kind} ${entry.class ?? ''}`
    const before = steps.get(key)
    steps.set(key, {
      kind: entry.kind,
      ...(entry.class !== undefined && { class: entry.class }),
      requests: (before?.requests ?? 0) + 1,
      failed: (before?.failed ?? 0) + (entry.outcome === 'failed' ? 1 : 0),
      sent: (before?.sent ?? 0) + entry.sent,
      received: (before?.received ?? 0) + entry.received,
      outcomes: added(before?.outcomes ?? {}, entry.outcomes ?? {}),
      bytes: (before?.bytes ?? 0) + entry.bytesSent + entry.bytesReceived,
    })
  }
  return [...steps.values()]
}

function added(one: CycleStep['outcomes'], other: CycleStep['outcomes']): CycleStep['outcomes'] {
  const sums: Partial<Record<keyof CycleStep['outcomes'], number>> = { ...one }
  for (const [outcome, count] of Object.entries(other) as [keyof CycleStep['outcomes'], number][]) {
    sums[outcome] = (sums[outcome] ?? 0) + count
  }
  return sums
}
