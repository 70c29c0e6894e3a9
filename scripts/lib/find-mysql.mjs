// Decides which MySQL or MariaDB Outpost uses: one that is given, one that is installed, one that it may install.
import { spawnSync } from 'node:child_process'
import { aptCommand, installPackages } from './apt.mjs'
import { locate, SYSTEM_FOLDERS } from './locate.mjs'
import { SetupError } from './setup-error.mjs'

const PACKAGES = ['mariadb-server-core', 'mariadb-client-core']
const REASON = 'Outpost needs a MySQL or MariaDB server and found none'
const OTHERWISE = `install one (Debian: \`${aptCommand(PACKAGES)}\`), or set MYSQL_URL=mysql://user:password@host:port/ to use one that already runs.`
const VERSION_DEADLINE_MS = 20_000

/** @typedef {import('./mysql-server.d.mts').MysqlProgram} MysqlProgram */

/** @type {typeof import('./find-mysql.d.mts').findMysql} */
export async function findMysql({ env, ask, log, extraFolders = SYSTEM_FOLDERS }) {
  const given = env['MYSQL_URL']
  if (given) return { kind: 'given', url: checkUrl(given) }
  const present = locateMysql(env, extraFolders)
  if (present) return { kind: 'program', program: present }
  await installPackages({ packages: PACKAGES, reason: REASON, otherwise: OTHERWISE, env, ask, log })
  return { kind: 'program', program: requireMysql(env, extraFolders) }
}

/** @type {typeof import('./find-mysql.d.mts').requireMysql} */
export function requireMysql(env, extraFolders = SYSTEM_FOLDERS) {
  const program = locateMysql(env, extraFolders)
  if (program) return program
  throw new SetupError('MYSQL_MISSING', `${REASON}: ${OTHERWISE}`)
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly string[]} extraFolders
 * @returns {MysqlProgram | undefined}
 */
function locateMysql(env, extraFolders) {
  const server = locate(['mariadbd', 'mysqld'], env, extraFolders)
  if (!server) return undefined
  // Debian's mysqld is a link to mariadbd, so only the program itself knows.
  const { stdout } = spawnSync(server, ['--no-defaults', '--version'], {
    encoding: 'utf8',
    timeout: VERSION_DEADLINE_MS,
  })
  if (!/mariadb/i.test(stdout ?? '')) return { flavour: 'mysql', server, installer: server }
  const installer = locate(['mariadb-install-db', 'mysql_install_db'], env, extraFolders)
  return installer ? { flavour: 'mariadb', server, installer } : undefined
}

/** @param {string} url */
function checkUrl(url) {
  if (URL.canParse(url) && ['mysql:', 'mariadb:'].includes(new URL(url).protocol)) return url
  // The value is not repeated: it contains a password.
  throw new SetupError('MYSQL_URL_INVALID', 'MYSQL_URL must look like mysql://user:password@host:port/.')
}
