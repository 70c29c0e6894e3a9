/** The data folder as the file system shows it: who may read what, and how much room is left. */
import { statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { failedBy, ok, warning, type Finding } from './finding.ts'
import { judgeDisk } from './judge.ts'

/** Beside the folder itself; each holds phones, keys or a token. */
const PRIVATE = ['store.sqlite', 'store.sqlite-wal', 'outpost.yaml', 'node.json', 'backups', 'log.sqlite'] as const

export function lookAtFiles(dataDir: string): Finding {
  // Windows keeps no such bits.
  if (process.platform === 'win32') return ok('files', 'the rights of files are not looked at on Windows')
  const paths = [dataDir, ...PRIVATE.map((name) => join(dataDir, name))]
  const there = paths.flatMap((path) => {
    const stats = statSync(path, { throwIfNoEntry: false })
    return stats ? [{ path, stats }] : []
  })
  const open = there.filter(({ stats }) => (stats.mode & 0o077) !== 0).map(({ path }) => path)
  if (open.length > 0) {
    const message = `others than the owner may use ${open.join(', ')}`
    return warning('files', message, `Take the rights away: chmod go-rwx ${open.join(' ')}`, 'PATH_UNUSABLE')
  }
  const owners = new Set(there.map(({ stats }) => stats.uid))
  if (owners.size > 1) {
    const message = `files of ${dataDir} belong to several users: a command was run as another one than the node`
    return warning('files', message, `Give all of them to the user of the node: chown -R <user> ${dataDir}`)
  }
  return ok('files', 'only their owner may read them')
}

/** @param backups the folder of backups, which may be another disk and need not be there yet */
export async function lookAtDisk(dataDir: string, backups: string): Promise<Finding[]> {
  const store = sizeOf(join(dataDir, 'store.sqlite')) + sizeOf(join(dataDir, 'store.sqlite-wal'))
  try {
    const found = [judgeDisk(dataDir, { free: await freeBytes(dataDir), store })]
    const existing = firstExisting(backups)
    if (statSync(existing).dev === statSync(dataDir).dev) return found
    return [...found, judgeDisk(backups, { free: await freeBytes(existing), store })]
  } catch (error) {
    return [failedBy('disk', error)]
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

function firstExisting(folder: string): string {
  const isThere = statSync(folder, { throwIfNoEntry: false }) !== undefined
  return isThere || dirname(folder) === folder ? folder : firstExisting(dirname(folder))
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
