/**
 * SQLite's online backup with steps that may wait. better-sqlite3's own loop calls again at once when it was told to
 * copy nothing, and so takes a whole core for as long as a slow disk needs; its parts are driven from here instead.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type Database from 'better-sqlite3'

export interface CopyPages {
  readonly totalPages: number
  readonly remainingPages: number
}

/** Called between two steps; says how many pages the next one copies, and resolves when it may. */
export type PaceCopy = (pages: CopyPages) => number | Promise<number>

/**
 * Copies a database into a file while it goes on being written; what this connection writes meanwhile goes into the
 * copy too. A copy that fails leaves the file behind. End it before the database is closed.
 */
export async function copyDatabase(db: Database.Database, file: string, pace: PaceCopy): Promise<void> {
  const backup = nativeOf(db).backup(db, 'main', file, false)
  try {
    // Nothing is copied yet: asks how much there is.
    let pages = backup.transfer(0)
    while (pages.remainingPages > 0) {
      const next = await pace(pages)
      await turn()
      pages = backup.transfer(next)
    }
  } finally {
    backup.close()
  }
}

/** As in better-sqlite3's `lib/methods/backup.js`; its version is exact, and a test copies with it. */
interface NativeDatabase {
  backup(db: Database.Database, attached: string, file: string, isNew: boolean): NativeBackup
}

interface NativeBackup {
  transfer(pages: number): CopyPages
  close(): void
}

/** What better-sqlite3 keeps its own connection in, under a symbol. */
function nativeOf(db: Database.Database): NativeDatabase {
  const parts = db as unknown as Record<symbol, NativeDatabase>
  const symbol = Object.getOwnPropertySymbols(db).find((key) => typeof parts[key]?.backup === 'function')
  if (!symbol) throw new Error('this version of better-sqlite3 keeps its connection elsewhere')
  return parts[symbol]!
}
