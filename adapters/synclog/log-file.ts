/**
 * Opens the file of the log. It holds no business data: one that cannot be used is put aside and begun anew, and where
 * none can be made the log is kept in memory, so that it never keeps a node from starting.
 */
import { closeSync, openSync, renameSync, rmSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { Log } from '../log.ts'
import { storeError } from '../sqlite/open-database.ts'
import { SIDE_FILES } from '../sqlite/side-files.ts'
import { LOG_LAYOUT, LOG_TABLES } from './log-tables.ts'

/** 'OLOG', so that nobody's database is taken for a log. */
const APPLICATION_ID = 0x4f4c4f47
/** What is freed at a time waits for new rows; beyond this many pages it goes back to the disk. */
export const SPARE_PAGES = 4096
/** KiB. */
const CACHE = 8192

export function openLogFile(file: string, log: Log): Database.Database {
  try {
    return open(file)
  } catch (error) {
    return openAnew(file, log, error)
  }
}

/** In place of one that is of no use any more; the one that was put aside before is gone then. */
export function openAnew(file: string, log: Log, why: unknown): Database.Database {
  try {
    putAside(file)
    const db = open(file)
    log.warn({ err: why, aside: asideOf(file) }, 'the file of the sync log cannot be used: it is begun anew')
    return db
  } catch (err) {
    log.error(
      { err, file },
      'no file can be made for the sync log: it is kept in memory until the node is started anew',
    )
    return openInMemory()
  }
}

export function openInMemory(): Database.Database {
  const db = new Database(':memory:')
  prepareLayout(db)
  return db
}

function putAside(file: string): void {
  for (const end of ['', ...SIDE_FILES]) {
    rmSync(`${asideOf(file)}${end}`, { force: true })
    try {
      renameSync(`${file}${end}`, `${asideOf(file)}${end}`)
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    }
  }
}

/**
 * Of a node that is stopped.
 *
 * @returns `undefined` where there is none, or none that could be read
 * @throws OutpostError STORE_LOCKED where a process has it for itself, as a node has from its start to its end
 */
export function openLogToRead(file: string): Database.Database | undefined {
  let db: Database.Database | undefined
  try {
    db = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 })
    if (isOurs(db)) return db
  } catch (cause) {
    if (cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')) {
      db?.close()
      throw storeError(cause, file)
    }
    if (!(cause instanceof Database.SqliteError || cause instanceof TypeError)) throw cause
  }
  db?.close()
  return undefined
}

function open(file: string): Database.Database {
  createPrivately(file)
  const db = new Database(file, { timeout: 0 })
  try {
    db.pragma('auto_vacuum = INCREMENTAL')
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('journal_mode = WAL')
    // The newest second may be lost with the power, the file not.
    db.pragma('synchronous = NORMAL')
    db.pragma(`cache_size = -${CACHE}`)
    db.pragma('temp_store = MEMORY')
    prepareLayout(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function prepareLayout(db: Database.Database): void {
  if (isOurs(db)) return
  if (db.prepare('SELECT count(*) AS n FROM sqlite_schema').pluck().get() !== 0) {
    throw new Error('it is no log of this version')
  }
  db.exec('BEGIN IMMEDIATE')
  db.exec(LOG_TABLES)
  db.pragma(`application_id = ${APPLICATION_ID}`)
  db.pragma(`user_version = ${LOG_LAYOUT}`)
  db.exec('COMMIT')
}

function isOurs(db: Database.Database): boolean {
  const [id, version] = ['application_id', 'user_version'].map((name) => db.pragma(name, { simple: true }))
  return id === APPLICATION_ID && version === LOG_LAYOUT
}

function asideOf(file: string): string {
  return `${file}.aside`
}

/** It names members by their ids, and who wrote when. */
function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
  }
}
