/** The options with which both nodes are told where and when to back themselves up. */
import { join } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import { BACKUP_DEFAULTS } from '../node/backup-plan.ts'

export interface BackupStartFlags {
  readonly data: string
  readonly backupTo?: string
  readonly backupAt?: number | 'off'
}

/** As the configuration file has them. */
interface BackupConfig {
  readonly folder?: string | undefined
  readonly hour?: number | 'off' | undefined
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
  const about = `the hour of the daily backup, 0 to 23, or off (default: ${hour}); ${kept}`
  return new Option('--backup-at <hour>', about).argParser(parseHour)
}

/** What the command line says goes before the file. */
export function backupSettings(flags: BackupStartFlags, config: BackupConfig = {}): BackupSettings {
  const hour = flags.backupAt ?? config.hour ?? BACKUP_DEFAULTS.hour
  const folder = flags.backupTo ?? config.folder ?? join(flags.data, 'backups')
  return { folder, ...(hour !== 'off' && { hour }) }
}

function parseHour(text: string): number | 'off' {
  if (text === 'off') return 'off'
  if (!/^\d{1,2}$/.test(text) || Number(text) > 23)
    throw new InvalidArgumentError('It must be an hour from 0 to 23, or off.')
  return Number(text)
}
