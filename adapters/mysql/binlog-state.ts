/** Whether a server logs its changes so that they can be read, and where its log ends. */
import type { BinlogPosition } from './binlog-reader.ts'
import type { MysqlSession } from './mysql-session.ts'

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

/** @throws what MySQL throws, but for missing privileges */
export async function readBinlogState(session: MysqlSession): Promise<BinlogState> {
  const names = WANTED.map(({ name }) => `'${name}'`).join(',')
  const rows = await session.rows<{ Variable_name: string; Value: string }>(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`,
  )
  const set = new Map(rows.map((row) => [row.Variable_name.toLowerCase(), row.Value.toUpperCase()]))
  // A variable that this server does not have is none that could be wrong.
  const wrong = WANTED.find(({ name, is }) => set.has(name) && !is.includes(set.get(name)!))
  if (wrong) return { readable: false, missing: wrong.missing }
  try {
    const logs = await session.rows<{ Log_name: string; File_size: number | string }>('SHOW BINARY LOGS')
    const last = logs.at(-1)
    if (!last) return { readable: false, missing: WANTED[0]!.missing }
    return { readable: true, end: { file: last.Log_name, position: Number(last.File_size), rows: 0 } }
  } catch (error) {
    if (DENIED.includes((error as { code?: unknown }).code)) return { readable: false, missing: MISSING_PRIVILEGES }
    throw error
  }
}

/** As MySQL calls them; MariaDB takes these names too. */
export const MISSING_PRIVILEGES = 'the account lacks REPLICATION SLAVE or REPLICATION CLIENT'
