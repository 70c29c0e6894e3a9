/**
 * A server whose log of changes has a transaction a while before others can see what it did, as happens to any server
 * whose threads have to wait. Made by waiting for a replica's receipt that never comes.
 */
import type { TestDatabase } from './mysql-database.ts'

const WAIT_MS = 1000

export const LATE_COMMIT_ARGS = [
  '--log-bin',
  '--binlog-format=ROW',
  '--server-id=1',
  '--rpl-semi-sync-master-wait-point=AFTER_SYNC',
  `--rpl-semi-sync-master-timeout=${WAIT_MS}`,
  '--rpl-semi-sync-master-wait-no-slave=ON',
]

/** Delays the next commit of any connection; after that one the server stops waiting. */
export async function delayNextCommit(db: TestDatabase): Promise<void> {
  await db.query('SET GLOBAL rpl_semi_sync_master_enabled = OFF')
  await db.query('SET GLOBAL rpl_semi_sync_master_enabled = ON')
}
