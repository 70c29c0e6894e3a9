/** Disks on which there is no more room, each in the way that this machine permits. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { temporaryFolder } from '../../support/node-process.ts'
import type { OpenStore } from './open-store.ts'

export interface LimitedDisk {
  readonly name: string
  /** Whether the same process may write again when there is room. */
  readonly recovers: boolean
  /** A folder on the disk; with `remove` the disk goes, too. */
  readonly folder: () => { path: string; remove: () => void }
  readonly fill: (folder: string, open: OpenStore) => void
  /** @param open unless the store is closed */
  readonly makeRoom: (folder: string, open: OpenStore | undefined) => void
}

/** SQLite's own limit, for wherever nothing else is permitted. */
const PAGE_LIMIT: LimitedDisk = {
  name: 'in a file that may have no more pages',
  recovers: true,
  folder: temporaryFolder,
  fill: (_folder, { store }) => limitPages(store, Number(store.prepare('PRAGMA page_count').pluck().get()) + 3),
  // The limit is the connection's.
  makeRoom: (_folder, open) => open && limitPages(open.store, 2 ** 31),
}

const SMALL_DISK: LimitedDisk = {
  name: 'on a disk of 4 MB that is full',
  recovers: true,
  folder: mountSmallDisk,
  fill: fillDisk,
  makeRoom: (folder) => rmSync(ballast(folder)),
}

/** The system's limit on the size of files looks to SQLite as a disk that fails. */
const FILE_SIZE: LimitedDisk = {
  name: 'where nothing may be mounted: at a limit on the size of files',
  recovers: false,
  folder: temporaryFolder,
  fill: () => limitFileSizes(1_000_000),
  makeRoom: () => limitFileSizes(undefined),
}

export const canMount = (() => {
  if (process.getuid?.() !== 0) return false
  try {
    mountSmallDisk().remove()
    return true
  } catch {
    return false
  }
})()

export const LIMITED_DISKS: readonly LimitedDisk[] = [PAGE_LIMIT, canMount ? SMALL_DISK : FILE_SIZE]

/** In memory. */
export function mountSmallDisk(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'outpost-disk-'))
  const removeFolder = () => rmSync(path, { recursive: true })
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path)
  } catch (error) {
    removeFolder()
    throw error
  }
  const remove = () => {
    // Lazily: a failed test may have left a file open.
    run('umount', '--lazy', path)
    removeFolder()
  }
  return { path, remove }
}

export function makeReadOnly(disk: string): void {
  run('mount', '-o', 'remount,ro', disk)
}

/** Leaves no byte. */
export function fillDisk(folder: string): void {
  for (const bytes of [65_536, 4096, 1]) {
    try {
      for (;;) writeFileSync(ballast(folder), Buffer.alloc(bytes), { flag: 'a' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}

/** For a process, this one unless another is named, until it is taken back. */
export function limitFileSizes(bytes: number | undefined, pid = process.pid): void {
  run('prlimit', '--pid', String(pid), `--fsize=${bytes ?? 'unlimited'}:`)
}

function limitPages(store: OpenStore['store'], pages: number): void {
  store.prepare(`PRAGMA max_page_count = ${pages}`).get()
}

function ballast(folder: string): string {
  return join(folder, 'ballast')
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
