/** Sums what was exchanged by branch and span of time, until the log writes it down. */
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import { rowsAfter, type FailureRows } from './failure-rows.ts'
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
  /** Beside `requests`, of which nothing else is summed up either. */
  refused: number
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

/** Spans that wait while they cannot be written: 500 branches for some hours, a few for days. The oldest go first. */
const MOST_SPANS = 20_000

/** What fails at a branch. */
export interface BranchFailures {
  readonly branchId: string
  /** None where nothing fails any more. */
  readonly rows: FailureRows | undefined
  /** When something failed last, ms since 1970. */
  readonly atMs: number
}

export interface Counted {
  readonly spans: readonly Span[]
  readonly failures: readonly BranchFailures[]
}

export class Tally {
  readonly #spans = new Map<string, Span>()
  readonly #failures: Map<string, BranchFailures>
  /** What has changed since it was written. */
  readonly #changed = new Map<string, BranchFailures>()

  constructor(failures: readonly BranchFailures[] = []) {
    this.#failures = new Map(failures.map((one) => [one.branchId, one]))
  }

  /** Counts exchanges of branches; what apps wrote and what went into MySQL is none of them. */
  count(note: SyncNote, details: SyncNoteDetails, atMs: number): void {
    const { branchId, kind } = note
    if (branchId === undefined || kind === 'write' || kind === 'mirror') return
    const at = Math.floor(atMs / SPAN_MS) * SPAN_MS
    for (const of of [branchId, ALL_BRANCHES]) add(this.#spanOf(of, at), note, details)
    this.#follow(branchId, note, atMs)
  }

  /** What was counted and is not written, the oldest first. @param most spans */
  unwritten(most: number): Counted {
    const spans: Span[] = []
    for (const span of this.#spans.values()) {
      if (spans.length === most) break
      spans.push(span)
    }
    return { spans, failures: [...this.#changed.values()] }
  }

  /** All of it was written. */
  settle({ spans, failures }: Counted): void {
    for (const { branchId, at } of spans) this.#spans.delete(keyOf(branchId, at))
    for (const { branchId } of failures) this.#changed.delete(branchId)
  }

  /** Into a file that knows nothing. */
  writeAnew(): void {
    for (const [branchId, failures] of this.#failures) this.#changed.set(branchId, failures)
  }

  #spanOf(branchId: string, at: number): Span {
    const key = keyOf(branchId, at)
    const found = this.#spans.get(key)
    if (found) return found
    const span: Span = {
      branchId,
      at,
      requests: 0,
      failed: 0,
      refused: 0,
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
    if (this.#spans.size > MOST_SPANS) this.#spans.delete(this.#spans.keys().next().value!)
    return span
  }

  #follow(branchId: string, note: SyncNote, atMs: number): void {
    const before = this.#failures.get(branchId)
    const rows = rowsAfter(before?.rows, note)
    if (rows === before?.rows) return
    const after = { branchId, rows, atMs: note.outcome === 'failed' ? atMs : (before?.atMs ?? atMs) }
    if (rows) this.#failures.set(branchId, after)
    else this.#failures.delete(branchId)
    this.#changed.set(branchId, after)
  }
}

function keyOf(branchId: string, at: number): string {
  return `${at} ${branchId}`
}

function add(span: Span, note: SyncNote, { delaysMs, backlog }: SyncNoteDetails): void {
  // Of one that is refused, a branch's own node still knows what waits.
  if (backlog !== undefined) span.backlog = Math.max(span.backlog ?? 0, backlog)
  if (note.outcome === 'deferred') return
  if (note.outcome === 'refused') {
    span.refused += 1
    return
  }
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
}
