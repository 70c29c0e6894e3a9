// Waits until a MySQL or MariaDB greets. Its Unix socket is asked, because the path is private: whoever answers there
// is that server, which on a TCP port is not certain. It binds both before it greets on either.
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { SetupError } from './setup-error.mjs'

const DEADLINE_MS = 120_000
const POLL_MS = 50

/**
 * @param {string} socketPath
 * @param {object} options
 * @param {Promise<never>} options.ended rejects when the server ends
 * @param {AbortSignal | undefined} [options.signal] gives up
 * @param {number} [options.deadlineMs]
 * @throws {SetupError} `MYSQL_START_FAILED`, or what `ended` rejects with, or the signal's reason
 */
export async function waitForHandshake(socketPath, { ended, signal, deadlineMs = DEADLINE_MS }) {
  const over = new AbortController()
  const deadline = performance.now() + deadlineMs
  const greeted = async () => {
    while (!(await isGreeted(socketPath, over.signal))) {
      if (over.signal.aborted) return
      signal?.throwIfAborted()
      if (performance.now() > deadline) {
        throw new SetupError(
          'MYSQL_START_FAILED',
          `The database server took longer than ${deadlineMs / 1000} s to start.`,
        )
      }
      await delay(POLL_MS)
    }
  }
  try {
    await Promise.race([greeted(), ended])
  } finally {
    over.abort()
    ended.catch(() => undefined) // it ends some day, and then nobody listens here
  }
}

/**
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} false when nobody answers
 */
function isGreeted(path, signal) {
  return new Promise((resolve) => {
    const socket = connect({ path })
    const abort = () => socket.destroy()
    signal.addEventListener('abort', abort, { once: true })
    socket.once('data', () => {
      resolve(true)
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => {
      signal.removeEventListener('abort', abort)
      resolve(false)
    })
  })
}
