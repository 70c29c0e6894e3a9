/** How far the commit sequence of a store's file has come. */
import Database from 'better-sqlite3'
import { documentTableName } from './layout.ts'

/**
 * The larger of the newest document row and the floor in `store_head`, which is written only where no row says it:
 * when the newest rows were deleted, or a transaction used the sequence for something else.
 */
export function readNewestSeq(db: Database.Database): number {
  const keys = db.prepare('SELECT number FROM storage_key').pluck().all() as number[]
  const newest = keys.map((key) => {
    const sql = `SELECT seq FROM ${documentTableName(key)} NOT INDEXED ORDER BY seq DESC LIMIT 1`
    return db.prepare(sql).pluck().get() as number | undefined
  })
  const floor = db.prepare('SELECT seq FROM store_head').pluck().get() as number
  return Math.max(floor, ...newest.map((seq) => seq ?? 0))
}

/** Of a backup; `undefined` where it cannot be read. */
export function newestSeqOf(file: string): number | undefined {
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 })
    try {
      return readNewestSeq(db)
    } finally {
      db.close()
    }
  } catch {
    return undefined
  }
}
