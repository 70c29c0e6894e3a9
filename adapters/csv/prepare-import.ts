/** Checks everything that can be checked before the first row is imported: the mapping, its files, their headers. */
import { dirname, resolve } from 'node:path'
import type { RowKind } from '../import/import-record.ts'
import { readMappingText } from '../import/mapping-file.ts'
import { readMapping, type Mistake } from '../import/mapping.ts'
import {
  mappingError,
  missingColumns,
  prepareSections,
  readMappingFile,
  type PreparedImport,
} from '../import/prepared-import.ts'
import { checkCsvFile, type CsvFileCheck } from './check-csv-file.ts'

export interface PrepareImportOptions {
  /** Path of the YAML or JSON file. */
  readonly mappingFile: string
  /** Where the CSV files are; the folder of the mapping file unless given. */
  readonly baseDir?: string
  /** Fill `${name}` in the mapping. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** Where a section's rows stand. */
interface CsvPlace {
  readonly path: string
  readonly bytes: number
  readonly header: readonly string[]
}

export interface PreparedCsv extends PreparedImport<CsvPlace> {
  readonly delimiter: string
  readonly totalBytes: number
}

/**
 * Reads each file once to see that it is what the mapping says.
 * @throws OutpostError IMPORT_FILE that lists every mistake of the mapping and of its files
 */
export async function prepareImport(options: PrepareImportOptions): Promise<PreparedCsv> {
  const { mappingFile, baseDir = dirname(mappingFile), parameters = {} } = options
  const text = await readMappingFile(mappingFile)
  const { content, mistakes, lineOf } = readMappingText(text, parameters)
  const fail = (found: readonly Mistake[]) => mappingError(mappingFile, found, lineOf)
  if (content === undefined) throw fail(mistakes)

  const mapping = readMapping(content, 'file')
  const found = [...mistakes, ...mapping.mistakes]
  const { general, delimiter } = mapping
  const checks = new Map<RowKind, CsvFileCheck & CsvPlace & { readonly ok: true }>()
  for (const { kind, place, columns } of mapping.places) {
    // A file name with an unfilled parameter has its mistake already.
    if (delimiter === undefined || place.includes('${')) continue
    const path = resolve(baseDir, place)
    const check = await checkCsvFile(path, delimiter)
    if (check.ok) {
      checks.set(kind, { ...check, path })
      found.push(...missingColumns(columns, check.header, 'file'))
    } else {
      found.push({ path: [kind, 'file'], message: check.mistake })
    }
  }
  if (found.length > 0 || !general || delimiter === undefined) throw fail(found)
  const prepared = prepareSections<CsvPlace>(mapping, general, (kind) => checks.get(kind))
  const { products, members, orders, orderLines } = prepared
  const totalBytes = [products, members, orders, orderLines].reduce((sum, part) => sum + (part?.bytes ?? 0), 0)
  return { ...prepared, delimiter, totalBytes }
}
