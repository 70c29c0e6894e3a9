/**
 * The metrics of a node: counters and histograms of what it exchanged since its start, and at each look the figures of its
 * status. In a registry of its own, since a process may run several nodes.
 */
import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import { longestOf, rowsAfter, type FailureRows } from '../synclog/failure-rows.ts'
import type { SyncNote, SyncNoteDetails, SyncNoteListener } from '../synclog/sync-recorder.ts'
import { METRICS, type MetricFacts, type MetricName, type Sample } from './metric-catalogue.ts'
import type { NodeStatus } from './readiness.ts'
import { isExpected, statusSamples } from './status-samples.ts'

const PUSH_OUTCOMES = ['applied', 'merged', 'held', 'rejected']

export interface NodeMetricsParts {
  readonly node: 'headquarters' | 'branch'
  readonly status: () => NodeStatus
  /** At headquarters: documents that are tried again by themselves. */
  readonly retries?: () => number
  /** Of the store: it and its disk are looked at. */
  readonly file: string
}

export class NodeMetrics {
  readonly #parts: NodeMetricsParts
  readonly #registry = new Registry()
  readonly #metrics = new Map<string, Counter | Gauge | Histogram>()
  /** What fails, by branch. */
  readonly #failures = new Map<string, FailureRows>()
  #cpuSeconds = 0

  constructor(parts: NodeMetricsParts) {
    this.#parts = parts
    for (const [name, facts] of Object.entries<MetricFacts>(METRICS)) {
      if (facts.node !== 'both' && facts.node !== parts.node) continue
      this.#metrics.set(name, create(name, facts, this.#registry))
    }
    // A series that begins at 1 has not grown: a rate over it would miss the first.
    for (const code of Object.keys(ERROR_CATALOGUE)) this.#count('outpost_exchange_failures_total', { code }, 0)
    for (const outcome of PUSH_OUTCOMES) this.#count('outpost_push_outcomes_total', { outcome }, 0)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** @returns the text format of Prometheus, version 0.0.4 */
  scrape(): Promise<string> {
    const { retries } = this.#parts
    const status = this.#parts.status()
    const samples = [
      ...statusSamples(status),
      ...this.#failureSamples(status),
      ...(retries ? [sampleOf('outpost_retries', retries())] : []),
    ]
    for (const name of GAUGES) this.#forget(name)
    for (const { name, labels, value } of [...samples, ...this.#ownSamples()]) this.#gauge(name)?.set(labels, value)
    this.#noteProcessor()
    return this.#registry.metrics()
  }

  /** Hears of what is exchanged. */
  readonly note: SyncNoteListener = (note, details) => {
    if (note.kind === 'write') this.#noteWrite(details)
    else if (note.kind === 'mirror') this.#noteBatch(note)
    else if (note.branchId !== undefined) this.#noteExchange(note, note.branchId, details)
  }

  /** What was refused was not written, and may be of a collection that there is not. */
  #noteWrite(details: SyncNoteDetails): void {
    const documents = details.documents.filter(({ seq }) => seq > 0)
    this.#countDocuments('outpost_written_documents_total', {}, { ...details, documents })
  }

  #noteExchange(note: SyncNote, branch: string, details: SyncNoteDetails): void {
    const { kind, outcome, code = 'INTERNAL', ms, queuedMs, bytesSent, bytesReceived, outcomes = {} } = note
    for (const each of ['ok', 'failed']) this.#count('outpost_exchanges_total', { branch, outcome: each }, 0)
    this.#count('outpost_exchanges_total', { branch, outcome })
    // Nothing was exchanged.
    if (outcome === 'refused' || outcome === 'deferred') return
    const rows = rowsAfter(this.#failures.get(branch), note)
    if (rows) this.#failures.set(branch, rows)
    else this.#failures.delete(branch)
    if (outcome === 'failed') this.#count('outpost_exchange_failures_total', { code })
    this.#observe('outpost_exchange_duration_seconds', { kind }, ms)
    if (queuedMs !== undefined) this.#observe('outpost_exchange_queue_seconds', {}, queuedMs)
    this.#count('outpost_exchange_sent_bytes_total', { branch }, bytesSent)
    this.#count('outpost_exchange_received_bytes_total', { branch }, bytesReceived)
    if (kind === 'push') this.#countDocuments('outpost_pushed_documents_total', { branch }, details)
    if (kind === 'pull') this.#countDocuments('outpost_pulled_documents_total', { branch }, details)
    for (const [each, documents] of Object.entries(outcomes)) {
      this.#count('outpost_push_outcomes_total', { outcome: each }, documents)
    }
    for (const delayMs of details.delaysMs) this.#observe('outpost_replication_delay_seconds', {}, Math.max(0, delayMs))
  }

  #noteBatch({ mirror = '', outcome, outcomes, ms }: SyncNote): void {
    for (const each of ['ok', 'failed']) this.#count('outpost_mirror_batches_total', { mirror, outcome: each }, 0)
    this.#count('outpost_mirror_batches_total', { mirror, outcome })
    this.#observe('outpost_mirror_batch_duration_seconds', { mirror }, ms)
    this.#count('outpost_mirror_documents_total', { mirror }, outcomes?.applied ?? 0)
  }

  #countDocuments(name: MetricName, labels: Sample['labels'], { documents }: SyncNoteDetails): void {
    const counts = new Map<string, number>()
    for (const { collection } of documents) counts.set(collection, (counts.get(collection) ?? 0) + 1)
    for (const [collection, count] of counts) this.#count(name, { ...labels, collection }, count)
  }

  /** Of branches that are expected. */
  #failureSamples(status: NodeStatus): Sample[] {
    const ids = status.node === 'cloud' ? status.branches.filter(isExpected).map(({ id }) => id) : [status.branchId]
    return ids.map((branch) => ({
      name: 'outpost_branch_consecutive_failures',
      labels: { branch },
      value: longestOf(this.#failures.get(branch)),
    }))
  }

  #ownSamples(): Sample[] {
    const { file } = this.#parts
    return [
      sampleOf('process_start_time_seconds', STARTED_S),
      sampleOf('process_resident_memory_bytes', process.memoryUsage.rss()),
      ...diskSamples(file),
    ]
  }

  #noteProcessor(): void {
    const { user, system } = process.cpuUsage()
    const seconds = (user + system) / 1e6
    this.#count('process_cpu_seconds_total', {}, seconds - this.#cpuSeconds)
    this.#cpuSeconds = seconds
  }

  /** What has gone, such as a branch that was retired or the date of a backup, is not told any more, also not as 0. */
  #forget(name: MetricName): void {
    const gauge = this.#gauge(name)
    gauge?.reset()
    if (METRICS[name].labels.length === 0) gauge?.remove()
  }

  #gauge(name: MetricName): Gauge | undefined {
    const metric = this.#metrics.get(name)
    return metric instanceof Gauge ? metric : undefined
  }

  #count(name: MetricName, labels: Sample['labels'], by = 1): void {
    const metric = this.#metrics.get(name)
    if (metric instanceof Counter) metric.inc(labels, by)
  }

  /** Of a time in ms; metrics have seconds. */
  #observe(name: MetricName, labels: Sample['labels'], ms: number): void {
    const metric = this.#metrics.get(name)
    if (metric instanceof Histogram) metric.observe(labels, ms / 1000)
  }
}

const STARTED_S = Math.round(Date.now() / 1000 - process.uptime())

/** Set anew at each look. */
const GAUGES = (Object.keys(METRICS) as MetricName[]).filter((name) => METRICS[name].type === 'gauge')

function create(name: string, { type, help, labels, buckets = [] }: MetricFacts, registry: Registry) {
  const options = { name, help, labelNames: [...labels], registers: [registry] }
  if (type === 'counter') return new Counter(options)
  return type === 'gauge' ? new Gauge(options) : new Histogram({ ...options, buckets: [...buckets] })
}

function sampleOf(name: MetricName, value: number): Sample {
  return { name, labels: {}, value }
}

/** None where the disk does not tell. */
function diskSamples(file: string): Sample[] {
  try {
    const { bavail, bsize } = statfsSync(dirname(file))
    return [sampleOf('outpost_disk_free_bytes', bavail * bsize), sampleOf('outpost_store_bytes', sizeOf(file))]
  } catch {
    return []
  }
}

function sizeOf(file: string): number {
  return [file, `${file}-wal`].reduce((sum, one) => sum + (statSync(one, { throwIfNoEntry: false })?.size ?? 0), 0)
}
