/**
 * What it takes to make a database's tables fit their definitions: statements that only add, and findings for what
 * adding does not mend.
 */
import { columnProblems } from './plan-column.ts'
import type { FindingSeverity, PlanFinding } from './plan-finding.ts'
import { limitProblems } from './row-limits.ts'
import type { InspectedTable } from './table-inspection.ts'
import {
  addColumnSql,
  addIndexSql,
  createTableSql,
  startAtZeroSql,
  VERSION_COLUMN,
  type ColumnDefinition,
  type TableDefinition,
} from './table-definition.ts'

export interface TablePlan {
  readonly statements: readonly string[]
  /** Column by column. */
  readonly findings: readonly PlanFinding[]
  /** Tables that are missing or lack columns, so that rows written before lack what they shall hold. */
  readonly incomplete: ReadonlySet<string>
}

/** @param create whether the statements will be run; where not, what they add is missing */
export function planTables(
  definitions: readonly TableDefinition[],
  existing: ReadonlyMap<string, InspectedTable>,
  create: boolean,
): TablePlan {
  const plans = definitions.map((definition) => {
    const draft = new Draft(definition.name, create)
    const table = existing.get(definition.name)
    if (!table) draft.add(createTableSql(definition), 'error', `the table ${definition.name} is missing`)
    else if (table.kind !== 'BASE TABLE') {
      draft.find('error', `${definition.name} is a ${table.kind.toLowerCase()}, not a table`)
    } else planTable(draft, definition, table)
    if (table === undefined || table.kind === 'BASE TABLE') {
      for (const problem of limitProblems(definition, table)) draft.find('error', problem)
    }
    return { draft, isIncomplete: !table || draft.lacksColumns }
  })
  return {
    statements: plans.flatMap(({ draft }) => draft.statements),
    findings: plans.flatMap(({ draft }) => draft.findings),
    incomplete: new Set(plans.flatMap(({ draft, isIncomplete }) => (isIncomplete ? [draft.table] : []))),
  }
}

/** The plan of one table while it is made. */
class Draft {
  readonly table: string
  readonly statements: string[] = []
  readonly findings: PlanFinding[] = []
  lacksColumns = false
  readonly #create: boolean

  constructor(table: string, create: boolean) {
    this.table = table
    this.#create = create
  }

  find(severity: FindingSeverity, message: string, column?: string): void {
    this.findings.push({ severity, table: this.table, ...(column !== undefined && { column }), message })
  }

  /** What is added, and what is wrong while nobody may add it. */
  add(statement: string, severity: FindingSeverity, otherwise: string, column?: string): void {
    this.statements.push(statement)
    if (!this.#create) this.find(severity, otherwise, column)
  }
}

function planTable(draft: Draft, definition: TableDefinition, table: InspectedTable): void {
  const { name } = definition
  const found = new Map(table.columns.map((column) => [column.name.toLowerCase(), column]))
  for (const column of definition.columns) {
    const actual = found.get(column.name.toLowerCase())
    if (!actual) {
      planMissing(draft, definition, column)
      continue
    }
    for (const { severity, text } of columnProblems(column, actual)) {
      draft.find(severity, `${name}.${column.name} is ${actual.type}${text}`, column.name)
    }
    if (column.startsAtZero && !actual.startsAtZero) {
      const message = `${name}.${column.name} needs the default 0, or no other program can insert a row`
      draft.add(startAtZeroSql(definition), 'error', message, column.name)
    }
  }
  findOfTable(draft, definition, table)
  for (const columns of definition.indexes) {
    const isCovered = table.indexes.some((index) => sameNames(index.columns.slice(0, columns.length), columns))
    if (!isCovered) draft.add(addIndexSql(definition, columns), 'warning', `${name} has no index of ${inList(columns)}`)
  }
}

function planMissing(draft: Draft, definition: TableDefinition, column: ColumnDefinition): void {
  const { name } = definition
  if (column.nullable) {
    draft.lacksColumns = true
    draft.add(addColumnSql(definition, column), 'error', `${name} has no column ${column.name}`, column.name)
  } else if (column.name === VERSION_COLUMN) {
    const sql = addColumnSql(definition, { ...column, startsAtZero: true })
    const how = `to let it write here, whereby rows without a document go: ${sql}`
    draft.find(
      'error',
      `${name} has no column ${VERSION_COLUMN}, so the mirror did not make this table; ${how}`,
      column.name,
    )
  } else {
    draft.find('error', `${name} has no column ${column.name}, which belongs to the key`, column.name)
  }
}

function findOfTable(draft: Draft, definition: TableDefinition, table: InspectedTable): void {
  const { name } = definition
  if (table.engine?.toLowerCase() !== 'innodb') {
    draft.find('error', `${name} uses ${table.engine}, which has no transactions`)
  }
  const primary = table.indexes.find((index) => index.name === 'PRIMARY')
  if (!primary || !sameNames(primary.columns, definition.key)) {
    const actual = primary ? inList(primary.columns) : 'missing'
    draft.find('error', `the primary key of ${name} is ${actual}, needed is ${inList(definition.key)}`)
  }
  for (const index of table.indexes) {
    // One that holds the whole primary key is unique anyway.
    if (!index.unique || index.name === 'PRIMARY' || holdsAll(index.columns, definition.key)) continue
    const columns = inList(index.columns)
    draft.find(
      'error',
      `${name} has the unique key ${index.name} ${columns}: writing one document would overwrite another`,
    )
  }
  const own = new Set(definition.columns.map((column) => column.name.toLowerCase()))
  for (const column of table.columns) {
    if (own.has(column.name.toLowerCase()) || column.filled) continue
    const message = `${name}.${column.name} is not in the mapping and has no default, so no row can be inserted`
    draft.find('error', message, column.name)
  }
  for (const { name: key, from, to } of table.foreignKeys) {
    const refused = from === name ? `a row whose ${to} is not there` : `to delete a row that ${from} needs`
    draft.find('warning', `${from} has the foreign key ${key} to ${to}: MySQL refuses ${refused}`)
  }
  for (const trigger of table.triggers) {
    draft.find('note', `${name} has the trigger ${trigger}: what it changes in mirrored columns is a difference`)
  }
}

function inList(columns: readonly string[]): string {
  return `(${columns.join(', ')})`
}

function holdsAll(columns: readonly string[], key: readonly string[]): boolean {
  const folded = columns.map((name) => name.toLowerCase())
  return key.every((name) => folded.includes(name.toLowerCase()))
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name.toLowerCase() === b[i]!.toLowerCase())
}
