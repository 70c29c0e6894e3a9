/** Runs an import: reads the files, hands the records on in batches, writes what was rejected, shows how far it is. */
import { resolve } from 'node:path'
import { stderr } from 'node:process'
import { SingleBar } from 'cli-progress'
import type { ImportRecord, RowReject } from '../import/import-record.ts'
import { prepareImport } from '../csv/prepare-import.ts'
import { readImport } from '../csv/read-import.ts'
import { RejectsFile } from '../import/rejects-file.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { ImportResult } from '../import/import-result.ts'

/** Takes a batch of records; one result per record, in their order. */
export type ImportSink = (records: readonly ImportRecord[]) => Promise<readonly ImportResult[]>

export interface ImportCsvOptions {
  readonly mappingFile: string
  readonly baseDir?: string | undefined
  readonly parameters: Readonly<Record<string, string>>
  readonly rejectsFile: string
  /** The kinds that this side takes; others in the files only serve to understand the rest. */
  readonly kinds: readonly ImportRecord['kind'][]
  readonly sink: ImportSink
  readonly showProgress: boolean
  readonly signal: AbortSignal
}

type Counts = Record<ImportRecord['kind'], number>

export interface ImportReport {
  readonly inserted: Counts
  readonly updated: Counts
  readonly unchanged: Counts
  /** Rows that were not imported, by section of the mapping. */
  readonly rejected: Record<RowReject['kind'], number>
  /** Rows that were imported with something to know; the first hundred of them in words. */
  readonly warnings: number
  readonly notes: readonly string[]
  /** Lines whose order was rejected or is in no file. */
  readonly orphanLines: number
  readonly rejectsFile: string
}

const SECTION = { member: 'members', product: 'products', order: 'orders' } as const
const MAX_NOTES = 100

export async function importCsv(options: ImportCsvOptions): Promise<ImportReport> {
  const { mappingFile, baseDir, parameters, kinds, sink, signal } = options
  const prepared = await prepareImport({ mappingFile, parameters, ...(baseDir !== undefined && { baseDir }) })
  const { products, members, orders, orderLines } = prepared
  const inputs = [mappingFile, ...[products, members, orders, orderLines].flatMap((section) => section?.path ?? [])]
  if (inputs.some((path) => resolve(path) === resolve(options.rejectsFile))) {
    throw new OutpostError(
      'IMPORT_FILE',
      `${options.rejectsFile} is read by this import: name another file for its rejects`,
    )
  }
  const rejects = await RejectsFile.create(options.rejectsFile)
  const bar = options.showProgress ? startBar(prepared.totalBytes) : undefined
  const report = emptyReport(options.rejectsFile)
  const reject = async (row: RowReject) => {
    report.rejected[row.kind] += 1
    await rejects.add(row)
  }
  const note = (text: string) => {
    report.warnings += 1
    if (report.notes.length < MAX_NOTES) report.notes.push(text)
  }
  try {
    const onProgress = ({ bytes }: { bytes: number }) => bar?.update(bytes)
    for await (const event of readImport(prepared, { signal, onProgress })) {
      if (event.type === 'reject') await reject(event.reject)
      else if (event.type === 'warning') note(`${event.warning.file}:${event.warning.line}: ${event.warning.reason}`)
      else if (event.type === 'summary') report.orphanLines = event.summary.orphanLines
      else {
        const records = event.records.filter(({ kind }) => kinds.includes(kind))
        const results = records.length > 0 ? await sink(records) : []
        for (const [i, record] of records.entries()) await tell(record, results[i]!, report, reject, note)
      }
    }
    await rejects.commit()
    return report
  } finally {
    bar?.stop()
    await rejects.discard()
  }
}

async function tell(
  record: ImportRecord,
  result: ImportResult,
  report: Mutable<ImportReport>,
  reject: (row: RowReject) => Promise<void>,
  note: (text: string) => void,
): Promise<void> {
  const { file, line } = record.origin
  if (result.outcome !== 'rejected') {
    report[result.outcome][record.kind] += 1
    if (result.warning !== undefined) note(`${file}:${line}: ${record.legacyId}: ${result.warning}`)
    return
  }
  const { code = 'INTERNAL', field, reason = '' } = result
  // The codes of documents and those of rows share one column: a person reads both.
  const row = { file, line, kind: SECTION[record.kind], code: code as RowReject['code'], reason, text: record.legacyId }
  await reject(field === undefined ? row : { ...row, field })
}

function startBar(totalBytes: number): SingleBar {
  const bar = new SingleBar({
    format: 'import [{bar}] {percentage}% | {value}/{total} bytes | {eta_formatted} left',
    hideCursor: true,
    stream: stderr,
    noTTYOutput: false,
  })
  bar.start(totalBytes, 0)
  return bar
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] }

function emptyReport(rejectsFile: string): Mutable<ImportReport> {
  const none = () => ({ member: 0, product: 0, order: 0 })
  return {
    inserted: none(),
    updated: none(),
    unchanged: none(),
    rejected: { members: 0, products: 0, orders: 0, orderLines: 0 },
    warnings: 0,
    notes: [],
    orphanLines: 0,
    rejectsFile,
  }
}
