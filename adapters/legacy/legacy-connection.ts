/** Connections to a legacy database: read only as far as Outpost is concerned, and never one that is made for it. */
import { OutpostError } from '../../schemas/outpost-error.ts'
import { MysqlSession } from '../mysql/mysql-session.ts'
import type { MysqlTarget } from '../mysql/mysql-target.ts'

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
