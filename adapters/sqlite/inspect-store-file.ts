/** Reads all of a store file that nobody has open, and says what it holds or what is wrong with it. Takes its time. */
import { closeSync, existsSync, openSync, readSync, realpathSync, rmSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { Doc } from '../../schemas/json.ts'
import type { StoreFacts } from '../../schemas/protocol/backup.ts'
import type { Digest } from './digest-ledger.ts'
import { documentHash, HASH_MODULUS, NO_HASH } from './document-hash.ts'
import { refuseOtherLayout } from './check-layout.ts'
import { APPLICATION_ID, documentTableName, LAYOUT_VERSION, REPLICATED_DATABASE, STORE_TABLES } from './layout.ts'
import { readNewestSeq } from './newest-seq.ts'
import { hasLogInWords, SIDE_FILES } from './side-files.ts'
import { readIdentity } from './store-identity.ts'

/**
 * @param settle ends the write-ahead log mode that a copy inherits, so that the one file is all there is; writes to it
 * @throws OutpostError BACKUP_INVALID, STORE_VERSION, STORE_LOCKED
 */
export function inspectStoreFile(named: string, settle: boolean): StoreFacts {
  // SQLite follows links too, and a log is beside the file itself.
  const file = existsSync(named) ? realpathSync(named) : named
  const sidecars = SIDE_FILES.map((end) => `${file}${end}`)
  const were = sidecars.filter((path) => existsSync(path))
  let db: Database.Database | undefined
  let isLocked = false
  try {
    if (existsSync(file) && !statSync(file).isFile()) throw new OutpostError('BACKUP_INVALID', `${file} is no file`)
    if (!isDatabase(file)) throw new OutpostError('BACKUP_INVALID', `${file} is no Outpost store`)
    if (were.some((path) => statSync(path).size > 0)) {
      throw new OutpostError('BACKUP_INVALID', hasLogInWords(file))
    }
    if (settle) settleFile(file)
    db = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 })
    db.pragma('application_id')
    isLocked = true
    return { ...readFacts(db, file), bytes: statSync(file).size }
  } catch (cause) {
    throw inspectionError(cause, file)
  } finally {
    // A reader of a file in write-ahead log mode makes these and may not delete them. While it holds its lock no node
    // can have opened the file, so they are nobody else's.
    if (isLocked) for (const path of sidecars) if (!were.includes(path)) rmSync(path, { force: true })
    db?.close()
  }
}

function readFacts(db: Database.Database, file: string): Omit<StoreFacts, 'bytes'> {
  const applicationId = db.pragma('application_id', { simple: true })
  const layout = db.pragma('user_version', { simple: true })
  if (applicationId !== APPLICATION_ID) throw new OutpostError('BACKUP_INVALID', `${file} is no Outpost store`)
  if (layout !== LAYOUT_VERSION) {
    throw new OutpostError('STORE_VERSION', `${file} has layout ${String(layout)}, this is layout ${LAYOUT_VERSION}`)
  }
  const integrity = db.pragma('integrity_check(1)', { simple: true })
  if (integrity !== 'ok') throw new OutpostError('BACKUP_INVALID', `${file} is damaged: ${String(integrity)}`)
  refuseOtherLayout(db, STORE_TABLES, 'refused')
  const seq = readNewestSeq(db)
  const newest = 'SELECT epoch, first_seq AS firstSeq FROM store_epoch ORDER BY rowid DESC LIMIT 1'
  const opening = db.prepare(newest).get() as { epoch: string; firstSeq: number } | undefined
  if (!opening || opening.firstSeq > seq + 1) {
    throw new OutpostError('BACKUP_INVALID', `${file} does not know its own past`)
  }
  const identity = readIdentity(db)
  const documents = countDocuments(db, file)
  return { ...(identity && { identity }), epoch: opening.epoch, seq, documents }
}

/** The rows themselves, held against what the store has noted of them. */
function countDocuments(db: Database.Database, file: string): Record<string, number> {
  const sql = 'SELECT number, collection FROM storage_key WHERE database = ? ORDER BY collection, version'
  const keys = db.prepare(sql).all(REPLICATED_DATABASE) as { number: number; collection: string }[]
  const noted = db.prepare('SELECT documents, sum FROM digest WHERE key_number = ?')
  const counts: Record<string, number> = {}
  for (const { number, collection } of keys) {
    const { documents: live, sum } = readDocuments(db, documentTableName(number), `${collection} of ${file}`)
    const told = addUp(noted.all(number) as Digest[])
    if (live !== told.documents || sum !== told.sum) {
      const message = `${file} has ${live} documents in ${collection} and says that it has ${told.documents}, or others`
      throw new OutpostError('BACKUP_INVALID', message)
    }
    // Ordered by version: the newest one is what the nodes use. RxDB's own bookkeeping is nobody's document.
    if (!collection.startsWith('_')) counts[collection] = live
  }
  return counts
}

/** Every document, since SQLite's check of a file does not look at what is in a row. */
function readDocuments(db: Database.Database, table: string, where: string): Digest {
  let live: Digest = { documents: 0, sum: 0 }
  for (const row of db.prepare(`SELECT id, hash, doc FROM ${table}`).iterate()) {
    const { id, hash, doc } = row as { id: string; hash: number; doc: string }
    const found = hashOf(doc)
    if (found === undefined || (hash !== NO_HASH && hash !== found)) {
      throw new OutpostError('BACKUP_INVALID', `the document "${id.slice(0, 128)}" in ${where} is damaged`)
    }
    if (hash !== NO_HASH) live = addUp([live, { documents: 1, sum: hash }])
  }
  return live
}

function hashOf(text: string): number | undefined {
  try {
    return documentHash(JSON.parse(text) as Doc)
  } catch {
    return undefined
  }
}

function addUp(digests: readonly Digest[]): Digest {
  let documents = 0
  let sum = 0
  for (const digest of digests) {
    documents += digest.documents
    sum = (sum + digest.sum) % HASH_MODULUS
  }
  return { documents, sum }
}

function settleFile(file: string): void {
  const db = new Database(file, { fileMustExist: true, timeout: 0 })
  try {
    db.pragma('journal_mode = DELETE')
  } finally {
    db.close()
  }
}

/** Asked before SQLite is: it makes a database of an empty file, and throws away the log of one. */
export function isDatabase(file: string): boolean {
  const header = Buffer.alloc(16)
  const handle = openSync(file, 'r')
  try {
    readSync(handle, header, 0, header.length, 0)
  } finally {
    closeSync(handle)
  }
  return header.toString('latin1') === 'SQLite format 3\0'
}

function inspectionError(cause: unknown, file: string): OutpostError {
  if (cause instanceof OutpostError) return cause
  if (cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')) {
    return new OutpostError('STORE_LOCKED', `another process has ${file} open`, { cause })
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new OutpostError('BACKUP_INVALID', `${file} cannot be read as a store: ${reason}`, { cause })
}
