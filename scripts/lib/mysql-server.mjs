// Runs a private MySQL or MariaDB: own data folder, own socket, a loopback port, one user with a password of its own.
import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { acquireLock } from './file-lock.mjs'
import { requireMysql } from './find-mysql.mjs'
import { waitForHandshake } from './mysql-handshake.mjs'
import {
  asRoot,
  describeDataFolder,
  initialiseDataFolder,
  RUN_FOLDER_PREFIX,
  stopAbandonedServer,
} from './mysql-data-folder.mjs'
import { spawnChild } from './process-tree.mjs'
import { tail } from './run-command.mjs'
import { SetupError } from './setup-error.mjs'

const STOP_DEADLINE_MS = 30_000
const PORT_ATTEMPTS = 5
/** A Unix socket's path holds 107 bytes on Linux and 103 on macOS. */
const LONGEST_SOCKET_PATH = 103
const USER = 'outpost'

/** @typedef {import('./mysql-server.d.mts').MysqlServer} MysqlServer */

/** @type {typeof import('./mysql-server.d.mts').startMysql} */
export async function startMysql(options) {
  const { dataDir, signal, log = () => undefined } = options
  signal?.throwIfAborted()
  const program = options.program ?? requireMysql(process.env)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const folder = describeDataFolder(realpathSync(dataDir))
  const lock = await acquireLock(folder.lock, { purpose: `The database folder ${dataDir}` })
  try {
    await stopAbandonedServer(folder, lock.abandoned?.note, log)
    await initialiseDataFolder(folder, program, log)
    const password = options.password ?? randomBytes(18).toString('hex')
    for (let attempt = 1; ; attempt += 1) {
      const port = options.port ?? (await findFreePort())
      const launch = { program, folder, port, password, lock, args: options.args ?? [], signal }
      const server = await launchServer(launch)
      if (server) return server
      // Somebody took the port between finding it free and binding it.
      if (options.port !== undefined || attempt === PORT_ATTEMPTS) throw startError(folder, `port ${port} is taken`)
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/**
 * @param {object} launch
 * @param {import('./mysql-server.d.mts').MysqlProgram} launch.program
 * @param {import('./mysql-data-folder.mjs').DataFolder} launch.folder
 * @param {number} launch.port
 * @param {string} launch.password
 * @param {import('./file-lock.d.mts').Lock} launch.lock
 * @param {readonly string[]} launch.args
 * @param {AbortSignal | undefined} launch.signal
 * @returns {Promise<MysqlServer | undefined>} undefined when the port is taken
 */
async function launchServer({ program, folder, port, password, lock, args, signal }) {
  const runFolder = makeRunFolder()
  const socketPath = join(runFolder, 's')
  const initFile = join(runFolder, 'init.sql')
  writeFileSync(initFile, accountStatements(password), { mode: 0o600 })
  const output = openSync(folder.errorLog, 'w', 0o600)
  let ready = false
  const child = spawnChild(program.server, serverArguments({ folder, port, socketPath, initFile, args }), {
    stdio: ['ignore', output, output], // a file, so that the server survives the death of its reader
    last: true,
    onExit: () => {
      rmSync(runFolder, { recursive: true, force: true })
      if (ready) lock.release()
    },
  })
  closeSync(output)
  lock.write({ server: child.pid, runFolder })
  const stop = () => child.stop(STOP_DEADLINE_MS)
  try {
    const ended = child.exited.then(({ code, signal: by }) => {
      throw startError(folder, by ? `it was ended by ${by}` : `it ended with exit code ${code}`)
    })
    await waitForHandshake(socketPath, { ended, signal })
  } catch (error) {
    await stop()
    signal?.throwIfAborted()
    if (/address already in use|Bind on TCP\/IP port/i.test(readLog(folder))) return undefined
    throw error
  }
  ready = true
  rmSync(initFile, { force: true })
  signal?.addEventListener('abort', () => void stop(), { once: true })
  return {
    url: `mysql://${USER}:${password}@127.0.0.1:${port}/`,
    port,
    password,
    pid: child.pid,
    exited: child.exited.then(() => undefined),
    stop: async () => void (await stop()),
    kill: async () => void (await child.kill()),
  }
}

/**
 * @param {object} options
 * @param {import('./mysql-data-folder.mjs').DataFolder} options.folder
 * @param {number} options.port
 * @param {string} options.socketPath
 * @param {string} options.initFile
 * @param {readonly string[]} options.args
 */
function serverArguments({ folder, port, socketPath, initFile, args }) {
  return [
    '--no-defaults',
    ...asRoot(),
    `--datadir=${folder.data}`,
    `--pid-file=${folder.pidFile}`,
    `--socket=${socketPath}`,
    // A starting server clears its temporary folder of what looks like its own: in a shared one, of another server's tables.
    `--tmpdir=${dirname(socketPath)}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    `--init-file=${initFile}`,
    '--character-set-server=utf8mb4',
    '--skip-log-bin',
    '--innodb-flush-log-at-trx-commit=1',
    '--innodb-buffer-pool-size=64M',
    '--key-buffer-size=1M',
    '--max-allowed-packet=64M',
    '--performance-schema=OFF',
    // What only one of the two servers knows:
    '--loose-aria-pagecache-buffer-size=8M',
    '--loose-innodb-redo-log-capacity=64M',
    '--loose-mysqlx=OFF',
    ...args,
  ]
}

/**
 * The server runs this before it accepts a connection, so nobody meets its root without a password over TCP.
 *
 * @param {string} password hexadecimal, or as safe inside quotes
 */
function accountStatements(password) {
  const account = `'${USER}'@'127.0.0.1'`
  return [
    "DROP USER IF EXISTS 'root'@'127.0.0.1';",
    "DROP USER IF EXISTS 'root'@'::1';",
    `CREATE USER IF NOT EXISTS ${account};`,
    `ALTER USER ${account} IDENTIFIED BY '${password}';`,
    `GRANT ALL PRIVILEGES ON *.* TO ${account} WITH GRANT OPTION;`,
    '',
  ].join('\n')
}

/** For socket and statements: short, private, and gone with the server. */
function makeRunFolder() {
  const longest = join(tmpdir(), `${RUN_FOLDER_PREFIX}XXXXXX`, 's')
  return mkdtempSync(join(longest.length > LONGEST_SOCKET_PATH ? '/tmp' : tmpdir(), RUN_FOLDER_PREFIX))
}

/** @returns {Promise<number>} */
function findFreePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address())
      probe.close(() => resolve(port))
    })
  })
}

/** @param {import('./mysql-data-folder.mjs').DataFolder} folder @param {string} why */
function startError(folder, why) {
  const message = `The database server in ${folder.data} did not start, ${why}; its last words:`
  return new SetupError('MYSQL_START_FAILED', `${message}\n${tail(readLog(folder))}`)
}

/** @param {import('./mysql-data-folder.mjs').DataFolder} folder */
function readLog({ errorLog }) {
  try {
    return readFileSync(errorLog, 'utf8')
  } catch {
    return ''
  }
}
