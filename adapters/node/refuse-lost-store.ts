/**
 * A data folder whose store is gone, though what belonged to it is there: to begin a new store there would look like a
 * node that holds nothing, and SQLite would throw away the log of the old one, which may hold its last writes.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { namesIn } from './backup-files.ts'

const STORE = 'store.sqlite'

/** @throws OutpostError STORE_LOST */
export function refuseLostStore(dataDir: string): void {
  if (sizeOf(join(dataDir, STORE)) > 0) return
  if (sizeOf(join(dataDir, `${STORE}-wal`)) > 0) {
    throw new OutpostError('STORE_LOST', `${dataDir} has the log of a store, ${STORE}-wal, and not the store itself`)
  }
  const backups = join(dataDir, 'backups')
  const newest = namesIn(backups)
    .toSorted()
    .findLast((name) => name.endsWith('.sqlite'))
  if (newest === undefined) return
  throw new OutpostError('STORE_LOST', `${dataDir} has backups, such as ${join(backups, newest)}, and no store`)
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
