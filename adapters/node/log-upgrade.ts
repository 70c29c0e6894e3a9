/** Tells the log how far a store of an older program is brought to this one's schemas, since the start waits for it. */
import type { Log } from '../log.ts'
import type { UpgradeProgress } from '../sqlite/upgrade-tables.ts'

export function logUpgrade(log: Log): (progress: UpgradeProgress) => void {
  return ({ collection, from, to, done, of }) => {
    log.info({ collection, from, to, done, of }, 'bringing the documents of an older version to this one')
  }
}
