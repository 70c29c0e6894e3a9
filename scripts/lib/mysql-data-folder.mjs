// The folder of a private MySQL or MariaDB: made on first use, and cleared of a server that an earlier run left behind
// when it was killed.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readProcess } from './process-info.mjs'
import { runOrThrow } from './run-command.mjs'
import { SetupError } from './setup-error.mjs'

const INITIALISE_DEADLINE_MS = 180_000
const STOP_DEADLINE_MS = 30_000
const KILL_DEADLINE_MS = 10_000
const POLL_MS = 50

/** How the folders with a running server's socket are called. */
export const RUN_FOLDER_PREFIX = 'outpost-db-'

/**
 * @typedef {object} DataFolder
 * @property {string} lock
 * @property {string} data the server's own `datadir`
 * @property {string} pidFile
 * @property {string} errorLog
 */

/** @param {string} folder absolute, without symbolic links @returns {DataFolder} */
export function describeDataFolder(folder) {
  const data = join(folder, 'data')
  return {
    lock: join(folder, 'lock'),
    data,
    pidFile: join(data, 'outpost.pid'),
    errorLog: join(folder, 'server.log'),
  }
}

/**
 * Makes the server's system tables if there are none. They are made aside and renamed, so an interrupted attempt is
 * never taken for a finished one. Call it while holding the folder's lock.
 *
 * @param {DataFolder} folder
 * @param {import('./mysql-server.d.mts').MysqlProgram} program
 * @param {(line: string) => void} log
 */
export async function initialiseDataFolder({ data }, { flavour, installer }, log) {
  if (existsSync(data)) return
  log(`Preparing an empty database in ${data} …`)
  const draft = `${data}.new`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o700 })
  // mariadb-install-db stumbles over a path with spaces, so it gets another name of the same folder.
  const runFolder = mkdtempSync(join(tmpdir(), RUN_FOLDER_PREFIX))
  const alias = join(runFolder, 'data')
  symlinkSync(draft, alias)
  const ofFlavour =
    flavour === 'mariadb'
      ? ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve']
      : ['--initialize-insecure']
  try {
    await runOrThrow(installer, ['--no-defaults', `--datadir=${alias}`, ...asRoot(), ...ofFlavour], {
      // The same folder for its temporary tables: a server that starts meanwhile would clear a shared one.
      env: { ...process.env, TMPDIR: runFolder },
      deadlineMs: INITIALISE_DEADLINE_MS,
      code: 'MYSQL_INITIALISE_FAILED',
      what: `Preparing a database in ${data}`,
    })
  } finally {
    rmSync(runFolder, { recursive: true, force: true })
  }
  renameSync(draft, data)
}

/**
 * Ends a server that still works on this folder although the process that started it is gone. Any other process, also
 * one that inherited the recorded id, is left alone. Call it while holding the folder's lock.
 *
 * @param {DataFolder} folder
 * @param {Record<string, unknown> | undefined} noted `server` and `runFolder` from the lock of the run that died
 * @param {(line: string) => void} log
 */
export async function stopAbandonedServer(folder, noted, log) {
  for (const pid of new Set([Number(noted?.['server']), readPidFile(folder.pidFile)])) {
    if (!isServerOf(pid, folder)) continue
    log(`Stopping the database server ${pid}, which an earlier run left behind …`)
    process.kill(pid, 'SIGTERM')
    if (await isGone(pid, folder, STOP_DEADLINE_MS)) continue
    process.kill(pid, 'SIGKILL')
    if (await isGone(pid, folder, KILL_DEADLINE_MS)) continue
    throw new SetupError(
      'MYSQL_ABANDONED',
      `The database server ${pid} of an earlier run does not stop: end it, then try again.`,
    )
  }
  const runFolder = noted?.['runFolder']
  if (typeof runFolder === 'string' && basename(runFolder).startsWith(RUN_FOLDER_PREFIX))
    rmSync(runFolder, { recursive: true, force: true })
}

/** @returns {string[]} MariaDB and MySQL refuse to run as root unless told to */
export function asRoot() {
  return process.getuid?.() === 0 ? ['--user=root'] : []
}

/** @param {number} pid @param {DataFolder} folder */
function isServerOf(pid, { data }) {
  const commandLine = readProcess(pid)?.commandLine ?? ''
  const program = basename(commandLine.split(' ')[0] ?? '')
  return /^(mariadbd|mysqld)$/.test(program) && `${commandLine} `.includes(` --datadir=${data} `)
}

/**
 * It is no child of ours, so no event tells of its end.
 *
 * @param {number} pid
 * @param {DataFolder} folder
 * @param {number} deadlineMs
 */
async function isGone(pid, folder, deadlineMs) {
  const deadline = performance.now() + deadlineMs
  while (isServerOf(pid, folder)) {
    if (performance.now() > deadline) return false
    await delay(POLL_MS)
  }
  return true
}

/** @param {string} path @returns {number} NaN when there is none */
function readPidFile(path) {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10)
  } catch {
    return Number.NaN
  }
}
