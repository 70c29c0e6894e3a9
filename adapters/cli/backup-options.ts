/** The options with which both nodes are told where and when to back themselves up. */
import { join } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import { BACKUP_DEFAULTS } from '../node/backup-plan.ts'

export interface BackupStartFlags {
  readonly data: string
  readonly backupTo?: string
  readonly backupAt: number | 'off'
}

export interface BackupSettings {
  readonly folder: string
  /** Absent: none are made by themselves. */
  readonly hour?: number
}

/** Made anew for each command, which keeps them. */
export function backupFolderOption(): Option {
  return new Option(
    '--backup-to <folder>',
    'where daily backups go, better another disk (default: backups in the data folder)',
  )
}

export function backupHourOption(): Option {
  const { hour, newest, weeks } = BACKUP_DEFAULTS
  const kept = `the newest ${newest} and those of ${weeks} weeks before are kept`
  return new Option('--backup-at <hour>', `the hour of the daily backup, 0 to 23, or off; ${kept}`)
    .argParser(parseHour)
    .default(hour)
}

export function backupSettings({ data, backupTo, backupAt }: BackupStartFlags): BackupSettings {
  return { folder: backupTo ?? join(data, 'backups'), ...(backupAt !== 'off' && { hour: backupAt }) }
}

function parseHour(text: string): number | 'off' {
  if (text === 'off') return 'off'
  if (!/^\d{1,2}$/.test(text) || Number(text) > 23) throw new InvalidArgumentError('an hour from 0 to 23, or off')
  return Number(text)
}
