/** What MySQL and MariaDB take of one table: told with the plan, before they refuse to make it. */
import type { InspectedColumn, InspectedTable } from './table-inspection.ts'
import { lengthOf, type ColumnDefinition, type ColumnKind, type TableDefinition } from './table-definition.ts'

/** InnoDB's, behind its own three. */
const MOST_COLUMNS = 1017
/** Of all columns together at their longest; of what stands elsewhere only the pointer to it. */
const MOST_ROW_BYTES = 65_535

const BYTES: Readonly<Record<Exclude<ColumnKind, 'text' | 'amount' | 'decimal' | 'datetime'>, number>> = {
  key: 514,
  longtext: 10,
  integer: 8,
  money: 8,
  boolean: 1,
  date: 3,
  json: 12,
  version: 8,
  watermark: 6,
}

/** @param table what is there already, to which the rest is added */
export function limitProblems({ name, columns }: TableDefinition, table: InspectedTable | undefined): string[] {
  const there = table?.columns ?? []
  const names = new Set(there.map((column) => column.name.toLowerCase()))
  const added = columns.filter((column) => !names.has(column.name.toLowerCase()))
  if (added.length === 0) return []
  const problems: string[] = []
  const count = there.length + added.length
  if (count > MOST_COLUMNS) problems.push(`${name} gets ${count} columns, and MySQL takes ${MOST_COLUMNS} at most`)
  const nullable = [...there, ...added].filter((column) => column.nullable).length
  const sizes = [...there.map(bytesThere), ...added.map(bytesOf)]
  const bytes = sizes.reduce((sum, size) => sum + size, Math.ceil(nullable / 8))
  if (bytes > MOST_ROW_BYTES) {
    const cure = 'give texts less length, or the type longtext'
    problems.push(`a row of ${name} may take ${bytes} bytes, and MySQL takes ${MOST_ROW_BYTES} at most: ${cure}`)
  }
  return problems
}

function bytesOf(column: ColumnDefinition): number {
  const { kind } = column
  if (kind === 'text') return withLength(4 * lengthOf(column))
  if (kind === 'amount' || kind === 'decimal')
    return decimalBytes(18 - (column.decimals ?? 0)) + decimalBytes(column.decimals ?? 0)
  if (kind === 'datetime') return 5 + Math.ceil((column.decimals ?? 3) / 2)
  return BYTES[kind]
}

/** At least: of other types than text the exact size matters little. */
function bytesThere({ dataType, length, charset }: InspectedColumn): number {
  if (dataType !== 'varchar') return 1
  const perCharacter = charset === 'utf8mb4' ? 4 : charset?.startsWith('utf8') ? 3 : 1
  return withLength(perCharacter * (length ?? 0))
}

function withLength(bytes: number): number {
  return bytes + (bytes < 256 ? 1 : 2)
}

/** Nine digits take four bytes. */
function decimalBytes(digits: number): number {
  return 4 * Math.floor(digits / 9) + Math.ceil((digits % 9) / 2)
}
