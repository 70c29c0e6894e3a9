/** A mapping that has been checked against what it reads, whether files or tables. */
import { readFile } from 'node:fs/promises'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { createFieldReader, type ColumnRule, type FieldReader } from './column-rule.ts'
import type { RowKind } from './import-record.ts'
import type { MappingReading, Mistake, PlaceUse } from './mapping.ts'

/** One file or table of an import, ready to be read. */
export interface PreparedSection<Field extends string> {
  readonly kind: RowKind
  /** The file or table, as the mapping names it; this is what messages and rejects name. */
  readonly file: string
  readonly header: readonly string[]
  readonly readers: Readonly<Partial<Record<Field, FieldReader>>>
  /** Whether the mapping's `where` chooses the row. */
  readonly selects: (fields: readonly string[]) => boolean
}

type FieldOf<Kind extends RowKind> = keyof NonNullable<MappingReading[Kind]>['columns'] & string

/** @typeParam Place what is known of each file or table beside its columns */
export interface PreparedImport<Place = unknown> {
  readonly source: string
  readonly defaultCountry: string | undefined
  readonly currency: string
  readonly currencyDecimals: number
  /** Minutes east of Greenwich, for times without an offset. */
  readonly timeOffset: number
  readonly products: (PreparedSection<FieldOf<'products'>> & Place) | undefined
  readonly members:
    | (PreparedSection<FieldOf<'members'>> &
        Place & { readonly scope: 'shared' | 'private'; readonly onlyReferenced: boolean })
    | undefined
  readonly orders: (PreparedSection<FieldOf<'orders'>> & Place) | undefined
  readonly orderLines:
    | (PreparedSection<FieldOf<'orderLines'>> & Place & { readonly discountIs: 'fraction' | 'amount' })
    | undefined
}

/** @param placeOf of each section that the mapping has */
export function prepareSections<Place extends { readonly header: readonly string[] }>(
  mapping: MappingReading,
  general: NonNullable<MappingReading['general']>,
  placeOf: (kind: RowKind) => Place | undefined,
): PreparedImport<Place> {
  const prepare = <Field extends string>(
    kind: RowKind,
    section: SectionMapping<Field> | undefined,
  ): (PreparedSection<Field> & Place) | undefined => {
    const place = placeOf(kind)
    if (!section || !place) return undefined
    return { ...place, kind, file: section.place, ...readersOf(section, place.header, general.nullTexts) }
  }
  const { members, orderLines } = mapping
  const preparedMembers = prepare('members', members)
  const preparedLines = prepare('orderLines', orderLines)
  return {
    source: general.source,
    defaultCountry: general.defaultCountry,
    currency: general.currency,
    currencyDecimals: general.currencyDecimals,
    timeOffset: general.timeZone,
    products: prepare('products', mapping.products),
    members: preparedMembers && {
      ...preparedMembers,
      scope: members!.scope,
      onlyReferenced: members!.referencedBy !== undefined,
    },
    orders: prepare('orders', mapping.orders),
    orderLines: preparedLines && { ...preparedLines, discountIs: orderLines!.discountIs },
  }
}

interface SectionMapping<Field extends string> {
  readonly place: string
  readonly columns: { readonly [F in Field]?: ColumnRule | undefined }
  readonly where?: { readonly column: string; readonly equals: string } | undefined
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

/** @throws OutpostError IMPORT_FILE */
export async function readMappingFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const message = missing ? `There is no mapping file ${path}.` : `Cannot read the mapping file ${path}.`
    throw new OutpostError('IMPORT_FILE', message, { cause: error })
  }
}

/** @param what of a file or a table */
export function missingColumns(
  columns: PlaceUse['columns'],
  header: readonly string[],
  what: 'file' | 'table',
): readonly Mistake[] {
  return columns
    .filter(({ column }) => !header.includes(column))
    .map(({ path, column }) => ({
      path,
      message: `the ${what} has no column "${column}"; its columns are ${header.join(', ')}`,
    }))
}

/** All mistakes in one error, each with its place in the mapping. */
export function mappingError(
  mappingFile: string,
  mistakes: readonly Mistake[],
  lineOf: (path: readonly string[]) => number | undefined,
): OutpostError {
  const lines = mistakes.map(({ path, message }) => {
    const line = lineOf(path)
    const place = path.join('.') + (line === undefined ? '' : ` (line ${line})`)
    return place === '' ? `\n  ${message}` : `\n  ${place}: ${message}`
  })
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`
  return new OutpostError('IMPORT_FILE', `The mapping ${mappingFile} has ${count}:${lines.join('')}`)
}
