/** The files of a store as they stand, put elsewhere without asking the process that has them open. */
import { accessSync, constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * The database and its log: with the exclusive lock there is no third file.
 *
 * @param folder emptied before
 */
export function copyStore(file: string, folder: string): string {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const copy = join(folder, 'store.sqlite')
  if (existsSync(file)) copyFileSync(file, copy)
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`)
  return copy
}

/** A folder in memory, where the system has such a place: for tests that need no disk but many stores. */
export function folderInMemory(): { path: string; remove: () => void } {
  let parent = '/dev/shm'
  try {
    accessSync(parent, constants.W_OK)
  } catch {
    parent = tmpdir()
  }
  const path = mkdtempSync(join(parent, 'outpost-durability-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
