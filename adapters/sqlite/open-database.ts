/** Opens a store's SQLite file: durable, with one owner, at the right layout. */
import Database from 'better-sqlite3'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { APPLICATION_ID, LAYOUT_VERSION, STORE_TABLES } from './layout.ts'

/** Of a new file. Larger than SQLite's 4096: a document is about 1 kB, and a bulk write then touches fewer pages. */
const PAGE_BYTES = 8192
/** How long the log grows before its pages move into the file: more means fewer writes, and a longer pause for them. */
const CHECKPOINT_BYTES = 16 * 2 ** 20

/**
 * WAL with `synchronous=FULL` syncs the log at each commit: an acknowledged write survives power loss. The exclusive
 * locking mode gives the file one owner, whose lock ends with its process, however it ends.
 *
 * @throws OutpostError STORE_LOCKED, STORE_VERSION, DISK_FULL
 */
export function openDatabase(file: string): Database.Database {
  let db: Database.Database | undefined
  try {
    db = new Database(file, { timeout: 0 })
    db.pragma(`page_size = ${PAGE_BYTES}`)
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_BYTES / PAGE_BYTES}`)
    db.pragma('cache_size = -65536')
    db.pragma('mmap_size = 268435456')
    db.pragma('temp_store = MEMORY')
    prepareLayout(db, file)
    return db
  } catch (cause) {
    db?.close()
    throw storeError(cause, file)
  }
}

function prepareLayout(db: Database.Database, file: string): void {
  const applicationId = db.pragma('application_id', { simple: true })
  const version = db.pragma('user_version', { simple: true })
  const empty = db.prepare('SELECT count(*) AS n FROM sqlite_schema').pluck().get() === 0
  if (empty) {
    db.exec('BEGIN IMMEDIATE')
    db.exec(STORE_TABLES)
    db.pragma(`application_id = ${APPLICATION_ID}`)
    db.pragma(`user_version = ${LAYOUT_VERSION}`)
    db.exec('COMMIT')
  } else if (applicationId !== APPLICATION_ID) {
    throw new OutpostError('STORE_VERSION', `${file} is no Outpost store`)
  } else if (version !== LAYOUT_VERSION) {
    throw new OutpostError('STORE_VERSION', `${file} has layout ${String(version)}, this is layout ${LAYOUT_VERSION}`)
  }
}

export function isIoError(cause: unknown): boolean {
  return cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_IOERR')
}

/** SQLite's errors in Outpost's words; others pass as they are. */
export function storeError(cause: unknown, file: string): unknown {
  if (!(cause instanceof Database.SqliteError)) return cause
  if (cause.code.startsWith('SQLITE_BUSY') || cause.code.startsWith('SQLITE_LOCKED')) {
    return new OutpostError('STORE_LOCKED', `another process has ${file} open`, { cause })
  }
  if (cause.code === 'SQLITE_FULL' || cause.code.startsWith('SQLITE_IOERR')) {
    return new OutpostError('DISK_FULL', `the disk of ${file} is full or failing: ${cause.message}`, { cause })
  }
  if (cause.code === 'SQLITE_NOTADB') return new OutpostError('STORE_VERSION', `${file} is no Outpost store`, { cause })
  return cause
}
