/** From which figures on a node is not well: pure, so that what is found is told apart from how it was found. */
import type { BackupStatus } from '../../schemas/protocol/status.ts'
import { failed, ok, toldError, warning, type Finding } from './finding.ts'

const MB = 1_000_000
const HOUR_MS = 3_600_000

/** The table of thresholds, as `docs/operations/README.md` has it. */
export const DOCTOR_LIMITS = {
  /** Off by more than this, a clock is a warning; the node works by headquarters' time all the same. */
  clockMs: 60_000,
  /** Less is as good as none. */
  freeBytes: 200 * MB,
  /** Beside the size of the store, so that a backup fits in. */
  tightBytes: 1000 * MB,
  /** A day and what a PC may be off at night. */
  backupMs: 48 * HOUR_MS,
} as const

/** @param offsetMs how far this PC's clock is ahead of headquarters' */
export function judgeClock(offsetMs: number): Finding {
  const apart = Math.abs(offsetMs)
  if (apart <= DOCTOR_LIMITS.clockMs) return ok('clock', `within ${inWords(Math.max(apart, 1000))} of headquarters`)
  const where = offsetMs > 0 ? 'ahead of' : 'behind'
  const message = `this machine's clock is ${inWords(apart)} ${where} headquarters'`
  return warning('clock', message, 'Set it, or let it be set from the network (`timedatectl set-ntp true`).')
}

export interface DiskUse {
  /** Bytes. */
  readonly free: number
  readonly store: number
}

export function judgeDisk(where: string, { free, store }: DiskUse): Finding {
  const message = `${inMegabytes(free)} free for ${where}, the store takes ${inMegabytes(store)}`
  const remedy = 'Make room: move old backups and logs away, or give the data folder a larger disk.'
  if (free < DOCTOR_LIMITS.freeBytes) return failed('disk', message, remedy, 'DISK_FULL')
  if (free >= store + DOCTOR_LIMITS.tightBytes) return ok('disk', message)
  return warning('disk', message, remedy, 'DISK_FULL')
}

/** @param backup as a running node says it, or as its folder shows it */
export function judgeBackup(
  { state, last, lastError, folder }: Pick<BackupStatus, 'state' | 'last' | 'lastError' | 'folder'>,
  nowMs: number,
): Finding {
  if (lastError) return toldError('backup', 'failed', lastError)
  const make = 'Make one with `outpost backup`, and look into the log for why none was made by itself.'
  if (!last) {
    return warning('backup', `there is none in ${folder}`, state === 'off' ? ON : make, 'BACKUP_FAILED')
  }
  const ageMs = nowMs - Date.parse(last.at)
  const message = `the newest is ${inWords(Math.max(ageMs, 1000))} old: ${last.file}`
  if (ageMs > DOCTOR_LIMITS.backupMs) return warning('backup', message, state === 'off' ? ON : make, 'BACKUP_FAILED')
  return ok('backup', message)
}

const ON = 'None are made by themselves: set `backup.hour` in outpost.yaml.'

export function inWords(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
}

function inMegabytes(bytes: number): string {
  return `${Math.floor(bytes / MB)} MB`
}
