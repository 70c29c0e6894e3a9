// Installs Debian packages, if a person agrees and the rights are there.
import { locate } from './locate.mjs'
import { runCommand, runOrThrow } from './run-command.mjs'
import { SetupError } from './setup-error.mjs'

const INSTALL_DEADLINE_MS = 15 * 60_000
const UPDATE_DEADLINE_MS = 5 * 60_000
const SUDO_DEADLINE_MS = 10_000

/**
 * @param {object} options
 * @param {readonly string[]} options.packages
 * @param {string} options.reason what lacks them: "Outpost needs a MySQL or MariaDB server and found none"
 * @param {string} options.otherwise what a person can do instead, put after the reason in the error
 * @param {NodeJS.ProcessEnv} options.env
 * @param {import('./ask.d.mts').Ask} options.ask
 * @param {(line: string) => void} options.log
 * @throws {SetupError} `PACKAGES_MISSING` when they are not to be had
 */
export async function installPackages({ packages, reason, otherwise, env, ask, log }) {
  const refuse = (/** @type {string} */ why) => {
    const reasons = why ? `${reason} (${why})` : reason
    return new SetupError('PACKAGES_MISSING', `${reasons}: ${otherwise}`)
  }
  const aptGet = locate(['apt-get'], env)
  if (!aptGet) throw refuse('')
  const prefix = await findPrivileges(env)
  if (!prefix) throw refuse('installing it takes root or sudo without a password')
  if (!(await ask(`${reason}. Install Debian's ${packages.join(' and ')} now?`))) throw refuse('')

  const run = (/** @type {string[]} */ args, /** @type {number} */ deadlineMs) => {
    const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive', aptGet, '-q', '-o', 'DPkg::Lock::Timeout=120']
    const [command = '', ...rest] = [...prefix, ...quiet, ...args]
    return runOrThrow(command, rest, { env, deadlineMs, code: 'APT_FAILED', what: `${reason}, and installing it` })
  }
  log(`Installing Debian's ${packages.join(', ')} …`)
  await run(['update'], UPDATE_DEADLINE_MS)
  await run(['install', '-y', '--no-install-recommends', ...packages], INSTALL_DEADLINE_MS)
}

/** @param {readonly string[]} packages @returns {string} what a person would type */
export function aptCommand(packages) {
  return `${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install ${packages.join(' ')}`
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string[] | undefined>} what to put before a command that needs root
 */
async function findPrivileges(env) {
  if (process.getuid?.() === 0) return []
  const sudo = locate(['sudo'], env)
  if (!sudo) return undefined
  const { ok } = await runCommand(sudo, ['-n', 'true'], { env, deadlineMs: SUDO_DEADLINE_MS })
  return ok ? [sudo, '-n'] : undefined
}
