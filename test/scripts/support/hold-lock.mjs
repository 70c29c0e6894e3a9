// Takes the lock given as argument, leaves a note, says so and keeps it until killed.
import { acquireLock } from '../../../scripts/lib/file-lock.mjs'

const lock = await acquireLock(process.argv[2] ?? '', { purpose: 'The test' })
lock.write({ left: 'behind' })
process.on('SIGTERM', () => {
  lock.release()
  process.exit(0)
})
setInterval(() => undefined, 60_000)
process.stdout.write('held\n')
