/** Connections to a legacy database: read only as far as Outpost is concerned, and never one that is made for it. */
import { OutpostError } from '../../schemas/outpost-error.ts'
import { MysqlSession } from '../mysql/mysql-session.ts'
import { parseMysqlUrl, type MysqlTarget } from '../mysql/mysql-target.ts'

/** The variable that may hold the address. */
export const LEGACY_URL = 'LEGACY_MYSQL_URL'

/** @throws OutpostError BAD_CONFIGURATION; the message never contains the URL, which holds the password */
export function parseLegacyUrl(url: string): MysqlTarget {
  const target = parseMysqlUrl(url, LEGACY_URL)
  if (new URL(url).pathname.length > 1) return target
  throw new OutpostError('BAD_CONFIGURATION', `${LEGACY_URL} names no database`, { field: LEGACY_URL })
}

/** @throws OutpostError LEGACY_UNAVAILABLE */
export async function connectLegacy(target: MysqlTarget, signal: AbortSignal): Promise<MysqlSession> {
  try {
    const session = await MysqlSession.connect(target, signal)
    // What reads cannot change anything, whatever its account may do.
    await session.command('SET SESSION TRANSACTION READ ONLY')
    return session
  } catch (error) {
    signal.throwIfAborted()
    throw toLegacyError(error, target)
  }
}

/** As Outpost says it: neither address nor password nor a row's values come along. */
export function toLegacyError(error: unknown, { host }: MysqlTarget): OutpostError {
  if (error instanceof OutpostError) return error
  const { code, errno, fatal } = error as { code?: string; errno?: number; fatal?: boolean }
  if (code === undefined && errno === undefined && fatal === undefined) {
    return new OutpostError('INTERNAL', `reading the legacy database failed: ${String(error)}`, { cause: error })
  }
  const what = code ?? errno ?? 'no more: the connection was lost'
  return new OutpostError('LEGACY_UNAVAILABLE', `the legacy database on ${host} answers ${what}`, { cause: error })
}
