/** Brings a database to the declared tables, adding only, and says what does not fit. */
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import { LONG_STATEMENT_TIMEOUT_MS, type MysqlSession } from './mysql-session.ts'
import { OWN_TABLES } from './own-tables.ts'
import { termOfVersion } from './row-version.ts'
import { quoteName, VERSION_COLUMN, type TableDefinition } from './table-definition.ts'
import { inspectTables } from './table-inspection.ts'
import { planTables, type TablePlan } from './table-plan.ts'
import { VIEWS } from './view-definitions.ts'

interface Migration {
  readonly statements: readonly string[]
  /** Collections to whose tables something is added, which must be filled by writing their documents anew. */
  readonly incomplete: ReadonlySet<string>
  /** The newest term in rows that are there already, 0 without any. */
  readonly newestTerm: () => Promise<number>
}

/**
 * Makes the mirror's own tables and plans those of the collections. Nothing of the collections' tables is changed yet:
 * first the state must say that what is added is empty, see `mirror-state.ts`.
 *
 * @throws OutpostError MIRROR_TABLES with all findings
 */
export async function prepareMigration(
  session: MysqlSession,
  collections: readonly MirroredCollection[],
): Promise<Migration> {
  const definitions = collections.flatMap(({ tables }) => tables.map(({ definition }) => definition))
  const ownPlan = await plan(session, OWN_TABLES)
  const mirrored = await plan(session, definitions)
  const findings = [...ownPlan.findings, ...mirrored.findings]
  if (findings.length > 0) {
    throw new OutpostError('MIRROR_TABLES', `tables of the mirror do not fit their mapping: ${findings.join('; ')}`)
  }
  await applyStatements(session, ownPlan.statements)
  const hasIncompleteTable = ({ tables }: MirroredCollection) =>
    tables.some(({ definition }) => mirrored.incomplete.has(definition.name))
  return {
    statements: [...mirrored.statements, ...viewStatements(definitions)],
    incomplete: new Set(collections.filter(hasIncompleteTable).map(({ name }) => name)),
    newestTerm: () => newestTerm(session, definitions),
  }
}

export async function applyStatements(session: MysqlSession, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await session.command(statement, LONG_STATEMENT_TIMEOUT_MS)
}

async function plan(session: MysqlSession, definitions: readonly TableDefinition[]): Promise<TablePlan> {
  const names = definitions.map(({ name }) => name)
  return planTables(definitions, await inspectTables(session, names))
}

/** Views are replaced at each start: they may read columns that are new. */
function viewStatements(definitions: readonly TableDefinition[]): string[] {
  const columns = new Set(definitions.flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`)))
  const isMirrored = ([table, names]: [string, readonly string[]]) =>
    names.every((name) => columns.has(`${table}.${name}`))
  return VIEWS.filter(({ needs }) => Object.entries(needs).every(isMirrored)).map(
    ({ name, select }) => `CREATE OR REPLACE SQL SECURITY INVOKER VIEW ${quoteName(name)} AS ${select}`,
  )
}

async function newestTerm(session: MysqlSession, definitions: readonly TableDefinition[]): Promise<number> {
  const existing = await inspectTables(
    session,
    definitions.map(({ name }) => name),
  )
  let newest = 0
  for (const table of existing.keys()) {
    const [row] = await session.rows<{ version: string | null }>(
      `SELECT CAST(MAX(${quoteName(VERSION_COLUMN)}) AS CHAR) AS version FROM ${quoteName(table)}`,
      [],
      LONG_STATEMENT_TIMEOUT_MS,
    )
    newest = Math.max(newest, termOfVersion(row?.version ?? '0'))
  }
  return newest
}
