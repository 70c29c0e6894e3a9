/** What an error of MySQL means for the mirror: try again, park a document, or wait until the server is well. */
import { OutpostError } from '../../schemas/outpost-error.ts'
import { withoutPhones } from '../../schemas/phone-like.ts'

/**
 * `collision`: another transaction was in the way, the same work succeeds when repeated.
 * `refused`: the server takes everything but these values.
 * `away`: everything else; the work is kept and repeated later.
 */
type FailureKind = 'collision' | 'refused' | 'away'

export interface RefusedRow {
  /** Where MySQL names it. */
  readonly column: string | undefined
  /** In MySQL's words, without the value. */
  readonly reason: string
}

const UNKNOWN_DATABASE = 1049
const COLUMN_IS_NULL = 1048
const DUPLICATE_ENTRY = 1062
const COLLISIONS: ReadonlySet<number> = new Set([
  1205, // lock wait timeout
  1213, // deadlock
  1020, // record has changed since last read (MariaDB's snapshot isolation)
])
/** Errors about values whose SQLSTATE does not say so. */
const VALUE_ERRORS: ReadonlySet<number> = new Set([
  1118, // row size too large
  1153, // packet larger than max_allowed_packet
  1265, // data truncated
  1364, // no default for a column
  1366, // incorrect string or integer value
  1406, // data too long
  1644, // a trigger's SIGNAL
  3819, // check constraint (MySQL)
  4025, // check constraint (MariaDB)
])
const TABLE_ERRORS: ReadonlySet<number> = new Set([
  UNKNOWN_DATABASE,
  1054, // unknown column
  1146, // no such table
  1347, // not a view
  1356, // view names what is gone
])

interface MysqlError {
  readonly errno?: number
  readonly code?: string
  readonly sqlState?: string
  readonly sqlMessage?: string
  readonly fatal?: boolean
}

export function failureKind(error: unknown): FailureKind {
  const { errno, sqlState, fatal } = asMysqlError(error)
  if (fatal || errno === undefined) return 'away'
  if (COLLISIONS.has(errno)) return 'collision'
  // 22: data exceptions, 23: constraints, 45: raised by the database's own triggers
  if (VALUE_ERRORS.has(errno) || /^(22|23|45)/.test(sqlState ?? '')) return 'refused'
  return 'away'
}

export function isUnknownDatabase(error: unknown): boolean {
  return asMysqlError(error).errno === UNKNOWN_DATABASE
}

export function refusedRow(error: unknown): RefusedRow {
  const { code, sqlMessage = '' } = asMysqlError(error)
  const named = /for column [`']([^`']+)[`'](?:\.`([^`]+)`)?(?:\.`([^`]+)`)?/i.exec(sqlMessage)
  const cannot = /^(?:column|field) '([^']+)'/i.exec(sqlMessage)
  return {
    column: named?.[3] ?? named?.[2] ?? named?.[1] ?? cannot?.[1],
    reason: `${code ?? 'unknown error'}: ${withoutValues(sqlMessage)}`,
  }
}

/** Whether a row was refused because a unique key led to another document's, see `upsertSql`. */
export function isForeignRow(error: unknown, keys: readonly string[]): boolean {
  const { errno } = asMysqlError(error)
  return errno === COLUMN_IS_NULL && keys.includes(refusedRow(error).column ?? '')
}

/** The unique key that is taken; its table comes along where MySQL names it. */
export function takenKey(error: unknown): { readonly key: string; readonly table: string | undefined } | undefined {
  const { errno, sqlMessage = '' } = asMysqlError(error)
  const [, table, key] = /for key '(?:([^'.]+)\.)?([^']+)'$/.exec(sqlMessage) ?? []
  return errno === DUPLICATE_ENTRY && key !== undefined ? { key, table } : undefined
}

/**
 * The error as Outpost says it. Neither address nor password nor a document's values come along: messages are logged
 * and shown.
 */
export function toMirrorError(error: unknown, host: string): OutpostError {
  if (error instanceof OutpostError) return error
  const { errno, code, sqlState, sqlMessage } = asMysqlError(error)
  if (sqlMessage !== undefined && errno !== undefined) {
    const kind = TABLE_ERRORS.has(errno) ? 'MIRROR_TABLES' : 'MIRROR_UNAVAILABLE'
    return new OutpostError(kind, `MySQL on ${host} answers ${code ?? errno}: ${withoutValues(sqlMessage)}`, {
      cause: error,
    })
  }
  if (sqlState === undefined && code === undefined) {
    return new OutpostError('INTERNAL', `the mirror met an error that it did not expect: ${String(error)}`, {
      cause: error,
    })
  }
  return new OutpostError('MIRROR_UNAVAILABLE', `MySQL on ${host} cannot be reached (${code ?? 'connection lost'})`, {
    cause: error,
  })
}

function asMysqlError(error: unknown): MysqlError {
  return error instanceof Error ? (error as MysqlError) : {}
}

function withoutValues(message: string): string {
  const known = message
    .replace(/((?:value|entry):?) '.*?'(?= for|$)/gis, "$1 '…'")
    .replace(/'[^']*@[^']*'(?=\s*\()/g, '…')
  // A trigger of the database says what it likes.
  return withoutPhones(known)
}
