/**
 * Puts a backup in the place of a stopped node's store. The backup is copied beside the store, checked there, and takes
 * its place in one step while the lock of the replaced store is held, so that no node can start in between.
 */
import { constants, existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync, unlinkSync } from 'node:fs'
import { chmod, copyFile, open, rm, rmdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import Database from 'better-sqlite3'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { StoreFacts, StoreIdentity } from '../../schemas/protocol/backup.ts'
import { isDiskFull } from '../sqlite/backup.ts'
import { checkStoreFile } from '../sqlite/check-store-file.ts'
import { hasLog, isDatabase } from '../sqlite/inspect-store-file.ts'
import { identityInWords, readIdentity } from '../sqlite/store-identity.ts'

export interface RestoreOptions {
  readonly file: string
  readonly dataDir: string
  readonly nowMs: number
  readonly signal?: AbortSignal
  /** Asked once all is known to be well, before anything changes. */
  readonly confirm: (plan: RestorePlan) => Promise<boolean>
}

export interface RestorePlan {
  readonly facts: StoreFacts & { readonly identity: StoreIdentity }
  readonly store: string
  /** Where the store that is there now will be kept; absent if there is none. */
  readonly replaced?: string
  /** Whether that store is damaged: it is kept as it is. */
  readonly damaged: boolean
}

/**
 * @returns `undefined` if not confirmed
 * @throws OutpostError STORE_LOCKED, BACKUP_INVALID, BACKUP_FOREIGN, STORE_VERSION, DISK_FULL, BACKUP_FAILED; nothing has changed then
 */
export async function restoreStore(options: RestoreOptions): Promise<RestorePlan | undefined> {
  const { dataDir, signal, confirm } = options
  const file = resolve(options.file)
  const store = resolve(dataDir, 'store.sqlite')
  const copy = `${store}.restoring`
  if (file === store) throw new OutpostError('BACKUP_INVALID', `${file} is the store itself`)
  refuseNoBackup(file)
  const isNewFolder = mkdirSync(dataDir, { recursive: true, mode: 0o700 }) !== undefined
  // Before the copying, which takes its time; the lock is what decides.
  lockStore(store)?.close()
  try {
    await copyBackup(file, copy)
    const facts = await checkStoreFile(copy, { settle: true, ...(signal && { signal }) }).catch((error: unknown) => {
      throw namedAs(error, copy, file)
    })
    const { identity } = facts
    if (!identity) throw new OutpostError('BACKUP_INVALID', `${file} is the store of no branch and no headquarters`)
    const present = lockStore(store)
    try {
      if (present?.identity) refuseForeign(identity, present.identity, file, dataDir)
      const stamp = new Date(options.nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
      const replaced = present && freeName(`${store}.replaced-${stamp}`)
      const plan: RestorePlan = {
        facts: { ...facts, identity },
        store,
        damaged: present?.damaged ?? false,
        ...(replaced !== undefined && { replaced }),
      }
      if (!(await confirm(plan))) return undefined
      signal?.throwIfAborted()
      present?.settle()
      swap(copy, store, replaced ?? freeName(`${store}.replaced-${stamp}`))
      present?.close()
      await syncFolder(dataDir)
      return plan
    } finally {
      present?.close()
    }
  } catch (cause) {
    throw restoreError(cause, store)
  } finally {
    for (const end of ['', ...SIDECARS]) await rm(`${copy}${end}`, { force: true }).catch(() => undefined)
    if (isNewFolder && !existsSync(store)) await rmdir(dataDir).catch(() => undefined)
  }
}

interface PresentStore {
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
function lockStore(store: string): PresentStore | undefined {
  if (!existsSync(store)) return undefined
  if (!isDatabase(store)) return DAMAGED
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
        for (const end of SIDECARS) rmSync(`${store}${end}`, { force: true })
      },
      close: () => void locked.close(),
    }
  } catch (cause) {
    db?.close()
    if (cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')) {
      throw new OutpostError('STORE_LOCKED', `another process has ${store} open`, { cause })
    }
    // Damaged stores are what backups are for.
    return DAMAGED
  }
}

function refuseForeign(backup: StoreIdentity, present: StoreIdentity, file: string, dataDir: string): void {
  const [theirs, ours] = [identityInWords(backup), identityInWords(present)]
  if (theirs !== ours) {
    throw new OutpostError('BACKUP_FOREIGN', `${file} is a backup of ${theirs}, and ${dataDir} is the data of ${ours}`)
  }
  if (backup.chain !== present.chain) {
    throw new OutpostError('BACKUP_FOREIGN', `${file} is a backup of ${theirs} of another chain than ${dataDir}`)
  }
}

function refuseNoBackup(file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (!stats) throw new OutpostError('BACKUP_INVALID', `there is no file ${file}`)
  if (!stats.isFile()) throw new OutpostError('BACKUP_INVALID', `${file} is no file`)
  if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) {
    throw new OutpostError('BACKUP_INVALID', hasLog(file))
  }
}

async function copyBackup(file: string, copy: string): Promise<void> {
  await copyFile(file, copy, constants.COPYFILE_FICLONE)
  await chmod(copy, 0o600)
  const handle = await open(copy, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** At each moment there is a whole store: the old one gets a second name, then the new one takes its first. */
function swap(copy: string, store: string, replaced: string): void {
  const undo: (() => void)[] = []
  const move = (from: string, to: string) => {
    renameSync(from, to)
    undo.push(() => renameSync(to, from))
  }
  try {
    if (existsSync(store)) {
      try {
        linkSync(store, replaced)
        undo.push(() => unlinkSync(replaced))
      } catch {
        // A file system without links: for a moment there is no store.
        move(store, replaced)
      }
    }
    // A log that is left belongs to the replaced store; the new one would take it for its own.
    for (const end of SIDECARS) if (existsSync(`${store}${end}`)) move(`${store}${end}`, `${replaced}${end}`)
    renameSync(copy, store)
  } catch (error) {
    for (const step of undo.toReversed()) step()
    throw error
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function freeName(name: string): string {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}-${i}`
    if (!existsSync(candidate)) return candidate
  }
}

/** What was checked is a copy that nobody knows of. */
function namedAs(error: unknown, copy: string, file: string): unknown {
  if (!(error instanceof OutpostError)) return error
  return new OutpostError(error.code, error.message.replaceAll(copy, file), { cause: error })
}

function restoreError(cause: unknown, store: string): OutpostError {
  if (cause instanceof OutpostError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  if (isDiskFull(cause)) return new OutpostError('DISK_FULL', `the disk of ${store} is full: ${message}`, { cause })
  return new OutpostError('BACKUP_FAILED', `${store} could not be restored: ${message}`, { cause })
}

const DAMAGED: PresentStore = {
  identity: undefined,
  damaged: true,
  settle: () => undefined,
  close: () => undefined,
}
const SIDECARS = ['-wal', '-shm', '-journal'] as const
