/** A process that opens a store of an older program and ends itself in the middle of the upgrade; argument: the file. */
import { writeSync } from 'node:fs'
import { Store } from '../../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'

const store = new Store({
  file: process.argv[2]!,
  declarations: COLLECTIONS,
  tracksPending: true,
  onUpgrade: ({ done, of }) => {
    if (done === 0 || done === of) return
    writeSync(1, `${done}\n`)
    process.kill(process.pid, 'SIGKILL')
  },
})
store.close()
