/**
 * Ends what lets somebody in for a while in a store that was taken back: sessions and codes that were over by then would
 * otherwise be good again. Keys, accounts and devices stay as they were: only a person knows which were shut out since.
 */
import Database from 'better-sqlite3'

const TABLES = ['account_session', 'staff_session', 'enrolment_code'] as const

/** @param file a store that nobody has open */
export function endLogins(file: string): void {
  const db = new Database(file)
  try {
    const there = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[]
    for (const table of TABLES) if (there.includes(table)) db.exec(`DELETE FROM ${table}`)
  } finally {
    db.close()
  }
}
