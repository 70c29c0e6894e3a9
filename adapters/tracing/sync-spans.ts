/**
 * Spans of cycles, exchanges, writes by apps and batches of the mirror, made of what the node notes of each: nothing is
 * measured twice, and whoever is traced waits for nothing of it.
 */
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type HrTime,
  type Tracer,
} from '@opentelemetry/api'
import type { SyncNote, SyncNoteListener } from '../synclog/sync-recorder.ts'
import { spanIdOf, traceIdOf, type GivenIds } from './given-ids.ts'

export interface SyncSpansParts {
  readonly tracer: Tracer
  /** Those of the tracer's provider. */
  readonly ids: GivenIds
  readonly node: 'headquarters' | 'branch'
}

interface Cycle {
  readonly name: string
  readonly branchId: string
  readonly beginMs: number
  endMs: number
  requests: number
  /** Of the last request that failed. */
  code?: string | undefined
}

export class SyncSpans {
  readonly #parts: SyncSpansParts
  #cycle: Cycle | undefined

  constructor(parts: SyncSpansParts) {
    this.#parts = parts
  }

  /** Hears of what is exchanged. */
  readonly note: SyncNoteListener = (note) => {
    const { tracer, ids, node } = this.#parts
    const { kind, requestId, cycle } = note
    const isExchange = kind !== 'write' && kind !== 'mirror'
    const traceId = traceIdOf(cycle ?? requestId)
    const beginMs = Date.parse(note.at)
    const endMs = beginMs + note.ms
    const isAsking = isExchange && node === 'branch'
    const spanId = isAsking ? spanIdOf('request', requestId) : undefined
    const span = ids.during({ traceId, spanId }, () =>
      tracer.startSpan(
        isExchange ? `exchange ${kind}` : kind === 'write' ? 'write' : 'mirror batch',
        { kind: kindOf(note, isAsking), startTime: toTime(beginMs), attributes: attributesOf(note) },
        parentOf(note, traceId, isExchange, isAsking),
      ),
    )
    // Whoever is asked to wait, or is not let in, is told why in `error.type`: nothing has failed.
    if (note.outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR, message: note.code ?? 'INTERNAL' })
    span.end(toTime(endMs))
    if (isAsking) this.#follow(note, beginMs, endMs)
  }

  /** At a branch: no cycle is under way any more. */
  endCycle(): void {
    const cycle = this.#cycle
    if (!cycle) return
    this.#cycle = undefined
    const { tracer, ids } = this.#parts
    const { name, branchId, beginMs, endMs, requests, code } = cycle
    const attributes = { 'outpost.branch': branchId, 'outpost.cycle': name, 'outpost.requests': requests }
    const span = ids.during({ traceId: traceIdOf(name), spanId: spanIdOf('cycle', name) }, () =>
      tracer.startSpan('cycle', { startTime: toTime(beginMs), attributes }, ROOT_CONTEXT),
    )
    if (code !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: code })
    span.end(toTime(endMs))
  }

  #follow({ cycle: name, branchId = '', outcome, code }: SyncNote, beginMs: number, endMs: number): void {
    if (name === undefined) return
    if (this.#cycle?.name !== name) this.endCycle()
    this.#cycle ??= { name, branchId, beginMs, endMs, requests: 0 }
    this.#cycle.endMs = Math.max(this.#cycle.endMs, endMs)
    this.#cycle.requests += 1
    if (outcome === 'failed') this.#cycle.code = code ?? 'INTERNAL'
  }
}

/** A request of a branch is part of its cycle, and what headquarters does with it part of the request. */
function parentOf({ requestId, cycle }: SyncNote, traceId: string, isExchange: boolean, isAsking: boolean): Context {
  if (!isExchange || (isAsking && cycle === undefined)) return ROOT_CONTEXT
  const spanId = isAsking ? spanIdOf('cycle', cycle!) : spanIdOf('request', requestId)
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: !isAsking })
}

function kindOf({ kind }: SyncNote, isAsking: boolean): SpanKind {
  return isAsking || kind === 'mirror' ? SpanKind.CLIENT : SpanKind.SERVER
}

function attributesOf(note: SyncNote): Attributes {
  const { branchId, mirror, requestId, cycle, class: syncClass, sent, received, queuedMs, outcomes, code } = note
  const named: Attributes = {
    'outpost.request_id': requestId,
    'outpost.documents.sent': sent,
    'outpost.documents.received': received,
    'outpost.bytes.sent': note.bytesSent,
    'outpost.bytes.received': note.bytesReceived,
    'outpost.branch': branchId,
    'outpost.mirror': mirror,
    'outpost.cycle': cycle,
    'outpost.class': syncClass,
    'outpost.queued_ms': queuedMs,
    'error.type': code,
  }
  for (const [outcome, count] of Object.entries(outcomes ?? {})) named[`outpost.outcomes.${outcome}`] = count
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}

/** A plain number might be taken for one of `performance.now()`, where a PC's clock is years off. */
function toTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}
