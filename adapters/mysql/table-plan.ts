/**
 * What it takes to make a database's tables fit their definitions: statements that only add, and findings for what
 * adding does not mend.
 */
import type { InspectedColumn, InspectedTable } from './table-inspection.ts'
import {
  addColumnSql,
  addIndexSql,
  createTableSql,
  VERSION_COLUMN,
  type ColumnDefinition,
  type ColumnKind,
  type TableDefinition,
} from './table-definition.ts'

export interface TablePlan {
  readonly statements: readonly string[]
  /** One sentence each, column by column. */
  readonly findings: readonly string[]
  /** Tables that are missing or lack columns, so that rows written before lack what they shall hold. */
  readonly incomplete: ReadonlySet<string>
}

export function planTables(
  definitions: readonly TableDefinition[],
  existing: ReadonlyMap<string, InspectedTable>,
): TablePlan {
  const plans = definitions.map((definition) => {
    const table = existing.get(definition.name)
    return table ? planTable(definition, table) : create(definition)
  })
  return {
    statements: plans.flatMap(({ statements }) => statements),
    findings: plans.flatMap(({ findings }) => findings),
    incomplete: new Set(plans.flatMap(({ incomplete }) => [...incomplete])),
  }
}

function create(definition: TableDefinition): TablePlan {
  return { statements: [createTableSql(definition)], findings: [], incomplete: new Set([definition.name]) }
}

function planTable(definition: TableDefinition, table: InspectedTable): TablePlan {
  const { name } = definition
  if (table.kind !== 'BASE TABLE') {
    return {
      statements: [],
      findings: [`${name} is a ${table.kind.toLowerCase()}, not a table`],
      incomplete: new Set(),
    }
  }
  const found = new Map(table.columns.map((column) => [column.name.toLowerCase(), column]))
  const statements: string[] = []
  const findings: string[] = []
  let incomplete = false
  for (const column of definition.columns) {
    const actual = found.get(column.name.toLowerCase())
    if (actual) {
      const problems = [typeProblem(column.kind, actual), nullProblem(column, actual)]
      for (const problem of problems) {
        if (problem !== undefined) findings.push(`${name}.${column.name} is ${actual.type}${problem}`)
      }
    } else if (column.nullable) {
      statements.push(addColumnSql(definition, column))
      incomplete = true
    } else {
      const why = column.name === VERSION_COLUMN ? 'so the mirror did not make this table' : 'which belongs to the key'
      findings.push(`${name} has no column ${column.name}, ${why}`)
    }
  }
  findings.push(...tableProblems(definition, table))
  for (const columns of definition.indexes) {
    const covered = table.indexes.some((index) => sameNames(index.columns.slice(0, columns.length), columns))
    if (!covered) statements.push(addIndexSql(definition, columns))
  }
  return { statements, findings, incomplete: new Set(incomplete ? [name] : []) }
}

function tableProblems(definition: TableDefinition, table: InspectedTable): string[] {
  const { name } = definition
  const problems: string[] = []
  if (table.engine?.toLowerCase() !== 'innodb') problems.push(`${name} uses ${table.engine}, which has no transactions`)
  const primary = table.indexes.find((index) => index.name === 'PRIMARY')
  if (!primary || !sameNames(primary.columns, definition.key)) {
    const actual = primary ? `(${primary.columns.join(', ')})` : 'missing'
    problems.push(`the primary key of ${name} is ${actual}, needed is (${definition.key.join(', ')})`)
  }
  for (const index of table.indexes) {
    if (!index.unique || index.name === 'PRIMARY') continue
    const columns = index.columns.join(', ')
    problems.push(`${name} has the unique key ${index.name} (${columns}): writing one document would overwrite another`)
  }
  const own = new Set(definition.columns.map((column) => column.name.toLowerCase()))
  for (const column of table.columns) {
    if (own.has(column.name.toLowerCase()) || column.filled) continue
    problems.push(`${name}.${column.name} is not in the mapping and has no default, so no row can be inserted`)
  }
  return problems
}

const TEXTS = ['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext']
/** Characters or bytes that a text column must hold. */
const TEXT_LENGTHS: Partial<Record<ColumnKind, number>> = { key: 128, text: 255, longtext: 65_535, json: 4_294_967_295 }

function nullProblem({ nullable }: ColumnDefinition, actual: InspectedColumn): string | undefined {
  return nullable && !actual.nullable ? ' not null, but a document may lack the value' : undefined
}

/** What is wrong with a column's type, to follow "table.column is type". */
function typeProblem(kind: ColumnKind, actual: InspectedColumn): string | undefined {
  if (TEXT_LENGTHS[kind] !== undefined) return textProblem(kind, TEXT_LENGTHS[kind], actual)
  const needed = NEEDED_TYPES.find(({ kinds }) => kinds.includes(kind))
  return needed && !needed.fits(actual) ? `, needed is ${needed.type}` : undefined
}

interface NeededType {
  readonly kinds: readonly ColumnKind[]
  readonly type: string
  readonly fits: (actual: InspectedColumn) => boolean
}

const NEEDED_TYPES: readonly NeededType[] = [
  { kinds: ['integer', 'money'], type: 'bigint', fits: (actual) => isBigint(actual, false) },
  { kinds: ['version'], type: 'bigint unsigned', fits: (actual) => isBigint(actual, true) },
  { kinds: ['boolean'], type: 'tinyint(1)', fits: ({ dataType }) => /^(tiny|small|medium|big)?int$/.test(dataType) },
  {
    kinds: ['decimal'],
    type: 'decimal(18,3)',
    fits: ({ dataType, precision = 0, scale = 0 }) => dataType === 'decimal' && scale >= 3 && precision - scale >= 15,
  },
  {
    kinds: ['datetime'],
    type: 'datetime(3)',
    // A timestamp ends in 2038.
    fits: ({ dataType, precision = 0 }) => dataType === 'datetime' && precision >= 3,
  },
]

function textProblem(kind: ColumnKind, length: number, actual: InspectedColumn): string | undefined {
  if (kind === 'json' && actual.dataType === 'json') return undefined
  if (!TEXTS.includes(actual.dataType)) return `, needed is text of ${length} characters`
  if ((actual.length ?? 0) < length) return `, needed are ${length} characters`
  if (actual.charset !== 'utf8mb4') return ` in ${actual.charset}, needed is utf8mb4`
  if (kind === 'key' && !actual.collation?.endsWith('_bin')) {
    return ` with collation ${actual.collation}, which takes different ids for one; needed is utf8mb4_bin`
  }
  return undefined
}

function isBigint(actual: InspectedColumn, unsigned: boolean): boolean {
  return actual.dataType === 'bigint' && actual.type.includes('unsigned') === unsigned
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name.toLowerCase() === b[i]!.toLowerCase())
}
