/**
 * Translates the part of a Mango query that SQLite decides exactly as RxDB's matcher and comparator do. What it leaves
 * out is for the matcher: `exact` says whether anything was left out.
 */
import type { FilledMangoQuery } from 'rxdb'
import { isRecord, type Doc } from '../../schemas/json.ts'
import { sqlValue, type DocumentColumn, type DocumentColumns } from './document-columns.ts'

export interface SqlSelection {
  /** A condition for WHERE, `1` when there is none. */
  readonly where: string
  readonly parameters: readonly (string | number)[]
  readonly exact: boolean
}

const COMPARISONS: Readonly<Record<string, string>> = { $eq: '=', $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' }

export function selectorToSql(selector: unknown, columns: DocumentColumns): SqlSelection {
  const conditions: string[] = []
  const parameters: (string | number)[] = []
  let exact = isRecord(selector)
  for (const [field, operators] of Object.entries(isRecord(selector) ? selector : {})) {
    const column = columns.byField.get(field)
    if (!column || !isRecord(operators)) {
      exact = false
      continue
    }
    for (const [operator, operand] of Object.entries(operators)) {
      const condition = conditionFor(column, operator, operand)
      if (condition) {
        conditions.push(condition.sql)
        parameters.push(...condition.parameters)
      } else exact = false
    }
  }
  return { where: conditions.length > 0 ? conditions.join(' AND ') : '1', parameters, exact }
}

/** ORDER BY for a sort that only names columns; `undefined` where the comparator must sort. */
export function sortToSql(sort: FilledMangoQuery<Doc>['sort'], columns: DocumentColumns): string | undefined {
  const terms: string[] = []
  for (const part of sort) {
    for (const [field, direction] of Object.entries(part)) {
      const column = columns.byField.get(field)
      if (!column) return undefined
      terms.push(direction === 'desc' ? `${column.column} DESC` : column.column)
    }
  }
  return terms.join(', ')
}

function conditionFor(
  column: DocumentColumn,
  operator: string,
  operand: unknown,
): { sql: string; parameters: (string | number)[] } | undefined {
  const comparison = COMPARISONS[operator]
  if (comparison) {
    if (!isOf(column, operand)) return undefined
    return { sql: `${column.column} ${comparison} ?`, parameters: [sqlValue(operand)] }
  }
  if (operator === '$ne' && isOf(column, operand)) {
    return { sql: `${column.column} IS NOT ?`, parameters: [sqlValue(operand)] }
  }
  if (
    operator === '$in' &&
    Array.isArray(operand) &&
    operand.length <= 500 &&
    operand.every((item) => isOf(column, item))
  ) {
    const values = operand.map(sqlValue)
    return { sql: `${column.column} IN (${values.map(() => '?').join(', ')})`, parameters: values }
  }
  return undefined
}

function isOf(column: DocumentColumn, value: unknown): value is string | number | boolean {
  return typeof value === column.type && value === value
}
