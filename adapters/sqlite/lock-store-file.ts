/** Takes the lock of a stopped node's store, whole or damaged, so that no node has it or can start on it. */
import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { StoreIdentity } from '../../schemas/protocol/backup.ts'
import { isDatabase } from './inspect-store-file.ts'
import { SIDE_FILES } from './side-files.ts'
import { readIdentity } from './store-identity.ts'

export interface LockedStore {
  readonly identity: StoreIdentity | undefined
  /** Nothing can be read of it. */
  readonly damaged: boolean
  /** Merges its log into the file and keeps the lock. */
  settle(): void
  close(): void
}

/**
 * Opens the store that is there as its only owner; `undefined` if there is none.
 *
 * @throws OutpostError STORE_LOCKED
 */
export function lockStoreFile(store: string): LockedStore | undefined {
  if (!existsSync(store)) return undefined
  if (!isDatabase(store)) return lockDamaged(store)
  let db: Database.Database | undefined
  try {
    db = new Database(store, { fileMustExist: true, timeout: 0 })
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN IMMEDIATE')
    db.exec('COMMIT')
    const locked = db
    return {
      identity: readIdentity(db),
      damaged: false,
      settle() {
        locked.pragma('journal_mode = DELETE')
        // Lets go of the empty journal: closing must not delete one that a new store has by then.
        locked.pragma('journal_mode = MEMORY')
        for (const end of SIDE_FILES) rmSync(`${store}${end}`, { force: true })
      },
      close: () => void locked.close(),
    }
  } catch (cause) {
    db?.close()
    refuseBusy(cause, store)
    // Damaged stores are what backups are for.
    return lockDamaged(store)
  }
}

/**
 * SQLite locks a file before it reads it, and in its exclusive mode keeps that lock when it finds that it can read
 * nothing. It is given the file by a name that has no log, since it would take the log for its own and change both.
 */
function lockDamaged(store: string): LockedStore {
  const name = `${store}.${randomBytes(3).toString('hex')}.lock`
  let db: Database.Database | undefined
  const close = (): void => {
    db?.close()
    rmSync(name, { force: true })
  }
  try {
    linkSync(store, name)
    db = new Database(name, { fileMustExist: true, timeout: 0 })
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('schema_version')
  } catch (cause) {
    if (isBusy(cause)) close()
    refuseBusy(cause, store)
    // A file system without links, or nothing that SQLite can read: what else is known of its node has to do.
  }
  try {
    rmSync(name, { force: true })
  } catch {
    // Where open files cannot be deleted it goes when it is closed.
  }
  return { identity: undefined, damaged: true, settle: () => undefined, close }
}

function refuseBusy(cause: unknown, store: string): void {
  if (isBusy(cause)) throw new OutpostError('STORE_LOCKED', `another process has ${store} open`, { cause })
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')
}
