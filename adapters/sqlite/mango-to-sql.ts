/**
 * Translates the part of a Mango query that SQLite decides exactly as RxDB's matcher and comparator do. Where it cannot,
 * the condition that it gives still holds for every document that matches, so that an index narrows the search, and
 * `exact` says that the matcher has to look at what is found.
 */
import type { FilledMangoQuery } from 'rxdb'
import { isRecord, type Doc } from '../../schemas/json.ts'
import { sqlValue, type DocumentColumn, type DocumentColumns } from './document-columns.ts'

export interface SqlSelection {
  /** A condition for WHERE, `1` when there is none. */
  readonly where: string
  readonly parameters: readonly (string | number)[]
  readonly exact: boolean
  /** How many conditions it joins. */
  readonly terms: number
  /** Where it only asks a column for one of some values. */
  readonly oneOf?: { readonly column: string; readonly values: readonly (string | number)[] }
}

const EVERYTHING: SqlSelection = { where: '1', parameters: [], exact: false, terms: 0 }
const COMPARISONS: Readonly<Record<string, string>> = { $eq: '=', $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' }
/** SQLite takes expressions that are 1000 deep; what goes beyond is for the matcher. */
const MAX_TERMS = 500
/** A longer list travels as one parameter, so that no list needs more of them than SQLite takes. */
const MAX_MARKS = 50

/** @param selector as RxDB normalises it: `{field: {$operator: operand}}`, with `$and`, `$or` and `$nor` around */
export function selectorToSql(selector: unknown, columns: DocumentColumns): SqlSelection {
  if (!isRecord(selector)) return EVERYTHING
  const parts: SqlSelection[] = []
  for (const key in selector) {
    const operand = selector[key]
    const column = columns.byField.get(key)
    if (column && isRecord(operand)) parts.push(fieldToSql(column, operand))
    else if (key === '$and' && Array.isArray(operand)) parts.push(allOf(operand.map((s) => selectorToSql(s, columns))))
    else if (key === '$or' && Array.isArray(operand)) parts.push(anyOf(operand.map((s) => selectorToSql(s, columns))))
    else parts.push(EVERYTHING)
  }
  return allOf(parts)
}

/** ORDER BY for a sort that only names columns; `undefined` where the comparator must sort. */
export function sortToSql(sort: FilledMangoQuery<Doc>['sort'], columns: DocumentColumns): string | undefined {
  const terms: string[] = []
  for (const part of sort) {
    // Of a part that names several fields RxDB's comparator takes the first.
    const [field, direction] = Object.entries(part)[0]!
    const column = columns.byField.get(field)
    if (!column) return undefined
    terms.push(direction === 'desc' ? `${column.column} DESC` : column.column)
  }
  return terms.join(', ')
}

function fieldToSql(column: DocumentColumn, operators: Readonly<Record<string, unknown>>): SqlSelection {
  const parts: SqlSelection[] = []
  for (const operator in operators) parts.push(conditionFor(column, operator, operators[operator]))
  // No operator at all: RxDB compares with the empty object.
  return parts.length === 0 ? EVERYTHING : allOf(parts)
}

/** A column is NULL where the field is missing, null or of another type than its schema's. */
function conditionFor({ column, type }: DocumentColumn, operator: string, operand: unknown): SqlSelection {
  const comparison = COMPARISONS[operator]
  if (comparison !== undefined) {
    if (isOf(type, operand)) {
      const values = [sqlValue(operand)]
      const where = `${column} ${comparison} ?`
      if (operator !== '$eq' || !isSafeInJson(operand)) return exactly(where, values)
      return { where, parameters: values, exact: true, terms: 1, oneOf: { column, values } }
    }
    return operator === '$eq' && operand === null ? narrowing(`${column} IS NULL`) : EVERYTHING
  }
  if (operator === '$ne' && isOf(type, operand)) return exactly(`${column} IS NOT ?`, [sqlValue(operand)])
  if (operator === '$in' && isListOf(type, operand)) return inList(column, operand.map(sqlValue))
  if (operator === '$nin' && isListOf(type, operand)) {
    const { list, parameters } = listToSql(operand.map(sqlValue))
    return exactly(`(${column} IS NULL OR ${column} NOT IN ${list})`, parameters)
  }
  return EVERYTHING
}

function inList(column: string, values: readonly (string | number)[]): SqlSelection {
  const { list, parameters } = listToSql(values)
  return { ...exactly(`${column} IN ${list}`, parameters), oneOf: { column, values } }
}

function listToSql(values: readonly (string | number)[]): {
  list: string
  parameters: readonly (string | number)[]
} {
  if (values.length > MAX_MARKS)
    return { list: '(SELECT value FROM json_each(?))', parameters: [JSON.stringify(values)] }
  return { list: `(${values.map(() => '?').join(', ')})`, parameters: values }
}

function exactly(where: string, parameters: readonly (string | number)[]): SqlSelection {
  return { where, parameters, exact: true, terms: 1 }
}

function narrowing(where: string): SqlSelection {
  return { where, parameters: [], exact: false, terms: 1 }
}

function allOf(parts: readonly SqlSelection[]): SqlSelection {
  if (parts.length === 1) return parts[0]!
  let where = ''
  const parameters: (string | number)[] = []
  let exact = true
  let terms = 0
  for (const part of parts) {
    exact &&= part.exact
    if (part.where === '1') continue
    if (terms + part.terms > MAX_TERMS) {
      exact = false
      continue
    }
    where += where === '' ? part.where : ` AND ${part.where}`
    parameters.push(...part.parameters)
    terms += part.terms
  }
  return { where: where === '' ? '1' : where, parameters, exact, terms }
}

function anyOf(parts: readonly SqlSelection[]): SqlSelection {
  const column = parts[0]?.oneOf?.column
  if (column !== undefined && parts.every(({ oneOf }) => oneOf?.column === column)) {
    return inList(column, [...new Set(parts.flatMap(({ oneOf }) => oneOf!.values))])
  }
  const terms = parts.reduce((sum, part) => sum + part.terms, 0)
  // One alternative without a condition lets everything through; an empty list is RxDB's to refuse.
  if (parts.length === 0 || terms > MAX_TERMS || parts.some(({ where }) => where === '1')) return EVERYTHING
  const where = `(${parts.map((part) => `(${part.where})`).join(' OR ')})`
  const parameters = parts.flatMap((part) => part.parameters)
  return { where, parameters, exact: parts.every(({ exact }) => exact), terms }
}

function isListOf(type: DocumentColumn['type'], operand: unknown): operand is readonly (string | number | boolean)[] {
  return Array.isArray(operand) && operand.every((item) => isOf(type, item) && isSafeInJson(item))
}

function isOf(type: DocumentColumn['type'], value: unknown): value is string | number | boolean {
  return typeof value === type && value === value
}

/** SQLite's JSON ends a text at a NUL, and has no infinity. */
function isSafeInJson(value: string | number | boolean): boolean {
  return typeof value === 'string' ? !value.includes('\0') : Number.isFinite(Number(value))
}
