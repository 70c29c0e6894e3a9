/** Opens a store's SQLite file: durable, with one owner, at the right layout. */
import { closeSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { ErrorCode } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { refuseOtherLayout } from './check-layout.ts'
import { toFileError } from './file-error.ts'
import { APPLICATION_ID, LAYOUT_VERSION, STORE_TABLES } from './layout.ts'

/** Of a new file. Larger than SQLite's 4096: a document is about 1 kB, and a bulk write then touches fewer pages. */
const PAGE_BYTES = 8192
/**
 * How long the log grows before its pages move into the file and it begins anew from its start. The longer, the less often
 * the pages that every write touches are moved, and the fewer commits wait for that; each of these waits longer.
 */
const CHECKPOINT_BYTES = 16 * 2 ** 20
/** A log of more pages than this means that they cannot be moved. */
export const MAX_LOG_PAGES = (3 * CHECKPOINT_BYTES) / PAGE_BYTES

/**
 * WAL with `synchronous=FULL` syncs the log at each commit: an acknowledged write survives power loss. The exclusive
 * locking mode gives the file one owner, whose lock ends with its process, however it ends.
 *
 * @throws OutpostError STORE_LOCKED, STORE_VERSION, STORE_INVALID, STORE_READ_ONLY, PATH_UNUSABLE, DISK_FULL, DISK_FAILED
 */
export function openDatabase(file: string): Database.Database {
  let db: Database.Database | undefined
  try {
    createPrivately(file)
    db = new Database(file, { timeout: 0 })
    db.pragma(`page_size = ${PAGE_BYTES}`)
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_BYTES / PAGE_BYTES}`)
    db.pragma('cache_size = -65536')
    db.pragma('temp_store = MEMORY')
    prepareLayout(db, file)
    return db
  } catch (cause) {
    db?.close()
    throw whyUnusable(cause, file) ?? storeError(cause, file)
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
    throw new OutpostError('STORE_INVALID', `${file} is no Outpost store`)
  } else if (version !== LAYOUT_VERSION) {
    throw new OutpostError('STORE_VERSION', `${file} has layout ${String(version)}, this is layout ${LAYOUT_VERSION}`)
  } else {
    refuseOtherLayout(db, STORE_TABLES, 'refused')
  }
}

/**
 * Makes a new file that only its user may read; SQLite gives its log the same rights. An existing file is not even
 * opened: closing it again would end the locks that this process may hold on it.
 */
function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw toFileError(cause) ?? cause
  }
}

/** Whether nobody knows what the disk holds after it: whoever wrote must not write again before it was read anew. */
export function isIoError(cause: unknown): boolean {
  return cause instanceof Database.SqliteError && /^SQLITE_(IOERR|CORRUPT|NOTADB)/.test(cause.code)
}

/** SQLite's errors in Outpost's words; others pass as they are. */
export function storeError(cause: unknown, file: string): unknown {
  if (!(cause instanceof Database.SqliteError)) return cause
  const [, kind = ''] = cause.code.split('_')
  const words = WORDS[kind]
  return words ? new OutpostError(words.code, words.say(file, cause.message), { cause }) : cause
}

/** By the first word of SQLite's code: SQLITE_IOERR_WRITE and SQLITE_IOERR_FSYNC are one to whoever reads it. */
const WORDS: Readonly<Record<string, { code: ErrorCode; say: (file: string, detail: string) => string }>> = {
  BUSY: { code: 'STORE_LOCKED', say: (file) => `another process has ${file} open` },
  LOCKED: { code: 'STORE_LOCKED', say: (file) => `another process has ${file} open` },
  FULL: { code: 'DISK_FULL', say: (file) => `the disk of ${file} is full: make room, then write again` },
  IOERR: { code: 'DISK_FAILED', say: (file, detail) => `the disk of ${file} does not work: ${detail}` },
  READONLY: { code: 'STORE_READ_ONLY', say: (file) => `${file} or its disk may be read but not written` },
  NOTADB: { code: 'STORE_INVALID', say: (file) => `${file} is no Outpost store, or its beginning is damaged` },
  CANTOPEN: { code: 'PATH_UNUSABLE', say: (file, detail) => `${file} cannot be opened: ${detail}` },
  CORRUPT: { code: 'STORE_INVALID', say: (file, detail) => `${file} is damaged: ${detail}` },
}

/**
 * SQLite says only that it could not open the file, or not lock it if it may be read but not written; the system says
 * why. Who has another handle of the file open in this process was told BUSY, so none loses its locks here.
 */
function whyUnusable(cause: unknown, file: string): OutpostError | undefined {
  if (!(cause instanceof Database.SqliteError) || !/^SQLITE_(CANTOPEN|IOERR|READONLY)/.test(cause.code))
    return undefined
  const writing = refusalToOpen(file, 'r+')
  const isRights = ['EACCES', 'EPERM'].includes((writing?.cause as NodeJS.ErrnoException | undefined)?.code ?? '')
  if (!isRights || refusalToOpen(file, 'r')) return writing
  return new OutpostError('STORE_READ_ONLY', `${file} may be read but not written`, { cause })
}

function refusalToOpen(file: string, flags: 'r' | 'r+'): OutpostError | undefined {
  try {
    closeSync(openSync(file, flags))
    return undefined
  } catch (cause) {
    return toFileError(cause)
  }
}
