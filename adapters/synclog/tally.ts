/** Sums what was exchanged by branch and span of time, until the log writes it down. */
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import type { SyncNote, SyncNoteDetails } from './sync-recorder.ts'

/** The finer spans; the others are made of them. */
export const SPAN_MS = 300_000
export const HOUR_MS = 3_600_000
/** Stands for all branches where a branch's id stands otherwise. */
export const ALL_BRANCHES = ''

export interface Span {
  readonly branchId: string
  /** When it begins, ms since 1970. */
  readonly at: number
  requests: number
  failed: number
  sent: number
  received: number
  bytes: number
  ms: number
  maxMs: number
  delays: number
  delayMs: number
  maxDelayMs: number
  backlog: number | null
  /** Failures by code. */
  readonly codes: Map<ErrorCode, number>
}

export class Tally {
  #spans = new Map<string, Span>()
  /** Failures in a row until now, by branch; none for whose last request went well. */
  readonly streaks: Map<string, number>
  #changed = new Set<string>()

  constructor(streaks: Iterable<readonly [string, number]> = []) {
    this.streaks = new Map(streaks)
  }

  /** Counts exchanges of branches; what apps wrote and what went into MySQL is none of them. */
  count(note: SyncNote, details: SyncNoteDetails, atMs: number): void {
    const { branchId, kind } = note
    if (branchId === undefined || kind === 'write' || kind === 'mirror') return
    const at = Math.floor(atMs / SPAN_MS) * SPAN_MS
    for (const of of [branchId, ALL_BRANCHES]) {
      add(this.#spanOf(of, at), note, details)
      this.#follow(of, note.outcome === 'failed')
    }
  }

  /** What was counted since the last call. */
  take(): { readonly spans: readonly Span[]; readonly streaks: readonly (readonly [string, number])[] } {
    const spans = [...this.#spans.values()]
    const streaks = [...this.#changed].map((branchId) => [branchId, this.streaks.get(branchId) ?? 0] as const)
    this.#spans = new Map()
    this.#changed = new Set()
    return { spans, streaks }
  }

  #spanOf(branchId: string, at: number): Span {
    const key = `${at} ${branchId}`
    const found = this.#spans.get(key)
    if (found) return found
    const span: Span = {
      branchId,
      at,
      requests: 0,
      failed: 0,
      sent: 0,
      received: 0,
      bytes: 0,
      ms: 0,
      maxMs: 0,
      delays: 0,
      delayMs: 0,
      maxDelayMs: 0,
      backlog: null,
      codes: new Map(),
    }
    this.#spans.set(key, span)
    return span
  }

  #follow(branchId: string, hasFailed: boolean): void {
    const before = this.streaks.get(branchId) ?? 0
    if (!hasFailed && before === 0) return
    if (hasFailed) this.streaks.set(branchId, before + 1)
    else this.streaks.delete(branchId)
    this.#changed.add(branchId)
  }
}

function add(span: Span, note: SyncNote, { delaysMs, backlog }: SyncNoteDetails): void {
  span.requests += 1
  span.sent += note.sent
  span.received += note.received
  span.bytes += note.bytesSent + note.bytesReceived
  span.ms += note.ms
  span.maxMs = Math.max(span.maxMs, note.ms)
  if (note.outcome === 'failed') {
    span.failed += 1
    const code = note.code ?? 'INTERNAL'
    span.codes.set(code, (span.codes.get(code) ?? 0) + 1)
  }
  span.delays += delaysMs.length
  for (const delayMs of delaysMs) {
    span.delayMs += delayMs
    span.maxDelayMs = Math.max(span.maxDelayMs, delayMs)
  }
  if (backlog !== undefined) span.backlog = Math.max(span.backlog ?? 0, backlog)
}
