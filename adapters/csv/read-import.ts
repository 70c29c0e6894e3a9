/**
 * Reads the files of an import and joins them: one pass over each file, records in the order products, members, orders.
 * Streams: besides one chunk of a file and one batch it keeps name and price of the products, the ids of the members
 * and orders, and the selected orders with their lines until the members have been handed on.
 */
import { csvRows, type CsvRow } from './csv-rows.ts'
import { ImportOutput, type ImportEvent } from '../import/import-output.ts'
import { MemberRows } from '../import/member-rows.ts'
import { OrderBook } from '../import/order-book.ts'
import type { PreparedCsv } from './prepare-import.ts'
import { ProductRows, type KnownProduct } from '../import/product-rows.ts'
import { toReject } from '../import/row-fields.ts'

export interface ImportProgress {
  /** As the mapping names it. */
  readonly file: string
  readonly bytes: number
  readonly totalBytes: number
}

export interface ReadImportOptions {
  /** Products that are there already, by legacy id: lines may name them though no file has them. */
  readonly knownProducts?: ReadonlyMap<string, KnownProduct>
  readonly signal?: AbortSignal
  /** Called after each chunk of a file. */
  readonly onProgress?: (progress: ImportProgress) => void
}

/**
 * Yields batches (at most 500 records of one kind), rejects and warnings as they are found, and last the summary.
 * A bad row never ends it; an aborted signal does, with the signal's reason, and so does a file that cannot be read on.
 */
export async function* readImport(prepared: PreparedCsv, options: ReadImportOptions = {}): AsyncGenerator<ImportEvent> {
  const output = new ImportOutput()
  const products = new ProductRows(prepared, output, options.knownProducts)
  const orders = new OrderBook(prepared, output, products)
  const members = new MemberRows(prepared, output, (legacyId) => orders.namesMember(legacyId))
  const progress = { done: 0 }

  const read = async function* <
    Section extends NonNullable<PreparedCsv['products' | 'members' | 'orders' | 'orderLines']>,
  >(
    section: Section | undefined,
    readRow: (section: Section, row: CsvRow) => void,
    consequenceOf?: (section: Section, row: CsvRow) => string,
  ): AsyncGenerator<ImportEvent> {
    if (!section) return
    const onBytes = (bytes: number) =>
      options.onProgress?.({ file: section.file, bytes: progress.done + bytes, totalBytes: prepared.totalBytes })
    let isHeader = true
    for await (const rows of csvRows({ ...section, delimiter: prepared.delimiter, signal: options.signal, onBytes })) {
      for (const row of rows) {
        if (!isHeader) {
          output.countRead(section.kind)
          const problem = findShapeProblem(section, row)
          if (!problem) readRow(section, row)
          else output.reject(toReject(section, row, [problem], consequenceOf?.(section, row)))
        }
        isHeader = false
      }
      yield* output.take()
      options.signal?.throwIfAborted()
    }
    output.endBatch()
    yield* output.take()
    progress.done += section.bytes
  }

  options.signal?.throwIfAborted()
  yield* read(prepared.products, (section, row) => products.read(section, row))
  yield* read(prepared.orders, (section, row) => orders.readOrder(section, row))
  yield* read(
    prepared.orderLines,
    (section, row) => orders.readLine(section, row),
    (section, row) => {
      const legacyId = orders.rejectOrderOf(section, row)
      return legacyId === undefined ? '' : `; order ${legacyId} is not imported`
    },
  )
  yield* read(prepared.members, (section, row) => members.read(section, row))
  for (const order of orders.release()) {
    output.record(order)
    yield* output.take()
    options.signal?.throwIfAborted()
  }
  output.endBatch()
  yield* output.take()
  yield { type: 'summary', summary: output.summary() }
}

/** Such a row can be trusted in nothing, not even in whose it is: every import of the file names it. */
function findShapeProblem(
  { header }: { readonly header: readonly string[] },
  { fields, broken }: CsvRow,
): { code: 'COLUMNS' | 'QUOTES'; reason: string } | undefined {
  if (broken !== undefined) return { code: 'QUOTES', reason: broken }
  if (fields.length === header.length) return undefined
  const columns = fields.length === 1 ? 'column' : 'columns'
  return { code: 'COLUMNS', reason: `has ${fields.length} ${columns}, the header has ${header.length}` }
}
