/** Brings a database to the declared tables, adding only, and says what does not fit. */
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import { LONG_STATEMENT_TIMEOUT_MS, type MysqlSession } from './mysql-session.ts'
import { errorsOf, type PlanFinding } from './plan-finding.ts'
import { definitionsOf, planMirror } from './plan-mirror.ts'
import { termOfVersion } from './row-version.ts'
import { quoteName, VERSION_COLUMN, type TableDefinition } from './table-definition.ts'
import { inspectMapped } from './table-inspection.ts'

interface Migration {
  readonly statements: readonly string[]
  /** The views that are made. */
  readonly views: ReadonlySet<string>
  /** Collections to whose tables something is added, which must be filled by writing their documents anew. */
  readonly incomplete: ReadonlySet<string>
  /** What keeps the mirror from nothing, but should be known. */
  readonly warnings: readonly string[]
  /** The newest term in rows that are there already, 0 without any. */
  readonly newestTerm: () => Promise<number>
}

/**
 * Makes the mirror's own tables and plans those of the collections. Nothing of the collections' tables is changed yet:
 * first the state must say that what is added is empty, see `mirror-state.ts`.
 *
 * @param create whether anything may be added at all
 * @throws OutpostError MIRROR_TABLES with all findings
 */
export async function prepareMigration(
  session: MysqlSession,
  collections: readonly MirroredCollection[],
  create: boolean,
): Promise<Migration> {
  const plan = await planMirror(session, collections, create)
  refuseErrors(plan.findings)
  if (create) await applyStatements(session, plan.ownStatements)
  return {
    statements: create ? [...plan.tableStatements, ...plan.viewStatements.values()] : [],
    views: new Set(create ? plan.viewStatements.keys() : []),
    incomplete: plan.incomplete,
    warnings: plan.findings.filter(({ severity }) => severity === 'warning').map(({ message }) => message),
    newestTerm: () => newestTerm(session, definitionsOf(collections)),
  }
}

/** @throws OutpostError MIRROR_TABLES with all of them */
export function refuseErrors(findings: readonly PlanFinding[]): void {
  const errors = errorsOf(findings).map(({ message }) => message)
  if (errors.length === 0) return
  throw new OutpostError('MIRROR_TABLES', `tables of the mirror do not fit their mapping: ${errors.join('; ')}`)
}

export async function applyStatements(session: MysqlSession, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await session.command(statement, LONG_STATEMENT_TIMEOUT_MS)
}

async function newestTerm(session: MysqlSession, definitions: readonly TableDefinition[]): Promise<number> {
  const existing = await inspectMapped(
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
