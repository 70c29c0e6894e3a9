/** A place in the log of changes of one server, and which of two is the later one. */

/** Where a transaction begins, and how many of its rows are done. */
export interface BinlogPosition {
  readonly file: string
  readonly position: number
  readonly rows: number
  /**
   * Whose log it is: MySQL's `server_uuid`; of MariaDB, which has none, the transactions that it had logged up to there or
   * one of them, `domain-server-number` with commas.
   */
  readonly server: string
}

/** Of the same server: whether everything up to `goal` is behind it. */
export function isReached(at: BinlogPosition, goal: BinlogPosition): boolean {
  // The number at the end of a file's name gets longer one day.
  const byFile = at.file.length - goal.file.length || (at.file < goal.file ? -1 : at.file > goal.file ? 1 : 0)
  return (byFile || at.position - goal.position || at.rows - goal.rows) >= 0
}
