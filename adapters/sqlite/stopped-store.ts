/** The store of a stopped node as something to copy: no collections are opened and no epoch begins. */
import { existsSync } from 'node:fs'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { StoreIdentity } from '../../schemas/protocol/backup.ts'
import type { BackupSource } from './backup.ts'
import { copyDatabase } from './copy-database.ts'
import { openDatabase } from './open-database.ts'
import { readNewestSeq } from './newest-seq.ts'
import { readIdentity } from './store-identity.ts'

export interface StoppedStore extends BackupSource {
  readonly identity: StoreIdentity | undefined
  close(): void
}

/** @throws OutpostError STORE_LOCKED while its node runs, BAD_CONFIGURATION where there is none */
export function openStoppedStore(file: string): StoppedStore {
  if (!existsSync(file)) {
    throw new OutpostError('BAD_CONFIGURATION', `there is no store ${file}`, { field: 'data' })
  }
  const db = openDatabase(file)
  try {
    const epoch = 'SELECT epoch FROM store_epoch ORDER BY rowid DESC LIMIT 1'
    const head = {
      epoch: (db.prepare(epoch).pluck().get() ?? '') as string,
      seq: readNewestSeq(db),
    }
    return {
      file,
      identity: readIdentity(db),
      head: () => head,
      copyTo: (copy, pace) => copyDatabase(db, copy, pace),
      close: () => void db.close(),
    }
  } catch (error) {
    db.close()
    throw error
  }
}
