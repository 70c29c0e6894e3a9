/** The names of a node's backups, and which of them a folder holds. A folder may hold those of several nodes. */
import { readdirSync, rmSync, statSync, type Stats } from 'node:fs'
import { basename, join } from 'node:path'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { StoreIdentity } from '../../schemas/protocol/backup.ts'
import { PARTIAL } from '../sqlite/backup.ts'

/** A name in a folder that is one of a node's backups, whatever is behind it. */
export interface BackupName {
  readonly file: string
  readonly number: number
  readonly atMs: number
  /** Made by the node itself; what a person asked for is never deleted. */
  readonly automatic: boolean
}

export interface BackupFile extends BackupName {
  readonly bytes: number
}

/** What the names of a node's backups begin with: whose they are, and of which chain. */
export function backupLabel(identity: StoreIdentity | undefined): string {
  if (!identity) return 'outpost-store'
  const node = identity.node === 'cloud' ? 'outpost-cloud' : `outpost-branch-${identity.branchId}`
  return `${node}-${identity.chain.slice(0, CHAIN_LENGTH)}`
}

/** The name after those that are there, such as `outpost-branch-north-1f8a03c2-000042-20260102T030405Z-auto.sqlite`. */
export function nextBackupName(
  existing: readonly { readonly number: number }[],
  label: string,
  atMs: number,
  automatic: boolean,
): string {
  const number = Math.max(0, ...existing.map((backup) => backup.number)) + 1
  return `${label}-${String(number).padStart(6, '0')}-${fileStamp(atMs)}${automatic ? AUTOMATIC : ''}.sqlite`
}

/** A time as it stands in the names of files, such as `20260102T030405Z`. */
export function fileStamp(atMs: number): string {
  return new Date(atMs).toISOString().replace(/[-:]|\.\d+/g, '')
}

/** Every number that is taken, also by what cannot be read: a next name is higher than all of them. */
export function listBackupNames(folder: string, label: string): BackupName[] {
  const found: BackupName[] = []
  for (const name of namesIn(folder)) {
    const parts = NAME.exec(afterLabel(name, label))
    if (!parts) continue
    const { number, stamp, automatic } = parts.groups!
    const atMs = Date.parse(stamp!.replace(STAMP, '$1-$2-$3T$4:$5:$6Z'))
    if (Number.isNaN(atMs)) continue
    found.push({ file: join(folder, name), number: Number(number), atMs, automatic: automatic !== undefined })
  }
  return found.toSorted((a, b) => b.number - a.number)
}

/** Newest first, by number: the files that can be read. None in a folder that does not exist. */
export function listBackups(folder: string, label: string): BackupFile[] {
  return listBackupNames(folder, label).flatMap((name) => {
    const stats = statsOf(name.file)
    return stats?.isFile() ? [{ ...name, bytes: stats.size }] : []
  })
}

/** Deletes what a process that died in the middle of a backup has left. Legal while the node makes none. */
export function removePartials(folder: string, label: string): void {
  for (const name of namesIn(folder)) {
    if (!LEFT_OVER.test(afterLabel(name, label))) continue
    try {
      rmSync(join(folder, name), { force: true })
    } catch {
      // It takes room, and is in nobody's way.
    }
  }
}

/**
 * The file that a person asked for.
 *
 * @param to an absolute path: a folder that exists or ends with a slash, else a file; the node's own folder without it
 */
export function backupTarget(folder: string, label: string, to: string | undefined, atMs: number): string {
  if (to !== undefined && !isFolder(to)) {
    if (basename(to).endsWith(PARTIAL)) {
      throw new OutpostError('BAD_CONFIGURATION', `${PARTIAL} is for unfinished backups`, { field: 'to' })
    }
    return to
  }
  const into = to ?? folder
  return join(into, nextBackupName(listBackupNames(into, label), label, atMs, false))
}

/** Of the 16 characters that name a chain: few enough to read, and no two chains of one person share them. */
const CHAIN_LENGTH = 8
const AUTOMATIC = '-auto'
const NAME = /^-(?<number>\d{6,})-(?<stamp>\d{8}T\d{6}Z)(?<automatic>-auto)?\.sqlite$/
const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
const LEFT_OVER = /^-\d{6,}-\d{8}T\d{6}Z(-auto)?\.sqlite\.[0-9a-f]+\.partial(-journal|-wal|-shm)?$/

function isFolder(path: string): boolean {
  return /[/\\]$/.test(path) || statsOf(path)?.isDirectory() === true
}

/** What follows the label in a name; nothing in a name of somebody else. */
function afterLabel(name: string, label: string): string {
  return name.startsWith(label) ? name.slice(label.length) : ''
}

/** `undefined` also for a link that leads to itself or nowhere, and where there is no right to look. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** None in a folder that does not exist or may not be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
