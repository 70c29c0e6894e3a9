/** The plan of a mirror for people: shown, or carried out beside a node that may run meanwhile. */
import { STATE_TABLE } from './own-tables.ts'
import { applyStatements, refuseErrors } from './migration.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import { beginFilling, holdFence } from './mirror-state.ts'
import { isUnknownDatabase, toMirrorError } from './mysql-failure.ts'
import { MysqlSession } from './mysql-session.ts'
import type { MysqlTarget } from './mysql-target.ts'
import type { PlanFinding } from './plan-finding.ts'
import { planMirror } from './plan-mirror.ts'
import { quoteName } from './table-definition.ts'

export interface TargetPlan {
  readonly host: string
  readonly database: string
  /** All that is missing, in the order in which it is to be made. */
  readonly statements: readonly string[]
  readonly findings: readonly PlanFinding[]
}

export interface InitResult extends TargetPlan {
  /** Collections whose documents the node must write anew. */
  readonly incomplete: readonly string[]
}

/**
 * Changes nothing; a database that is not there is not made.
 *
 * @param create whether the mirror itself may make what is missing
 * @throws OutpostError MIRROR_UNAVAILABLE
 */
export async function planTarget(
  target: MysqlTarget,
  collections: readonly MirroredCollection[],
  create: boolean,
): Promise<TargetPlan> {
  const { host, database } = target
  let session: MysqlSession | undefined
  try {
    session = await connectTo(target)
    const { statements, findings } = await planMirror(session, collections, create)
    if (session) return { host, database, statements, findings }
    const missing: PlanFinding = { severity: 'error', table: '', message: `the database ${database} is missing` }
    const make = `CREATE DATABASE IF NOT EXISTS ${quoteName(database)} CHARACTER SET utf8mb4`
    return { host, database, statements: [make, ...statements], findings: create ? findings : [missing, ...findings] }
  } catch (error) {
    throw toMirrorError(error, host)
  } finally {
    session?.destroy()
  }
}

/**
 * Makes what is missing and nothing else. Before a table is made or gets a column, the mirror's state says that its
 * collection has to be written anew: a node that only finds it there would take its rows for complete.
 *
 * @throws OutpostError MIRROR_TABLES with all findings, where nothing has been changed; MIRROR_UNAVAILABLE
 */
export async function initTarget(
  target: MysqlTarget,
  name: string,
  collections: readonly MirroredCollection[],
): Promise<InitResult> {
  const { host, database } = target
  const { statements, findings } = await planTarget(target, collections, true)
  refuseErrors(findings)
  let session: MysqlSession | undefined
  try {
    session = await MysqlSession.open(target)
    const plan = await planMirror(session, collections, true)
    const incomplete = collections.filter((collection) => plan.incomplete.has(collection.name))
    await applyStatements(session, plan.ownStatements)
    await noteIncomplete(session, name, incomplete)
    for (const statement of plan.statements.slice(plan.ownStatements.length)) {
      await makeUnlessThere(session, collections, statement)
    }
    return { host, database, statements, findings, incomplete: incomplete.map((collection) => collection.name) }
  } catch (error) {
    throw toMirrorError(error, host)
  } finally {
    session?.destroy()
  }
}

/** A node that looks at its tables at the same time may have made it a moment ago. */
async function makeUnlessThere(
  session: MysqlSession,
  collections: readonly MirroredCollection[],
  statement: string,
): Promise<void> {
  try {
    await applyStatements(session, [statement])
  } catch (error) {
    const { statements } = await planMirror(session, collections, true)
    if (statements.includes(statement)) throw error
  }
}

/** A mirror that has no state yet writes everything anyway. */
async function noteIncomplete(
  session: MysqlSession,
  mirror: string,
  incomplete: readonly MirroredCollection[],
): Promise<void> {
  if (incomplete.length === 0) return
  await session.transaction(async () => {
    const sql = `SELECT term FROM ${STATE_TABLE.name} WHERE name = ? FOR UPDATE`
    const [state] = await session.rows<{ term: number | string }>(sql, [mirror])
    if (!state) return
    await holdFence(session, mirror, Number(state.term))
    for (const { name, fingerprint } of incomplete) await beginFilling(session, mirror, name, fingerprint)
  })
}

async function connectTo(target: MysqlTarget): Promise<MysqlSession | undefined> {
  try {
    return await MysqlSession.connect(target)
  } catch (error) {
    if (isUnknownDatabase(error)) return undefined
    throw error
  }
}
