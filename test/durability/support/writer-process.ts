/**
 * A process that writes to a store until it is killed; argument: a file with a `WriterPlan` as JSON. Each line on
 * stdout says what has happened: `opening`, the number of an acknowledged operation, `through`. A line is one call of
 * the system, so none that was written is lost with the process.
 */
import { readFileSync, writeSync } from 'node:fs'
import { openStore, perform } from './open-store.ts'
import type { Burst } from './operation.ts'

export interface WriterPlan {
  readonly file: string
  /** How many operations the store holds already. */
  readonly done: number
  readonly bursts: readonly Burst[]
  /** The log is moved into the database when it has so many pages. */
  readonly checkpointPages: number
  /** The process ends itself in the moment of this operation's acknowledgement. */
  readonly endsAt?: number
}

const plan = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as WriterPlan
say('opening')
const open = await openStore(plan.file)
open.store.prepare(`PRAGMA wal_autocheckpoint = ${plan.checkpointPages}`).get()
let acknowledged = plan.done
for (const burst of plan.bursts) {
  await Promise.all(
    burst.map(async (operation) => {
      await perform(open, operation)
      acknowledged += 1
      say(String(acknowledged))
      if (acknowledged === plan.endsAt) process.kill(process.pid, 'SIGKILL')
    }),
  )
}
say('through')
// Whoever is to kill this process has not come to it yet.
setInterval(() => undefined, 60_000)

function say(what: string): void {
  writeSync(1, `${what}\n`)
}
