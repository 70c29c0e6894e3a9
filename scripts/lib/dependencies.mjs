// Installs the npm dependencies when they are missing or not those of package-lock.json.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { acquireLock } from './file-lock.mjs'
import { locate } from './locate.mjs'
import { runOrThrow } from './run-command.mjs'
import { SetupError } from './setup-error.mjs'

const INSTALL_DEADLINE_MS = 20 * 60_000

/** @type {typeof import('./dependencies.d.mts').ensureDependencies} */
export async function ensureDependencies({ root, log }) {
  const wanted = readLockfileHash(root)
  if (isInstalled(root, wanted)) return false
  const lock = await acquireLock(join(root, '.outpost', 'install.lock'), {
    purpose: 'the installation of the npm dependencies',
    waitMs: INSTALL_DEADLINE_MS,
    onWait: ({ pid }) => log(`Waiting for process ${pid}, which is installing the npm dependencies …`),
  })
  try {
    if (isInstalled(root, wanted)) return false
    if (existsSync(join(root, 'node_modules')) && hasWantedPackages(root)) {
      // Someone ran `npm install` themselves; installing again would only cost minutes.
      writeStamp(root, wanted)
      return false
    }
    await install(root, log)
    writeStamp(root, wanted)
    return true
  } finally {
    lock.release()
  }
}

/** @param {string} root @param {(line: string) => void} log */
async function install(root, log) {
  const npm = locate(['npm'], process.env)
  if (!npm) {
    throw new SetupError('NPM_MISSING', 'Outpost installs its dependencies with npm and found none: install npm.')
  }
  log('Installing the npm dependencies (takes a minute or two) …')
  const env = { ...process.env }
  delete env['npm_config_local_prefix'] // of the npm that runs this script
  await runOrThrow(npm, ['ci', '--include=dev', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'], {
    cwd: root,
    env,
    deadlineMs: INSTALL_DEADLINE_MS,
    code: 'NPM_FAILED',
    what: 'Installing the npm dependencies',
  })
}

/** @param {string} root */
function readLockfileHash(root) {
  try {
    return createHash('sha256')
      .update(readFileSync(join(root, 'package-lock.json')))
      .digest('hex')
  } catch (cause) {
    throw new SetupError(
      'LOCKFILE_MISSING',
      `There is no readable package-lock.json in ${root}: run the command in a complete checkout of Outpost.`,
      { cause },
    )
  }
}

/** @param {string} root @param {string} hash */
function writeStamp(root, hash) {
  mkdirSync(join(root, 'node_modules'), { recursive: true }) // npm makes none when there are no dependencies
  writeFileSync(stampPath(root), hash)
}

/** @param {string} root @param {string} wanted */
function isInstalled(root, wanted) {
  try {
    return readFileSync(stampPath(root), 'utf8') === wanted
  } catch {
    return false
  }
}

/**
 * Compares the lockfile with npm's own record of what it put into node_modules.
 *
 * @param {string} root
 */
function hasWantedPackages(root) {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (!('' in wanted)) return false // let npm say what is wrong with the lockfile
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true
    const found = present[path]
    return found ? found.version === version && found.integrity === integrity : optional === true
  })
}

/** @param {string} path @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }>} */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {}
  } catch {
    return {}
  }
}

/** @param {string} root */
function stampPath(root) {
  return join(root, 'node_modules', '.outpost-lock')
}
