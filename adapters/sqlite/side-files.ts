/** The files that SQLite keeps beside a database: they belong to it by their names alone. */
import { statSync } from 'node:fs'

/** What the names end with, after that of the database. */
export const SIDE_FILES = ['-wal', '-shm', '-journal'] as const

/** Whether something of the database may be in a log beside it, and not in its file. */
export function hasLog(file: string): boolean {
  return ['-wal', '-journal'].some((end) => (statSync(`${file}${end}`, { throwIfNoEntry: false })?.size ?? 0) > 0)
}

/** What is only in a log is not in a copy of the file, and nobody would miss it before it is too late. */
export function hasLogInWords(file: string): string {
  return `${file} has a log beside it: it is the store of a node, or was copied by hand while one ran, and no backup`
}
