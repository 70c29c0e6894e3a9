/** The store of a stopped node: whether it is whole, and what a check of its node has to know of it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { StoreIdentity } from '../../schemas/protocol/backup.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { refuseLostStore } from '../node/refuse-lost-store.ts'
import { openDatabase, storeError } from '../sqlite/open-database.ts'
import { readIdentity } from '../sqlite/store-identity.ts'
import { failed, failedBy, ok, type Finding } from './finding.ts'

export interface StoppedStoreView {
  readonly findings: readonly Finding[]
  /** Absent where nothing could be read. */
  readonly identity?: StoreIdentity
  /** Settings of the node, as it keeps them in its store. */
  readonly settings: ReadonlyMap<string, string>
}

/** Takes the lock for as long as it looks. A large store takes some seconds. */
export function lookAtStore(dataDir: string): StoppedStoreView {
  const file = join(dataDir, 'store.sqlite')
  const nothing = { settings: new Map<string, string>() }
  try {
    refuseLostStore(dataDir)
    // Opening would make one.
    if (!existsSync(file)) return { ...nothing, findings: [failed('store', `there is no store ${file} yet`, BEGIN)] }
    const db = openDatabase(file)
    try {
      const identity = readIdentity(db)
      const rows = db.prepare('SELECT name, value FROM setting').all() as { name: string; value: string }[]
      const settings = new Map(rows.map(({ name, value }) => [name, value]))
      const said = db.pragma('quick_check(1)', { simple: true })
      const whole = said === 'ok' ? ok('store', `${file} is whole`) : damaged(file, String(said))
      const findings = [ok('lock', 'nobody has the store open: the node is stopped'), whole]
      return { findings, settings, ...(identity && { identity }) }
    } finally {
      db.close()
    }
  } catch (cause) {
    const error = storeError(cause, file)
    return { ...nothing, findings: [isLocked(error) ? LOCKED : failedBy('store', error)] }
  }
}

const BEGIN = 'Begin headquarters with `outpost cloud init`, or make this PC a branch with `outpost branch enroll`.'

const LOCKED = failed(
  'lock',
  'a process has the store open and does not answer',
  'It may be starting: look again in a moment, and into its log. Else find it with `fuser store.sqlite` and end it.',
  'NODE_STARTING',
)

function isLocked(error: unknown): boolean {
  return error instanceof OutpostError && error.code === 'STORE_LOCKED'
}

function damaged(file: string, how: string): Finding {
  const remedy = 'Restore the newest backup with `outpost restore`, and keep the damaged file.'
  return failed('store', `${file} is damaged: ${how}`, remedy, 'STORE_INVALID')
}
