// Finds the Chromium that the browser tests drive, or installs Debian's.
import { aptCommand, installPackages } from './apt.mjs'
import { createAsk } from './ask.mjs'
import { isExecutable, locate, SYSTEM_FOLDERS } from './locate.mjs'
import { SetupError } from './setup-error.mjs'

const NAMES = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser']
const MAC_CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
const PACKAGES = ['chromium', 'fonts-wqy-microhei']
const REASON = "Outpost's browser tests need Chromium and found none"
const OTHERWISE = `install it (Debian: \`${aptCommand(PACKAGES)}\`), or set CHROMIUM_PATH to an executable of Chromium or Chrome.`

/** @type {typeof import('./chromium.d.mts').ensureChromium} */
export async function ensureChromium(options = {}) {
  const { env = process.env, ask = createAsk(env), log = () => undefined, extraFolders = SYSTEM_FOLDERS } = options
  const given = env['CHROMIUM_PATH']
  if (given) {
    if (isExecutable(given)) return given
    throw new SetupError('CHROMIUM_PATH_INVALID', `CHROMIUM_PATH is ${given}, which is no executable file.`)
  }
  const present = locateChromium(env, extraFolders)
  if (present) return present
  await installPackages({ packages: PACKAGES, reason: REASON, otherwise: OTHERWISE, env, ask, log })
  const installed = locateChromium(env, extraFolders)
  if (installed) return installed
  throw new SetupError('CHROMIUM_MISSING', `Debian's chromium was installed and cannot be found: set CHROMIUM_PATH.`)
}

/** @param {NodeJS.ProcessEnv} env @param {readonly string[]} extraFolders */
function locateChromium(env, extraFolders) {
  const mac = extraFolders === SYSTEM_FOLDERS && isExecutable(MAC_CHROME) ? MAC_CHROME : undefined
  return locate(NAMES, env, extraFolders) ?? mac
}
