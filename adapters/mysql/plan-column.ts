/**
 * Whether a column that is there holds what its mapping writes. What MySQL would change silently, or keep only in part, is
 * an error, as the table would never be what the documents say; what it would refuse is a warning, as that is parked.
 */
import { DECIMALS } from './column-value.ts'
import type { FindingSeverity } from './plan-finding.ts'
import { columnTypeSql, lengthOf, type ColumnDefinition, type ColumnKind } from './table-definition.ts'
import type { InspectedColumn } from './table-inspection.ts'

export interface ColumnProblem {
  readonly severity: FindingSeverity
  /** To follow "table.column is type". */
  readonly text: string
}

type Check = (actual: InspectedColumn, column: ColumnDefinition) => readonly ColumnProblem[]

export function columnProblems(column: ColumnDefinition, actual: InspectedColumn): readonly ColumnProblem[] {
  if (actual.generated) return [error(', which MySQL computes itself, so nothing can be written into it')]
  const problems = [...CHECKS[column.kind](actual, column)]
  if (column.nullable && !actual.nullable && !column.filled && column.kind !== 'watermark') {
    problems.push(error(' not null, but a document may lack the value; give it a default in the mapping'))
  }
  return problems
}

const TEXTS = ['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext']
const INTEGERS = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint']
/** Characters or bytes that a text column must hold. */
const KEY_LENGTH = 128
const LONG_LENGTH = 65_535
const JSON_LENGTH = 4_294_967_295

const CHECKS: Readonly<Record<ColumnKind, Check>> = {
  key: (actual) => {
    const problems = exactText(actual, KEY_LENGTH)
    if (problems.length > 0 || actual.collation?.endsWith('_bin')) return problems
    return [error(` with collation ${actual.collation}, which takes different ids for one; needed is utf8mb4_bin`)]
  },
  text: (actual, column) => plainText(actual, lengthOf(column), '; or give it length: '),
  longtext: (actual) => plainText(actual, LONG_LENGTH),
  json: (actual) => {
    if (actual.dataType !== 'json') return exactText(actual, JSON_LENGTH)
    return [error(', which does not keep the text as it is written; needed is longtext')]
  },
  integer: wholeNumber,
  money: wholeNumber,
  amount: exactNumber,
  decimal: exactNumber,
  boolean: (actual, column) => (INTEGERS.includes(actual.dataType) ? [] : [needed(column)]),
  // A timestamp ends in 2038, and shows every session another time.
  datetime: (actual, column) => {
    const { decimals = 3 } = column
    const isRight = actual.dataType === 'datetime' && actual.precision === decimals
    return isRight ? [] : [needed(column, actual.dataType === 'datetime' ? actual.precision : undefined)]
  },
  date: (actual, column) => (actual.dataType === 'date' ? [] : [needed(column)]),
  version: (actual, column) => {
    if (actual.dataType !== 'bigint' || !actual.unsigned) return [needed(column)]
    return []
  },
  watermark: (actual, column) => {
    if (!['timestamp', 'datetime'].includes(actual.dataType)) return [needed(column)]
    if (actual.followsUpdates) return []
    return [
      warning(', which the server does not set by itself: a change by a program that does not set it is not seen'),
    ]
  },
}

function exactText(actual: InspectedColumn, length: number): readonly ColumnProblem[] {
  if (!TEXTS.includes(actual.dataType)) return [error(`, needed is text of ${length} characters`)]
  if ((actual.length ?? 0) < length) return [error(`, needed are ${length} characters`)]
  return actual.charset === 'utf8mb4' ? [] : [error(` in ${actual.charset}, needed is utf8mb4`)]
}

/** @param hint how the mapping takes a shorter one, whose length follows; it is an error because MySQL cuts blanks off */
function plainText(actual: InspectedColumn, length: number, hint?: string): readonly ColumnProblem[] {
  if (actual.dataType === 'enum') return [warning(', which refuses what is not in its list')]
  if (!TEXTS.includes(actual.dataType)) return [error(`, needed is text of ${length} characters`)]
  const there = actual.length ?? 0
  if (there < length) return [error(`, needed are ${length} characters${hint === undefined ? '' : hint + there}`)]
  const problems: ColumnProblem[] = []
  if (actual.dataType === 'char') problems.push(error(', which drops blanks at the end; needed is varchar'))
  if (actual.charset !== 'utf8mb4')
    problems.push(warning(` in ${actual.charset}, which refuses characters that it lacks`))
  return problems
}

function wholeNumber(actual: InspectedColumn, column: ColumnDefinition): readonly ColumnProblem[] {
  const { dataType, unsigned, scale, precision = 0 } = actual
  if (dataType === 'bigint' && !unsigned) return []
  if (INTEGERS.includes(dataType) || (dataType === 'decimal' && scale === 0)) {
    const isNarrow = dataType !== 'decimal' || unsigned || precision < 19
    return isNarrow ? [narrow(column)] : []
  }
  return [needed(column)]
}

function exactNumber(actual: InspectedColumn, column: ColumnDefinition): readonly ColumnProblem[] {
  const { dataType, unsigned, precision = 0, scale = 0 } = actual
  const { decimals = 0 } = column
  if (dataType !== 'decimal' || scale !== decimals) {
    return [needed(column, dataType === 'decimal' ? scale : undefined)]
  }
  return unsigned || precision < 18 ? [narrow(column)] : []
}

/** @param decimals of the column that is there, where the mapping could say so */
function needed(column: ColumnDefinition, decimals?: number): ColumnProblem {
  const most = column.kind === 'version' || column.kind === 'watermark' ? undefined : DECIMALS[column.kind]?.most
  const isPossible = decimals !== undefined && most !== undefined && decimals <= most
  return error(`, needed is ${columnTypeSql(column)}${isPossible ? `; or give it decimals: ${decimals}` : ''}`)
}

function narrow(column: ColumnDefinition): ColumnProblem {
  return warning(`, narrower than ${columnTypeSql(column)}: numbers that do not fit are refused`)
}

function error(text: string): ColumnProblem {
  return { severity: 'error', text }
}

function warning(text: string): ColumnProblem {
  return { severity: 'warning', text }
}
