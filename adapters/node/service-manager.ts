/**
 * Tells systemd how a node is: that it is ready, that it lives, that it stops. Node speaks no Unix datagrams, so systemd's
 * own program carries each message; the unit needs `NotifyAccess=all`.
 */
import { execFile } from 'node:child_process'
import type { Log } from '../log.ts'

export interface ServiceManager {
  /** Without a sign of life for so long the node is ended and started again, ms; absent where nobody watches. */
  readonly watchdogMs?: number
  /**
   * Resolves when the message is out or lost; never rejects.
   *
   * @param assignments as `sd_notify` has them, such as `READY=1`
   */
  tell(...assignments: readonly string[]): Promise<void>
}

/** Systemd answers at once, or is in trouble itself. */
const DEADLINE_MS = 5000

/** @returns `undefined` where no systemd waits for word of this process */
export function findServiceManager(env: NodeJS.ProcessEnv, log: Log): ServiceManager | undefined {
  const socket = env['NOTIFY_SOCKET']
  if (!socket) return undefined
  const watchdogMs = watchdogOf(env)
  // Nothing else of the environment is its business.
  const options = { env: { PATH: env['PATH'], NOTIFY_SOCKET: socket }, timeout: DEADLINE_MS } as const
  let hasFailed = false
  return {
    ...(watchdogMs !== undefined && { watchdogMs }),
    tell: (...assignments) =>
      new Promise((resolve) => {
        execFile('systemd-notify', assignments, options, (err) => {
          if (err && !hasFailed) log.warn({ err }, 'systemd is not told how the node is: systemd-notify failed')
          hasFailed = err !== null
          resolve()
        })
      }),
  }
}

function watchdogOf(env: NodeJS.ProcessEnv): number | undefined {
  const microseconds = Number(env['WATCHDOG_USEC'])
  const isMeant = env['WATCHDOG_PID'] === undefined || Number(env['WATCHDOG_PID']) === process.pid
  return isMeant && microseconds > 0 ? microseconds / 1000 : undefined
}
