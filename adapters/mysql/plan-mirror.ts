/** What a mirror would do to a database before it writes: the SQL, and what does not fit. Changes nothing. */
import type { MirroredCollection } from './mirrored-collection.ts'
import type { MysqlSession } from './mysql-session.ts'
import { OWN_TABLES } from './own-tables.ts'
import type { PlanFinding } from './plan-finding.ts'
import { quoteName, type TableDefinition } from './table-definition.ts'
import { inspectKinds, inspectMapped } from './table-inspection.ts'
import { planTables } from './table-plan.ts'
import { VIEWS } from './view-definitions.ts'

export interface MirrorPlan {
  /** All that is missing, in the order in which it is to be made: the mirror's own tables, those of the mapping, views. */
  readonly statements: readonly string[]
  readonly ownStatements: readonly string[]
  readonly tableStatements: readonly string[]
  /** Of all views by their names, those included that are there: they may have to read columns that are new. */
  readonly viewStatements: ReadonlyMap<string, string>
  readonly findings: readonly PlanFinding[]
  /** Collections to whose tables something is added, so that their documents must be written anew. */
  readonly incomplete: ReadonlySet<string>
}

/**
 * @param session `undefined` for a database that does not exist yet
 * @param create whether what is missing may be added; where not, it is an error
 */
export async function planMirror(
  session: MysqlSession | undefined,
  collections: readonly MirroredCollection[],
  create: boolean,
): Promise<MirrorPlan> {
  const definitions = definitionsOf(collections)
  const own = planTables(OWN_TABLES, await inspect(session, OWN_TABLES), create)
  const mirrored = planTables(definitions, await inspect(session, definitions), create)
  const possible = possibleViews(definitions)
  const kinds = session ? await inspectKinds(session, [...possible.keys()]) : new Map<string, never>()
  const views = [...possible].filter(([name]) => kinds.get(name) !== 'table')
  const taken = [...possible.keys()].filter((name) => kinds.get(name) === 'table')
  const isIncomplete = ({ tables }: MirroredCollection) =>
    tables.some(({ definition }) => mirrored.incomplete.has(definition.name))
  return {
    statements: [
      ...own.statements,
      ...mirrored.statements,
      ...views.flatMap(([name, sql]) => (kinds.has(name) ? [] : [sql])),
    ],
    ownStatements: own.statements,
    tableStatements: mirrored.statements,
    viewStatements: new Map(views),
    findings: [...own.findings, ...mirrored.findings, ...taken.map(takenView)],
    incomplete: new Set(collections.filter(isIncomplete).map(({ name }) => name)),
  }
}

export function definitionsOf(collections: readonly MirroredCollection[]): readonly TableDefinition[] {
  return collections.flatMap(({ tables }) => tables.map(({ definition }) => definition))
}

/** By their names: those of which every column is mirrored, and whose names no mirrored table has. */
function possibleViews(definitions: readonly TableDefinition[]): ReadonlyMap<string, string> {
  const tables = new Set(definitions.map(({ name }) => name))
  const possible = VIEWS.filter(({ name }) => !tables.has(name) && columnsLacking(definitions, name).length === 0)
  return new Map(
    possible.map(({ name, select }) => [
      name,
      `CREATE OR REPLACE SQL SECURITY INVOKER VIEW ${quoteName(name)} AS ${select}`,
    ]),
  )
}

export function isView(name: string): boolean {
  return VIEWS.some((view) => view.name === name)
}

/** The columns that a view reads and no table of the mirror has. */
export function columnsLacking(definitions: readonly TableDefinition[], view: string): readonly string[] {
  const columns = new Set(definitions.flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`)))
  const needs = Object.entries(VIEWS.find(({ name }) => name === view)?.needs ?? {})
  return needs.flatMap(([table, names]) => names.map((name) => `${table}.${name}`)).filter((name) => !columns.has(name))
}

function takenView(table: string): PlanFinding {
  return {
    severity: 'warning',
    table,
    message: `${table} is a table of another program, so the view of that name is not made`,
  }
}

function inspect(session: MysqlSession | undefined, definitions: readonly TableDefinition[]) {
  const names = definitions.map(({ name }) => name)
  return session ? inspectMapped(session, names) : new Map<string, never>()
}
