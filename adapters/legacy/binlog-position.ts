/** Whether a server's binary log can be followed, where it stands now, and whether it still has a place that was kept. */
import type { MysqlSession, MysqlTexts } from '../mysql/mysql-session.ts'
import type { LegacyPosition } from './legacy-batch.ts'

export type BinlogPosition = Extract<LegacyPosition, { by: 'binlog' }>

/** @returns why not, in words for whoever runs the server */
export async function whyNoBinlog(session: MysqlSession): Promise<string | undefined> {
  const [[enabled, format, image] = []] = await session.texts(
    'SELECT @@global.log_bin, @@global.binlog_format, @@global.binlog_row_image',
  )
  if (enabled !== '1') return 'the server writes no binary log (log_bin)'
  if (format !== 'ROW') return `the server's binlog_format is ${format}; it must be ROW`
  if (image !== 'FULL') return `the server's binlog_row_image is ${image}; it must be FULL`
  const grants = (await session.texts('SHOW GRANTS')).map(([grant]) => grant ?? '')
  const everywhere = grants.filter((grant) => / ON \*\.\* TO /i.test(grant))
  if (!everywhere.some((grant) => /REPLICATION SLAVE|ALL PRIVILEGES/i.test(grant))) {
    return 'the account lacks REPLICATION SLAVE'
  }
  try {
    return (await readPosition(session)) ? undefined : 'the server tells no place in its binary log'
  } catch (error) {
    if ((error as { errno?: unknown }).errno === ACCESS_DENIED) return 'the account lacks REPLICATION CLIENT'
    throw error
  }
}

/** Where the next change will stand. */
export async function readPosition(session: MysqlSession): Promise<BinlogPosition | undefined> {
  const [status] = await masterStatus(session)
  const [file, offset] = status ?? []
  if (!file || !offset) return undefined
  return { by: 'binlog', file, offset: Number(offset), server: await serverAt(session, file, offset) }
}

/** @returns why the changes since a place cannot be had any more */
export async function whyLost(session: MysqlSession, kept: BinlogPosition): Promise<string | undefined> {
  const logs = await session.texts('SHOW BINARY LOGS')
  const log = logs.find(([file]) => file === kept.file)
  if (!log) return `the server does not have its binary log ${kept.file} any more`
  if (Number(log[1]) < kept.offset)
    return `the server's binary log ${kept.file} is shorter than it was: it is another server`
  const server = await serverAt(session, kept.file, String(kept.offset))
  const has = new Set(server.split(','))
  return kept.server.split(',').every((part) => has.has(part)) ? undefined : 'it is another server than before'
}

/** MySQL names itself; MariaDB names what it had written up to there, `domain-server-sequence` with commas. */
async function serverAt(session: MysqlSession, file: string, offset: string): Promise<string> {
  const [[version = ''] = []] = await session.texts('SELECT VERSION()')
  const sql = isMariaDb(version) ? 'SELECT BINLOG_GTID_POS(?, ?)' : 'SELECT @@global.server_uuid'
  const [[server] = []] = await session.texts(sql, isMariaDb(version) ? [file, Number(offset)] : [])
  return server ?? ''
}

export function isMariaDb(version: string | null): boolean {
  return /mariadb/i.test(version ?? '')
}

async function masterStatus(session: MysqlSession): Promise<MysqlTexts[]> {
  try {
    return await session.texts('SHOW MASTER STATUS')
  } catch (error) {
    // MySQL 8.4 has given the statement another name.
    if ((error as { errno?: unknown }).errno !== SYNTAX) throw error
    return session.texts('SHOW BINARY LOG STATUS')
  }
}

const ACCESS_DENIED = 1227
const SYNTAX = 1064
