// Starts child processes and makes sure that none outlives this one. Each child gets a process group of its own, so a
// terminal's Ctrl-C reaches only the outermost process, which then stops its children in order: all ordinary ones
// first, those marked `last` (the database) after them. A child that starts children itself keeps them in its group,
// so that the whole group can be killed when it does not stop in time.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { SetupError } from './setup-error.mjs'

/** Set in every child: it says that the child's group is already separate from the terminal's. */
export const GROUP_VARIABLE = 'OUTPOST_PROCESS_GROUP'
const STOP_DEADLINE_MS = 15_000
/** How long output may trickle in after the end of a child, when something outside its group holds its pipes. */
const OUTPUT_DEADLINE_MS = 1_000
/** npm repeats a terminal's signal to its script, so two that come together are one Ctrl-C. */
const SAME_SIGNAL_MS = 500

/** @typedef {import('./process-tree.d.mts').SpawnChildOptions} SpawnChildOptions */
/** @typedef {import('./process-tree.d.mts').Exit} Exit */

/** @type {Set<Child>} */
const children = new Set()
const stopping = new AbortController()
let firstSignalAt = -Infinity
let handlersInstalled = false

/** Aborted by the first SIGINT, SIGTERM or SIGHUP, before the children are stopped. */
export const stopRequested = stopping.signal

/** @type {typeof import('./process-tree.d.mts').spawnChild} */
export function spawnChild(command, args, options = {}) {
  if (stopRequested.aborted) throw new SetupError('STOPPING', `not starting ${command}: this process is stopping`)
  installHandlers()
  return new Child(command, args, options)
}

/** @type {typeof import('./process-tree.d.mts').stopAll} */
export async function stopAll(deadlineMs = STOP_DEADLINE_MS) {
  await Promise.all([...children].filter((child) => !child.last).map((child) => child.stop(deadlineMs)))
  await Promise.all([...children].map((child) => child.stop(deadlineMs)))
}

/** @type {typeof import('./process-tree.d.mts').exitCodeOf} */
export function exitCodeOf({ code, signal }) {
  return code ?? 128 + (signal ? constants.signals[signal] : 0)
}

class Child {
  /** @type {Promise<Exit> | undefined} */
  #stopped
  #process
  #ownGroup
  #onExit

  /**
   * @param {string} command
   * @param {readonly string[]} args
   * @param {SpawnChildOptions} options
   */
  constructor(command, args, { cwd, env = process.env, stdio, prefix = '', log, onLine, onExit, last = false }) {
    this.last = last
    this.#onExit = onExit
    this.#ownGroup = process.env[GROUP_VARIABLE] === undefined
    this.#process = spawn(command, args, {
      cwd,
      env: { ...env, [GROUP_VARIABLE]: '1' },
      stdio: stdio ?? (log || onLine ? ['ignore', 'pipe', 'pipe'] : 'inherit'),
      detached: this.#ownGroup,
    })
    children.add(this)
    for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
      const stream = this.#process[name]
      if (!stream || !(log || onLine)) continue
      createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
        log?.(prefix + line)
        onLine?.(line, name)
      })
    }
    this.pid = this.#process.pid ?? 0
    /** Settles when the child and its output have ended; rejects when it could not be started. */
    this.exited = this.#waitForExit(command)
    this.exited.catch(() => undefined) // whoever wants to know awaits it
  }

  /** SIGTERM, then SIGKILL after the deadline. Settles when the child is gone. @param {number} [deadlineMs] */
  stop(deadlineMs = STOP_DEADLINE_MS) {
    this.#stopped ??= this.#stop(deadlineMs)
    return this.#stopped
  }

  /** SIGKILL, at once, to the child and whatever it started. */
  kill() {
    this.#signal('SIGKILL', this.#ownGroup)
    return this.exited
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    this.#signal(signal, false)
  }

  /** For the end of this process, when nothing can be awaited any more. */
  abandon() {
    this.#signal('SIGKILL', this.#ownGroup)
    this.#onExit?.()
  }

  /** @param {number} deadlineMs @returns {Promise<Exit>} */
  async #stop(deadlineMs) {
    this.#signal('SIGTERM', false)
    const timer = setTimeout(() => this.#signal('SIGKILL', this.#ownGroup), deadlineMs)
    try {
      return await this.exited
    } catch {
      return { code: null, signal: null } // it never started
    } finally {
      clearTimeout(timer)
    }
  }

  /** @param {string} command @returns {Promise<Exit>} */
  #waitForExit(command) {
    const child = this.#process
    return new Promise((resolve, reject) => {
      child.once('error', (error) => {
        if (child.pid !== undefined) return // a signal that could not be delivered
        children.delete(this)
        this.#onExit?.()
        reject(new SetupError('SPAWN_FAILED', `cannot start ${command}: ${error.message}`, { cause: error }))
      })
      child.once('exit', (code, signal) => {
        if (this.#ownGroup) killGroup(child.pid) // what it left behind
        children.delete(this)
        this.#onExit?.()
        const timer = setTimeout(() => resolve({ code, signal }), OUTPUT_DEADLINE_MS)
        child.once('close', () => {
          clearTimeout(timer)
          resolve({ code, signal })
        })
      })
    })
  }

  /** @param {NodeJS.Signals} signal @param {boolean} toGroup */
  #signal(signal, toGroup) {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    if (toGroup) killGroup(this.#process.pid)
    else this.#process.kill(signal)
  }
}

/** @param {number | undefined} leader */
function killGroup(leader) {
  if (leader === undefined) return
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // the group is empty
  }
}

function installHandlers() {
  if (handlersInstalled) return
  handlersInstalled = true
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, onSignal)
  // Also reached by an uncaught error and by process.exit().
  process.on('exit', () => {
    for (const child of children) child.abandon()
  })
}

/** @param {NodeJS.Signals} signal */
function onSignal(signal) {
  const now = performance.now()
  if (stopRequested.aborted) {
    // Somebody is impatient.
    if (now - firstSignalAt > SAME_SIGNAL_MS) for (const child of children) void child.kill()
    return
  }
  firstSignalAt = now
  stopping.abort()
  void stopAll().finally(() => {
    // Dying of the signal itself tells the shell, or npm, that this was an interruption and no failure.
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeListener(name, onSignal)
    process.kill(process.pid, signal)
  })
}
