/**
 * Puts a backup in the place of a stopped node's store. The backup is copied beside the store, checked there, and takes
 * its place in one step while the lock of the replaced store is held, so that no node can start in between.
 */
import {
  createReadStream,
  createWriteStream,
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  type BigIntStats,
} from 'node:fs'
import { rm, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { StoreFacts, StoreIdentity } from '../../schemas/protocol/backup.ts'
import { isDiskFull } from '../sqlite/backup.ts'
import { endLogins } from './end-logins.ts'
import { checkStoreFile } from '../sqlite/check-store-file.ts'
import { lockStoreFile, type LockedStore } from '../sqlite/lock-store-file.ts'
import { hasLog, hasLogInWords, SIDE_FILES } from '../sqlite/side-files.ts'
import { identityInWords } from '../sqlite/store-identity.ts'
import { syncPath } from '../sqlite/sync-path.ts'
import { fileStamp } from './backup-files.ts'
import { isAlive } from './is-alive.ts'
import { makeFolder } from './make-folder.ts'
import { readNodeFile } from './node-file.ts'

export interface RestoreOptions {
  readonly file: string
  readonly dataDir: string
  readonly nowMs: number
  readonly signal?: AbortSignal
  /** Asked once all is known to be well, before anything changes. */
  readonly confirm: (plan: RestorePlan) => Promise<boolean>
  /** Has the disk keep the new names. */
  readonly syncFolder?: (folder: string) => Promise<void>
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
 * @throws OutpostError STORE_LOCKED, BACKUP_INVALID, BACKUP_FOREIGN, STORE_VERSION, DISK_FULL, BACKUP_FAILED; nothing
 *   has changed then, unless the message says that the store was replaced
 */
export async function restoreStore(options: RestoreOptions): Promise<RestorePlan | undefined> {
  const { dataDir, signal, confirm, syncFolder = syncPath } = options
  const store = storeOf(dataDir)
  const file = backupOf(options.file, store)
  const copy = `${store}.restoring`
  const isNewFolder = makeFolder(dataDir) !== undefined
  // Before the copying, which takes its time; the lock is what decides.
  lockPresent(store, dataDir)?.close()
  try {
    await copyBackup(file, copy, signal)
    // A node may have started on it meanwhile.
    refuseLog(file)
    const facts = await checkStoreFile(copy, { settle: true, ...(signal && { signal }) }).catch((error: unknown) => {
      throw namedAs(error, copy, file)
    })
    const { identity } = facts
    if (!identity) throw new OutpostError('BACKUP_INVALID', `${file} is the store of no branch and no headquarters`)
    endLogins(copy)
    await syncPath(copy)
    const present = lockPresent(store, dataDir)
    try {
      if (present?.identity) refuseForeign(identity, present.identity, file, dataDir)
      const aside = freeName(`${store}.replaced-${fileStamp(options.nowMs)}`)
      const plan: RestorePlan = {
        facts: { ...facts, identity },
        store,
        damaged: present?.damaged ?? false,
        ...(present && { replaced: aside }),
      }
      if (!(await confirm(plan))) return undefined
      signal?.throwIfAborted()
      present?.settle()
      swap(copy, store, aside)
      await syncFolder(dirname(store)).catch((cause: unknown) => {
        throw unsyncedError(cause, plan)
      })
      return plan
    } finally {
      present?.close()
    }
  } catch (cause) {
    throw restoreError(cause, store)
  } finally {
    for (const end of ['', ...SIDE_FILES]) await rm(`${copy}${end}`, { force: true }).catch(() => undefined)
    if (isNewFolder && !existsSync(store)) await rmdir(dataDir).catch(() => undefined)
  }
}

/** The store's file itself, where its log is: the name in the data folder may be a link. */
function storeOf(dataDir: string): string {
  const named = resolve(dataDir, 'store.sqlite')
  if (existsSync(named)) return realpathSync(named)
  if (lstatSync(named, { throwIfNoEntry: false })) {
    throw new OutpostError('BACKUP_FAILED', `${named} is a link to what is not there: is its disk mounted?`)
  }
  return named
}

/** @returns the backup's file itself, however it was named */
function backupOf(named: string, store: string): string {
  const stats = statSync(named, { throwIfNoEntry: false })
  if (!stats) throw new OutpostError('BACKUP_INVALID', `there is no file ${resolve(named)}`)
  const file = realpathSync(named)
  if (!stats.isFile()) throw new OutpostError('BACKUP_INVALID', `${file} is no file`)
  if (existsSync(store) && isSameFile(bigStat(file), bigStat(store))) {
    throw new OutpostError('BACKUP_INVALID', `${file} is the store itself`)
  }
  refuseLog(file)
  return file
}

/** A log is named after one name of a file; a restore that was cut off may have left a second one. */
function refuseLog(file: string): void {
  const stats = bigStat(file)
  const beside = stats.nlink > 1n ? readdirSync(dirname(file)).map((name) => join(dirname(file), name)) : []
  const names = beside.filter((name) => {
    const other = lstatSync(name, { bigint: true, throwIfNoEntry: false })
    return other !== undefined && isSameFile(other, stats)
  })
  for (const name of [file, ...names]) {
    if (hasLog(name)) throw new OutpostError('BACKUP_INVALID', hasLogInWords(name))
  }
}

function bigStat(file: string): BigIntStats {
  return statSync(file, { bigint: true })
}

function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino
}

/** The lock of a whole store says that no node runs; of a damaged one, or of none, its node is asked for as well. */
function lockPresent(store: string, dataDir: string): LockedStore | undefined {
  const present = lockStoreFile(store)
  if (present?.damaged === false) return present
  const node = readNodeFile(dataDir)
  if (!node || !isAlive(node.pid)) return present
  present?.close()
  const doubt = 'if that process is something else, delete node.json'
  throw new OutpostError('STORE_LOCKED', `the node of ${dataDir} runs as process ${node.pid}; ${doubt}`)
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

/** It holds members' phones: nobody else's to read from its first byte on, whatever the rights of the backup. */
async function copyBackup(file: string, copy: string, signal: AbortSignal | undefined): Promise<void> {
  await rm(copy, { force: true })
  const from = createReadStream(file, { highWaterMark: 2 ** 20 })
  await pipeline(from, createWriteStream(copy, { flags: 'wx', mode: 0o600 }), signal ? { signal } : {}).catch(
    (error: unknown) => {
      signal?.throwIfAborted()
      throw error
    },
  )
  await syncPath(copy)
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
    for (const end of SIDE_FILES) if (existsSync(`${store}${end}`)) move(`${store}${end}`, `${replaced}${end}`)
    renameSync(copy, store)
  } catch (error) {
    for (const step of undo.toReversed()) step()
    throw error
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

function unsyncedError(cause: unknown, { store, replaced }: RestorePlan): OutpostError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const kept = replaced === undefined ? '' : `, the store that it had is ${replaced}`
  const message = `${store} was replaced${kept}; but the disk has not confirmed it, and a power cut may undo it: ${reason}`
  return new OutpostError('BACKUP_FAILED', message, { cause })
}

function restoreError(cause: unknown, store: string): OutpostError {
  if (cause instanceof OutpostError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  if (isDiskFull(cause)) return new OutpostError('DISK_FULL', `the disk of ${store} is full: ${message}`, { cause })
  return new OutpostError('BACKUP_FAILED', `${store} could not be restored: ${message}`, { cause })
}
