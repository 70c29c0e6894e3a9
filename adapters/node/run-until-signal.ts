/** Runs a node until it is told to stop, and stops it in order whatever ends it. Systemd hears of both, where it listens. */
import type { Log } from '../log.ts'
import { findServiceManager } from './service-manager.ts'
import { Watchdog } from './watchdog.ts'

export interface RunningNode {
  /** Throws while the store takes no write. */
  checkStore(): void
  /** What is under way is finished, or left so that the next start goes on with it. */
  stop(): Promise<void>
}

const STOP_DEADLINE_MS = 10_000

/** Resolves after SIGINT, SIGTERM or SIGHUP, when the node has stopped; a second signal ends the process at once. */
export async function runUntilSignal(node: RunningNode, log: Log): Promise<void> {
  const heard = nextSignal()
  const manager = findServiceManager(process.env, log)
  const watchdog = manager && new Watchdog({ manager, checkStore: () => node.checkStore(), log })
  watchdog?.start()
  await heard
  const deadline = setTimeout(() => {
    log.error({}, `the node did not stop within ${STOP_DEADLINE_MS / 1000} s and is ended as by a power cut`)
    process.exit(1)
  }, STOP_DEADLINE_MS)
  await Promise.all([watchdog?.stop(), node.stop()])
  clearTimeout(deadline)
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    const heard = () => {
      for (const signal of SIGNALS) {
        process.off(signal, heard)
        process.on(signal, () => process.exit(130))
      }
      resolve()
    }
    for (const signal of SIGNALS) process.on(signal, heard)
  })
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
