// Refuses a Node that is too old, before a missing feature of it fails in an obscure place.
import { SetupError } from './setup-error.mjs'

const OLDEST = [20, 19]

/** @type {typeof import('./node-version.d.mts').checkNodeVersion} */
export function checkNodeVersion(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  throw new SetupError(
    'NODE_TOO_OLD',
    `Outpost needs Node ${OLDEST.join('.')} or newer and this is Node ${version}: install a newer one from https://nodejs.org/ and run the command again.`,
  )
}
