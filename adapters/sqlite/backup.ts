/**
 * Copies a store into one file while it goes on being written: SQLite's online backup on the writer's own connection,
 * so that writes meanwhile go into the copy too and never start it anew. The copy is made under a temporary name,
 * synced, checked in a process of its own, and only then gets its name.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, open, rename, rm, stat, statfs, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { BackupReport } from '../../schemas/protocol/backup.ts'
import { checkStoreFile } from './check-store-file.ts'
import type { PaceCopy } from './copy-database.ts'
import { SIDE_FILES } from './side-files.ts'
import { syncPath } from './sync-path.ts'

/** What is copied: a store, or the file of one whose node is stopped. */
export interface BackupSource {
  readonly file: string
  head(): { readonly epoch: string; readonly seq: number }
  copyTo(file: string, pace: PaceCopy): Promise<void>
}

export interface BackUpOptions {
  readonly source: BackupSource
  /** Where the copy goes; nothing may be there. Its folder is made, but not what that is in. */
  readonly file: string
  readonly signal?: AbortSignal | undefined
  readonly deadlineMs?: number
  /** 0 to 1: how much is copied. */
  readonly onProgress?: ((progress: number) => void) | undefined
  readonly freeBytes?: (folder: string) => Promise<number>
}

/** The end of the name of what is not a backup yet. */
export const PARTIAL = '.partial'

/** A step holds the event loop for about a millisecond: half a megabyte at 8 kB a page. */
const STEP_PAGES = 64
/** So much is handed to the disk in the background while the copy goes on; else the last step would sync it all at once. */
const SYNC_BYTES = 8 * 2 ** 20
/** Of a store, see `open-database.ts`; an estimate is enough here. */
const PAGE_BYTES = 8192
/** The copy waits for a disk that is further behind. */
const MAX_UNSYNCED_BYTES = 4 * SYNC_BYTES
/** What a backup leaves free: the node must be able to go on writing. */
const RESERVE_BYTES = 64 * 2 ** 20
const DEADLINE_MS = 30 * 60_000

/** @throws OutpostError BACKUP_FAILED, DISK_FULL, BAD_CONFIGURATION; nothing is left behind then */
export async function backUp(options: BackUpOptions): Promise<BackupReport> {
  const { source, file, onProgress, deadlineMs = DEADLINE_MS, freeBytes = freeBytesOf } = options
  const started = performance.now()
  const deadline = AbortSignal.timeout(deadlineMs)
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline
  const partial = `${file}.${randomBytes(3).toString('hex')}${PARTIAL}`
  let isNamed = false
  try {
    if (existsSync(file)) throw existsAlready(file)
    await makeFolder(dirname(file))
    await ensureRoom(source.file, dirname(file), freeBytes)
    const upTo = await copy(source, partial, signal, onProgress)
    const facts = await checkStoreFile(partial, { settle: true, signal })
    const { epoch, seq } = source.head()
    if (facts.epoch !== epoch || facts.seq < upTo || facts.seq > seq) {
      const message = `the copy ends at seq ${facts.seq} of ${facts.epoch}, the store was between ${upTo} and ${seq} of ${epoch}`
      throw new OutpostError('BACKUP_FAILED', message)
    }
    await syncPath(partial)
    await giveName(partial, file)
    isNamed = true
    await syncPath(dirname(file))
    return { ...facts, file, tookMs: Math.round(performance.now() - started) }
  } catch (cause) {
    const left = [partial, ...SIDE_FILES.map((end) => `${partial}${end}`), ...(isNamed ? [file] : [])]
    for (const path of left) await rm(path, { force: true }).catch(() => undefined)
    throw backupError(cause, file, deadline.aborted ? deadlineMs : undefined)
  }
}

/** @returns the seq that the store had reached before the last step: the copy has at least that */
async function copy(
  source: BackupSource,
  partial: string,
  signal: AbortSignal,
  onProgress: ((progress: number) => void) | undefined,
): Promise<number> {
  signal.throwIfAborted()
  // Made beforehand so that it is nobody else's to read from its first byte on.
  const handle = await open(partial, 'wx', 0o600)
  const disk = new BackgroundSync(() => handle.datasync())
  let upTo = source.head().seq
  let remaining: number | undefined
  let isLast = false
  try {
    await source.copyTo(partial, async ({ totalPages, remainingPages }) => {
      onProgress?.(totalPages === 0 ? 1 : (totalPages - remainingPages) / totalPages)
      disk.written(Math.max(0, (remaining ?? remainingPages) - remainingPages) * PAGE_BYTES)
      remaining = remainingPages
      if (disk.unsyncedBytes > MAX_UNSYNCED_BYTES) await disk.idle()
      if (remainingPages <= STEP_PAGES && !isLast) {
        isLast = true
        await disk.idle()
        disk.sync()
        await disk.idle()
        disk.written(0)
      }
      signal.throwIfAborted()
      upTo = source.head().seq
      return STEP_PAGES
    })
    onProgress?.(1)
    return upTo
  } finally {
    await disk.idle()
    await handle.close()
  }
}

/** Has the disk take what is written while more is written. */
class BackgroundSync {
  readonly #datasync: () => Promise<void>
  #syncing: Promise<void> | undefined
  #failure: unknown
  unsyncedBytes = 0

  constructor(datasync: () => Promise<void>) {
    this.#datasync = datasync
  }

  /** @throws what an earlier sync ended with */
  written(bytes: number): void {
    if (this.#failure) throw this.#failure
    this.unsyncedBytes += bytes
    if (this.unsyncedBytes > SYNC_BYTES) this.sync()
  }

  /** Unless one is under way. */
  sync(): void {
    if (this.#syncing) return
    this.unsyncedBytes = 0
    this.#syncing = this.#datasync()
      .catch((error: unknown) => void (this.#failure = error))
      .finally(() => (this.#syncing = undefined))
  }

  /** Waits for the sync that is under way. */
  async idle(): Promise<void> {
    await this.#syncing
  }
}

function existsAlready(file: string): OutpostError {
  return new OutpostError('BAD_CONFIGURATION', `${file} exists already`, { field: 'to' })
}

/** Never the folder that it is in: that may be a disk which is not mounted, and a folder on another disk in its place. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (cause) {
    if (existsSync(folder)) return
    if (!isCode(cause, 'ENOENT')) throw cause
    const message = `${dirname(folder)} is missing, and only the last folder is made: is its disk mounted?`
    throw new OutpostError('BACKUP_FAILED', message, { cause })
  }
}

/** Takes the place of nothing that came meanwhile, as a rename would. */
async function giveName(partial: string, file: string): Promise<void> {
  try {
    await link(partial, file)
  } catch (cause) {
    if (isCode(cause, 'EEXIST')) throw existsAlready(file)
    return await renameToNew(partial, file)
  }
  // Left behind, it is a second name that goes with what other unfinished ones leave.
  await unlink(partial).catch(() => undefined)
}

/** For file systems without links, as USB sticks have: the name is made first, and what is replaced is that. */
async function renameToNew(partial: string, file: string): Promise<void> {
  const place = await open(file, 'wx', 0o600).catch((cause: unknown) => {
    throw isCode(cause, 'EEXIST') ? existsAlready(file) : cause
  })
  await place.close()
  try {
    await rename(partial, file)
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
}

function isCode(cause: unknown, code: string): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === code
}

async function ensureRoom(
  store: string,
  folder: string,
  freeBytes: (folder: string) => Promise<number>,
): Promise<void> {
  const needed = (await stat(store)).size + RESERVE_BYTES
  const free = await freeBytes(folder)
  if (free >= needed) return
  const message = `${folder} has ${inMegabytes(free)} left; a backup needs ${inMegabytes(needed)}, of which ${inMegabytes(RESERVE_BYTES)} stay free`
  throw new OutpostError('DISK_FULL', message)
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

function backupError(cause: unknown, file: string, passedDeadlineMs: number | undefined): OutpostError {
  if (passedDeadlineMs !== undefined) {
    return new OutpostError('BACKUP_FAILED', `${file} was not ready after ${passedDeadlineMs / 1000} s`, { cause })
  }
  if (cause instanceof OutpostError) {
    if (cause.code !== 'BACKUP_INVALID' && cause.code !== 'STORE_VERSION') return cause
    return new OutpostError('BACKUP_FAILED', `the copy did not pass its check: ${cause.message}`, { cause })
  }
  const message = cause instanceof Error ? cause.message : String(cause)
  if (isDiskFull(cause)) return new OutpostError('DISK_FULL', `the disk of ${file} is full: ${message}`, { cause })
  return new OutpostError('BACKUP_FAILED', `${file} could not be made: ${message}`, { cause })
}

/** As the file system says it, and SQLite. */
export function isDiskFull(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | undefined)?.code
  return typeof code === 'string' && ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(code)
}

function inMegabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`
}
