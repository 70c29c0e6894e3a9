/** Collects what the reading of rows brings until it is handed on: records in batches of one kind, rejects, warnings, counts. */
import type { ImportRecord, RowKind, RowReject, RowWarning } from './import-record.ts'

export interface ImportSummary {
  /** Data rows in the files; blank lines and headers do not count. */
  readonly read: Readonly<Record<RowKind, number>>
  /** Rows that became records, or lines of one. */
  readonly selected: Readonly<Record<RowKind, number>>
  /** Rejected rows; `orders` also counts, once each, those that fell because of a line. */
  readonly rejected: Readonly<Record<RowKind, number>>
  readonly warnings: number
  /** Lines left out because their order was rejected or is in no file. */
  readonly orphanLines: number
  readonly orphanLinesByOrder: ReadonlyMap<string, number>
}

export type ImportEvent =
  | { readonly type: 'records'; readonly records: readonly ImportRecord[] }
  | { readonly type: 'reject'; readonly reject: RowReject }
  | { readonly type: 'warning'; readonly warning: RowWarning }
  /** The last event. */
  | { readonly type: 'summary'; readonly summary: ImportSummary }

const MAX_BATCH = 500

export class ImportOutput {
  #batch: ImportRecord[] = []
  #events: ImportEvent[] = []
  readonly #read = noRows()
  readonly #selected = noRows()
  readonly #rejected = noRows()
  readonly #orphans = new Map<string, number>()
  #warnings = 0

  countRead(kind: RowKind): void {
    this.#read[kind]++
  }

  record(record: ImportRecord): void {
    this.#selected[`${record.kind}s`]++
    if (record.kind === 'order') this.#selected.orderLines += record.lines.length
    this.#batch.push(record)
    if (this.#batch.length === MAX_BATCH) this.endBatch()
  }

  reject(reject: RowReject): void {
    this.#rejected[reject.kind]++
    this.#events.push({ type: 'reject', reject })
  }

  /** An order that is left out because of one of its lines, which is rejected for itself. */
  countRejectedOrder(): void {
    this.#rejected.orders++
  }

  countOrphans(orderLegacyId: string, lines: number): void {
    if (lines > 0) this.#orphans.set(orderLegacyId, (this.#orphans.get(orderLegacyId) ?? 0) + lines)
  }

  warn(warning: RowWarning): void {
    this.#warnings++
    this.#events.push({ type: 'warning', warning })
  }

  /** Keeps kinds apart: what follows goes into a batch of its own. */
  endBatch(): void {
    if (this.#batch.length > 0) this.#events.push({ type: 'records', records: this.#batch })
    this.#batch = []
  }

  /** What is ready to be handed on. */
  take(): readonly ImportEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  summary(): ImportSummary {
    let orphanLines = 0
    for (const lines of this.#orphans.values()) orphanLines += lines
    return {
      read: { ...this.#read },
      selected: { ...this.#selected },
      rejected: { ...this.#rejected },
      warnings: this.#warnings,
      orphanLines,
      orphanLinesByOrder: new Map(this.#orphans),
    }
  }
}

function noRows(): Record<RowKind, number> {
  return { products: 0, members: 0, orders: 0, orderLines: 0 }
}
