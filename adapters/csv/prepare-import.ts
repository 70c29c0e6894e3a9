/** Checks everything that can be checked before the first row is imported: the mapping, its files, their headers. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { checkCsvFile, type CsvFileCheck } from './check-csv-file.ts'
import { createFieldReader, type ColumnRule, type FieldReader } from './column-rule.ts'
import type { RowKind } from './import-record.ts'
import { readMappingText } from './mapping-file.ts'
import { readMapping, type FileUse, type MappingReading, type Mistake } from './mapping.ts'

export interface PrepareImportOptions {
  /** Path of the YAML or JSON file. */
  readonly mappingFile: string
  /** Where the CSV files are; the folder of the mapping file unless given. */
  readonly baseDir?: string
  /** Fill `${name}` in the mapping. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** One file of an import, ready to be read. */
export interface PreparedSection<Field extends string> {
  readonly kind: RowKind
  /** As the mapping names it; this is what messages and rejects name. */
  readonly file: string
  readonly path: string
  readonly bytes: number
  readonly header: readonly string[]
  readonly readers: Readonly<Partial<Record<Field, FieldReader>>>
  /** Whether the mapping's `where` chooses the row. */
  readonly selects: (fields: readonly string[]) => boolean
}

type FieldOf<Kind extends RowKind> = keyof NonNullable<MappingReading[Kind]>['columns'] & string

export interface PreparedImport {
  readonly source: string
  readonly defaultCountry: string | undefined
  readonly currency: string
  readonly currencyDecimals: number
  /** Minutes east of Greenwich, for times without an offset. */
  readonly timeOffset: number
  readonly delimiter: string
  readonly totalBytes: number
  readonly products: PreparedSection<FieldOf<'products'>> | undefined
  readonly members:
    | (PreparedSection<FieldOf<'members'>> & { readonly scope: 'shared' | 'private'; readonly onlyReferenced: boolean })
    | undefined
  readonly orders: PreparedSection<FieldOf<'orders'>> | undefined
  readonly orderLines:
    | (PreparedSection<FieldOf<'orderLines'>> & { readonly discountIs: 'fraction' | 'amount' })
    | undefined
}

/**
 * Reads each file once to see that it is what the mapping says.
 * @throws OutpostError IMPORT_FILE that lists every mistake of the mapping and of its files
 */
export async function prepareImport(options: PrepareImportOptions): Promise<PreparedImport> {
  const { mappingFile, baseDir = dirname(mappingFile), parameters = {} } = options
  const text = await readMappingFile(mappingFile)
  const { content, mistakes, lineOf } = readMappingText(text, parameters)
  const fail = (found: readonly Mistake[]) => new OutpostError('IMPORT_FILE', listMistakes(mappingFile, found, lineOf))
  if (content === undefined) throw fail(mistakes)

  const mapping = readMapping(content)
  const found = [...mistakes, ...mapping.mistakes]
  const { general, delimiter } = mapping
  const checks = new Map<RowKind, CsvFileCheck & { readonly ok: true; readonly path: string }>()
  for (const { kind, file, columns } of mapping.files) {
    // A file name with an unfilled parameter has its mistake already.
    if (delimiter === undefined || file.includes('${')) continue
    const path = resolve(baseDir, file)
    const check = await checkCsvFile(path, delimiter)
    if (check.ok) {
      checks.set(kind, { ...check, path })
      found.push(...missingColumns(columns, check.header))
    } else {
      found.push({ path: [kind, 'file'], message: check.mistake })
    }
  }
  if (found.length > 0 || !general || delimiter === undefined) throw fail(found)

  const prepare = <Field extends string>(
    kind: RowKind,
    section: SectionMapping<Field> | undefined,
  ): PreparedSection<Field> | undefined => {
    const check = checks.get(kind)
    if (!section || !check) return undefined
    const { path, bytes, header } = check
    return { kind, path, bytes, header, file: section.file, ...readersOf(section, header, general.nullTexts) }
  }
  const { members, orderLines } = mapping
  const products = prepare('products', mapping.products)
  const preparedMembers = prepare('members', members)
  const orders = prepare('orders', mapping.orders)
  const preparedLines = prepare('orderLines', orderLines)
  return {
    source: general.source,
    defaultCountry: general.defaultCountry,
    currency: general.currency,
    currencyDecimals: general.currencyDecimals,
    timeOffset: general.timeZone,
    delimiter,
    totalBytes: [products, preparedMembers, orders, preparedLines].reduce((sum, part) => sum + (part?.bytes ?? 0), 0),
    products,
    members: preparedMembers && {
      ...preparedMembers,
      scope: members!.scope,
      onlyReferenced: members!.referencedBy !== undefined,
    },
    orders,
    orderLines: preparedLines && { ...preparedLines, discountIs: orderLines!.discountIs },
  }
}

interface SectionMapping<Field extends string> {
  readonly file: string
  readonly columns: { readonly [F in Field]?: ColumnRule | undefined }
  readonly where?: { readonly column: string; readonly equals: string } | undefined
}

async function readMappingFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const message = missing ? `There is no mapping file ${path}.` : `Cannot read the mapping file ${path}.`
    throw new OutpostError('IMPORT_FILE', message, { cause: error })
  }
}

function missingColumns(columns: FileUse['columns'], header: readonly string[]): readonly Mistake[] {
  return columns
    .filter(({ column }) => !header.includes(column))
    .map(({ path, column }) => ({
      path,
      message: `the file has no column "${column}"; its columns are ${header.join(', ')}`,
    }))
}

function readersOf<Field extends string>(
  { columns, where }: SectionMapping<Field>,
  header: readonly string[],
  nullTexts: readonly string[],
): Pick<PreparedSection<Field>, 'readers' | 'selects'> {
  const readers: Partial<Record<Field, FieldReader>> = {}
  for (const field in columns) {
    const rule = columns[field]
    if (rule) readers[field] = createFieldReader(rule, header, nullTexts)
  }
  const column = where ? header.indexOf(where.column) : -1
  return { readers, selects: (fields) => !where || fields[column]?.trim() === where.equals.trim() }
}

function listMistakes(
  mappingFile: string,
  mistakes: readonly Mistake[],
  lineOf: (path: readonly string[]) => number | undefined,
): string {
  const lines = mistakes.map(({ path, message }) => {
    const line = lineOf(path)
    const place = path.join('.') + (line === undefined ? '' : ` (line ${line})`)
    return place === '' ? `\n  ${message}` : `\n  ${place}: ${message}`
  })
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`
  return `The mapping ${mappingFile} has ${count}:${lines.join('')}`
}
