/** Checks a mapping of tables against the legacy database, and lists everything that is wrong with either at once. */
import { createHash } from 'node:crypto'
import { canonicalJson, isRecord } from '../../schemas/json.ts'
import type { RowKind } from '../import/import-record.ts'
import { readMappingText } from '../import/mapping-file.ts'
import { readMapping, type MappingReading, type Mistake, type PlaceUse } from '../import/mapping.ts'
import { mappingError, missingColumns, prepareSections, readMappingFile } from '../import/prepared-import.ts'
import type { MysqlSession } from '../mysql/mysql-session.ts'
import { inspectTables, type InspectedTable } from '../mysql/table-inspection.ts'
import { isName, isSeekable, isWatermark, selected, type LegacyPlace, type PreparedLegacy } from './legacy-place.ts'

/** Where the mirror keeps its place: a database with it is no legacy system but this chain's own copy. */
const MIRROR_TABLE = 'outpost_mirror'

export interface PrepareLegacyOptions {
  readonly mappingFile: string
  /** Fill `${name}` in the mapping. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** @throws OutpostError IMPORT_FILE that lists every mistake of the mapping and of its tables */
export async function prepareLegacy(session: MysqlSession, options: PrepareLegacyOptions): Promise<PreparedLegacy> {
  const { mappingFile, parameters = {} } = options
  const text = await readMappingFile(mappingFile)
  const { content, mistakes, lineOf } = readMappingText(text, parameters)
  const fail = (found: readonly Mistake[]) => mappingError(mappingFile, found, lineOf)
  if (content === undefined) throw fail(mistakes)
  const mapping = readMapping(content, 'table')
  const names = mapping.places.map(({ place }) => place)
  const tables = await inspectTables(session, [...names, MIRROR_TABLE])
  const found = [...mistakes, ...mapping.mistakes]
  if (tables.has(MIRROR_TABLE)) {
    const message = `the database has the table ${MIRROR_TABLE}: it is a mirror that headquarters writes, and no legacy system`
    found.push({ path: [], message })
  }
  const places = new Map<RowKind, LegacyPlace>()
  for (const use of mapping.places) {
    const place = placeOf(use, tableOf(tables, use.place), mapping, content, found)
    if (place) places.set(use.kind, place)
  }
  const { general } = mapping
  if (found.length > 0 || !general) throw fail(found)
  const fingerprint = createHash('sha256').update(canonicalJson(content)).digest('base64url')
  return { ...prepareSections(mapping, general, (kind) => places.get(kind)), fingerprint }
}

/** The field that names a row; a line is named with its order. */
const ID_FIELD = { products: 'legacyId', members: 'legacyId', orders: 'legacyId', orderLines: 'orderLegacyId' } as const

function placeOf(
  use: PlaceUse,
  table: InspectedTable | undefined,
  mapping: MappingReading,
  content: unknown,
  found: Mistake[],
): LegacyPlace | undefined {
  const { kind, place } = use
  const mistake = (path: readonly string[], message: string): undefined => void found.push({ path, message })
  if (place.includes('${')) return undefined
  if (!table) return mistake([kind, 'table'], `there is no table "${place}" in the database`)
  const all = table.columns.map(({ name }) => name)
  found.push(...missingColumns(use.columns, all, 'table'))
  const columnOf = (name: string) => table.columns.find((column) => column.name === name)

  const idField = ID_FIELD[kind]
  const idName = plainColumn(content, kind, idField)
  const id = idName === undefined ? undefined : columnOf(idName)
  if (idName === undefined && mapping[kind]) {
    mistake([kind, 'columns', idField], 'must be a column as it is: rows are sought by it')
  }
  if (id && !isName(id)) mistake([kind, 'columns', idField], `rows cannot be sought by a column of type ${id.type}`)
  const unique = table.indexes.filter(({ unique: isUnique }) => isUnique)
  if (id && kind !== 'orderLines' && !unique.some(({ columns }) => columns.length === 1 && columns[0] === id.name)) {
    mistake([kind, 'columns', idField], `several rows may have the same "${id.name}"; it needs a unique index`)
  }
  if (id && kind === 'orderLines' && !table.indexes.some(({ columns }) => columns[0] === id.name)) {
    mistake([kind, 'columns', idField], `"${id.name}" has no index: each page of orders would read the whole table`)
  }
  const keys = [...unique].toSorted((a, b) => Number(b.name === 'PRIMARY') - Number(a.name === 'PRIMARY'))
  const key = keys
    .map(({ columns }) => columns.map(columnOf).filter((column) => column !== undefined))
    .find((columns) => columns.length > 0 && columns.every((column) => !column.nullable && isSeekable(column)))
  if (!key && (kind === 'members' || kind === 'orders')) {
    mistake([kind, 'table'], `"${table.name}" has no primary key to read it by, nor another unique one without NULL`)
  }
  const watermarkName = mapping[kind]?.watermark
  const watermark = watermarkName === undefined ? undefined : columnOf(watermarkName)
  if (watermark && !isWatermark(watermark)) {
    mistake([kind, 'watermark'], `a watermark is a time or a whole number, not ${watermark.dataType}`)
  }
  const seeksMembers = kind === 'orders' && mapping.members?.referencedBy !== undefined
  const memberName = seeksMembers ? plainColumn(content, kind, 'memberLegacyId') : undefined
  const memberId = memberName === undefined ? undefined : columnOf(memberName)
  const indexed = memberId && isSeekable(memberId) && table.indexes.some(({ columns }) => columns[0] === memberId.name)
  if (seeksMembers && !indexed) {
    mistake(
      [kind, 'columns', 'memberLegacyId'],
      'must be a column with an index: members are wanted only where orders name them',
    )
  }
  if (!id) return undefined
  const header = [
    ...new Set([...use.columns.map(({ column }) => column), id.name, ...(key ?? []).map(({ name }) => name)]),
  ]
  const columns = header.map(columnOf).filter((column) => column !== undefined)
  const select = columns.map(selected).join(', ')
  return { table: table.name, header, select, key: key ?? columns, id, watermark, memberId }
}

/** Servers write the names of tables with or without their capitals. */
function tableOf(tables: ReadonlyMap<string, InspectedTable>, name: string): InspectedTable | undefined {
  const same = [...tables.values()].filter((table) => table.name.toLowerCase() === name.toLowerCase())
  return tables.get(name) ?? (same.length === 1 ? same[0] : undefined)
}

function plainColumn(content: unknown, kind: RowKind, field: string): string | undefined {
  const section = isRecord(content) ? content[kind] : undefined
  const columns = isRecord(section) ? section['columns'] : undefined
  const rule = isRecord(columns) ? columns[field] : undefined
  if (typeof rule === 'string') return rule
  if (isRecord(rule) && Object.keys(rule).length === 1 && typeof rule['column'] === 'string') return rule['column']
  return undefined
}
