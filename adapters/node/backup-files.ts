/** The names of a node's backups, and which of them a folder holds. A folder may hold those of several nodes. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { StoreIdentity } from '../../schemas/protocol/backup.ts'
import { PARTIAL } from '../sqlite/backup.ts'

export interface BackupFile {
  readonly file: string
  readonly number: number
  readonly atMs: number
  /** Made by the node itself; what a person asked for is never deleted. */
  readonly automatic: boolean
  readonly bytes: number
}

/** What the names of a node's backups begin with. */
export function backupLabel(identity: StoreIdentity | undefined): string {
  if (!identity) return 'outpost-store'
  return identity.node === 'cloud' ? 'outpost-cloud' : `outpost-branch-${identity.branchId}`
}

/** The name after those that are there, such as `outpost-branch-north-000042-20260102T030405Z-auto.sqlite`. */
export function nextBackupName(
  existing: readonly BackupFile[],
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

/** Newest first, by number. None in a folder that does not exist. */
export function listBackups(folder: string, label: string): BackupFile[] {
  const found: BackupFile[] = []
  for (const name of namesIn(folder)) {
    const parts = name.startsWith(`${label}-`) ? NAME.exec(name.slice(label.length)) : null
    if (!parts) continue
    const { number, stamp, automatic } = parts.groups!
    const atMs = Date.parse(stamp!.replace(STAMP, '$1-$2-$3T$4:$5:$6Z'))
    const bytes = statSync(join(folder, name), { throwIfNoEntry: false })?.size
    if (Number.isNaN(atMs) || bytes === undefined) continue
    found.push({
      file: join(folder, name),
      number: Number(number),
      atMs,
      automatic: automatic !== undefined,
      bytes,
    })
  }
  return found.toSorted((a, b) => b.number - a.number)
}

/** Deletes what a process that died in the middle of a backup has left. Legal while the node makes none. */
export function removePartials(folder: string, label: string): void {
  for (const name of namesIn(folder)) {
    if (name.startsWith(`${label}-`) && LEFT_OVER.test(name)) rmSync(join(folder, name), { force: true })
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
  return join(into, nextBackupName(listBackups(into, label), label, atMs, false))
}

const AUTOMATIC = '-auto'
const NAME = /^-(?<number>\d{6,})-(?<stamp>\d{8}T\d{6}Z)(?<automatic>-auto)?\.sqlite$/
const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
const LEFT_OVER = /^.*-\d{6,}-\d{8}T\d{6}Z(-auto)?\.sqlite\.[0-9a-f]+\.partial(-journal|-wal|-shm)?$/

function isFolder(path: string): boolean {
  return /[/\\]$/.test(path) || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
