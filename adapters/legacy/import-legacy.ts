/**
 * Imports all rows of a legacy database, members before the orders that name them. How far it came is kept with each
 * page: an import that was ended goes on there, unless the mapping has changed. Done again, it changes nothing.
 */
import type { ImportResult } from '../import/import-result.ts'
import type { LegacyCursor, LegacyKind, LegacyPosition, LegacySink } from './legacy-batch.ts'
import type { LegacyReader } from './legacy-reader.ts'

export interface ImportLegacyOptions {
  readonly reader: LegacyReader
  readonly sink: LegacySink
  /** Read before the first row of a new import: changes are taken from there on, once it is through. */
  readonly position: () => Promise<LegacyPosition | undefined>
  /** All rows are due, and a position before them, whatever was imported before: also where an import is unfinished. */
  readonly anew?: boolean
  readonly signal: AbortSignal
  /** Called after each page; from then on an import that is ended goes on there. */
  readonly onProgress?: (progress: LegacyImportProgress) => void
}

type Counts = Record<LegacyKind, number>

export interface LegacyImportProgress {
  readonly section: LegacyKind
  /** Rows of the section that have been read by this run. */
  readonly rows: number
}

export interface LegacyImportReport {
  /** Whether it went on where an earlier one was ended; the counts are of this run. */
  readonly resumed: boolean
  readonly read: Counts
  readonly inserted: Counts
  readonly updated: Counts
  readonly unchanged: Counts
  readonly rejected: number
  /** Rows that were imported with something to know. */
  readonly warnings: number
  /** The first hundred of them in words. */
  readonly notes: readonly string[]
}

const SECTIONS: readonly LegacyKind[] = ['member', 'order']
const MAX_NOTES = 100

/** @throws the signal's reason; whatever the database or the node answers */
export async function importLegacy(options: ImportLegacyOptions): Promise<LegacyImportReport> {
  const { reader, sink, signal, onProgress, anew = false } = options
  const { source, fingerprint } = reader.prepared
  const before = await sink.progress(source)
  const isSame = before?.fingerprint === fingerprint && !anew
  const unfinished = isSame && before.cursor !== 'done' ? before.cursor : undefined
  const none = () => ({ member: 0, order: 0 })
  const notes: string[] = []
  const report = {
    resumed: unfinished !== undefined,
    read: none(),
    inserted: none(),
    updated: none(),
    unchanged: none(),
    rejected: 0,
    warnings: 0,
    notes,
  }
  const count = (kind: LegacyKind, legacyId: string, { outcome, warning }: ImportResult): void => {
    if (outcome !== 'rejected') report[outcome][kind] += 1
    if (warning === undefined) return
    report.warnings += 1
    if (notes.length < MAX_NOTES) notes.push(`${kind} ${legacyId}: ${warning}`)
  }
  let cursor: LegacyCursor = unfinished ?? { section: 'member', after: null }
  if (!unfinished) {
    // A position that is there already is older, and so tells of more.
    const position = before?.position === undefined || anew ? await options.position() : undefined
    await sink.take({ ...NOTHING, source, progress: { fingerprint, cursor, ...(position && { position }) } })
  }
  while (cursor !== 'done') {
    signal.throwIfAborted()
    const { section, after }: Exclude<LegacyCursor, 'done'> = cursor
    const { records, rejects, read, last } = await reader.page(section, after)
    cursor = last ? { section, after: last } : nextSection(section)
    signal.throwIfAborted()
    const taken = await sink.take({ source, records, rejects, gone: [], progress: { cursor } })
    for (const [i, record] of records.entries()) count(section, record.legacyId, taken.results[i]!)
    report.read[section] += read
    report.rejected += taken.rejected
    onProgress?.({ section, rows: report.read[section] })
  }
  return report
}

const NOTHING = { records: [], rejects: [], gone: [] } as const

function nextSection(section: LegacyKind): LegacyCursor {
  const next = SECTIONS[SECTIONS.indexOf(section) + 1]
  return next === undefined ? 'done' : { section: next, after: null }
}
