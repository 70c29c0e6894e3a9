/** Whether a server's log of changes can be read, where it ends, and whether it still has a place that was kept. */
import type { BinlogPosition } from './binlog-position.ts'
import { probeBinlog } from './binlog-reader.ts'
import type { MysqlSession } from './mysql-session.ts'
import type { MysqlTarget } from './mysql-target.ts'

export type BinlogState =
  | { readonly readable: true; readonly end: BinlogPosition }
  /** `missing` completes "the server's log of changes cannot be read: …". */
  | { readonly readable: false; readonly missing: string }

interface Wanted {
  readonly name: string
  readonly is: readonly string[]
  readonly missing: string
}

const WANTED: readonly Wanted[] = [
  { name: 'log_bin', is: ['ON', '1'], missing: 'it keeps none (start it with log_bin)' },
  { name: 'binlog_format', is: ['ROW'], missing: 'binlog_format is not ROW' },
  { name: 'binlog_row_image', is: ['FULL'], missing: 'binlog_row_image is not FULL' },
  { name: 'binlog_transaction_compression', is: ['OFF', '0'], missing: 'binlog_transaction_compression is ON' },
  { name: 'binlog_row_value_options', is: [''], missing: 'binlog_row_value_options is set' },
]
const DENIED: readonly unknown[] = [
  'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  'ER_ACCESS_DENIED_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
]
/** As MySQL calls them; MariaDB takes these names too. */
const MISSING_PRIVILEGES = 'the account lacks REPLICATION SLAVE or REPLICATION CLIENT'

/**
 * Also reads a first piece of it, as only that shows that the account may.
 *
 * @throws what MySQL throws, but for missing privileges
 */
export async function readBinlogState(
  session: MysqlSession,
  target: MysqlTarget,
  signal: AbortSignal,
): Promise<BinlogState> {
  const names = WANTED.map(({ name }) => `'${name}'`).join(',')
  const rows = await session.texts(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`)
  const set = new Map(rows.map(([name, value]) => [name?.toLowerCase(), (value ?? '').toUpperCase()]))
  // A variable that this server does not have is none that could be wrong.
  const wrong = WANTED.find(({ name, is }) => set.has(name) && !is.includes(set.get(name)!))
  if (wrong) return { readable: false, missing: wrong.missing }
  try {
    const end = await readBinlogEnd(session)
    if (!end) return { readable: false, missing: WANTED[0]!.missing }
    await probeBinlog(target, end, signal)
    return { readable: true, end }
  } catch (error) {
    if (DENIED.includes((error as { code?: unknown }).code)) return { readable: false, missing: MISSING_PRIVILEGES }
    throw error
  }
}

/** Where the next change will stand; `undefined` where there is no log. */
export async function readBinlogEnd(session: MysqlSession): Promise<BinlogPosition | undefined> {
  const [file, size] = (await session.texts('SHOW BINARY LOGS')).at(-1) ?? []
  if (!file || !size) return undefined
  return { file, position: Number(size), rows: 0, server: await serverAt(session, file, Number(size)) }
}

/** @returns why the changes since a place cannot be had any more */
export async function whyLost(session: MysqlSession, kept: BinlogPosition): Promise<string | undefined> {
  const logs = await session.texts('SHOW BINARY LOGS')
  const log = logs.find(([file]) => file === kept.file)
  if (!log) return `the server does not have its log of changes ${kept.file} any more`
  if (Number(log[1]) < kept.position)
    return `its log of changes ${kept.file} is shorter than it was: it is another server`
  const there = new Set((await serverAt(session, kept.file, kept.position)).split(','))
  return kept.server.split(',').every((part) => there.has(part)) ? undefined : 'it is another server than before'
}

/** See `BinlogPosition.server`. */
async function serverAt(session: MysqlSession, file: string, position: number): Promise<string> {
  const [[version = ''] = []] = await session.texts('SELECT VERSION()')
  const isMariaDb = /mariadb/i.test(version ?? '')
  const sql = isMariaDb ? 'SELECT BINLOG_GTID_POS(?, ?)' : 'SELECT @@global.server_uuid'
  const [[server] = []] = await session.texts(sql, isMariaDb ? [file, position] : [])
  return server ?? ''
}
