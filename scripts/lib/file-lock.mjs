// A lock between processes: a file that names its holder. A holder that died without releasing it (SIGKILL, power cut)
// is noticed by its process id and start time, and the lock is taken over.
import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readProcess } from './process-info.mjs'
import { SetupError } from './setup-error.mjs'

const POLL_MS = 100

/** @typedef {import('./file-lock.d.mts').Holder} Holder */

/** @type {typeof import('./file-lock.d.mts').acquireLock} */
export async function acquireLock(path, { purpose, waitMs = 0, onWait }) {
  mkdirSync(dirname(path), { recursive: true })
  /** @type {Holder} */
  const mine = {
    pid: process.pid,
    startedAt: readProcess(process.pid)?.startedAt ?? '',
    token: randomUUID(),
  }
  /** @type {Holder | undefined} */
  let abandoned
  const deadline = performance.now() + waitMs
  let waiting = false
  while (!tryCreate(path, mine)) {
    const holder = readHolder(path)
    if (!holder || !isAlive(holder)) {
      abandoned = removeAbandoned(path, holder) ?? abandoned
      continue
    }
    if (performance.now() >= deadline) {
      throw new SetupError(
        'LOCK_HELD',
        `${purpose} is in use by process ${holder.pid}: wait until it ends, or stop it, then try again.`,
      )
    }
    if (!waiting) onWait?.(holder)
    waiting = true
    await delay(POLL_MS)
  }
  return {
    abandoned,
    write(note) {
      const draft = `${path}.${mine.token}`
      writeFileSync(draft, JSON.stringify({ ...mine, note }))
      renameSync(draft, path)
    },
    release() {
      if (readHolder(path)?.token === mine.token) rmSync(path, { force: true })
    },
  }
}

/** Linking a finished file makes holder and lock appear in one step: no reader ever sees a lock without its holder. */
function tryCreate(/** @type {string} */ path, /** @type {Holder} */ holder) {
  const draft = `${path}.${holder.token}`
  writeFileSync(draft, JSON.stringify(holder))
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * Moves the lock aside before deleting it, because a third process may have taken it over since it was read; then it
 * is put back.
 *
 * @param {string} path
 * @param {Holder | undefined} expected
 * @returns {Holder | undefined} who was removed
 */
function removeAbandoned(path, expected) {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
  } catch {
    return undefined // somebody else was faster
  }
  const removed = readHolder(aside)
  try {
    if (removed?.token !== expected?.token) linkSync(aside, path)
  } finally {
    rmSync(aside, { force: true })
  }
  return removed?.token === expected?.token ? removed : undefined
}

/** @param {string} path @returns {Holder | undefined} undefined when there is none, or a power cut left it empty */
function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {Holder} holder */
function isAlive(holder) {
  const found = readProcess(holder.pid)
  return found !== undefined && found.startedAt === holder.startedAt
}
