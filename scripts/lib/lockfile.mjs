// npm leaves an optional package out of package-lock.json when it cannot fetch it, as happens to the binaries for other
// systems, and `npm ci` then refuses the file everywhere. This puts them back.
import { SetupError } from './setup-error.mjs'

const PLATFORMS = /** @type {const} */ ({
  os: ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'],
  cpu: ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'],
})

/** @typedef {{ version?: string, dev?: boolean, optional?: boolean, optionalDependencies?: Record<string, string> }} Entry */

/** @type {typeof import('./lockfile.d.mts').completeLockfile} */
export function completeLockfile(text) {
  const lockfile = JSON.parse(text)
  /** @type {Record<string, Entry>} */
  const packages = lockfile.packages
  /** @type {string[]} */
  const added = []
  for (const [path, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (isPresent(packages, path, name)) continue
      packages[`node_modules/${name}`] = {
        version,
        ...(dev && { dev }),
        optional: true,
        ...findPlatform(name, version),
      }
      added.push(name)
    }
  }
  lockfile.packages = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')))
  return { text: added.length === 0 ? text : `${JSON.stringify(lockfile, null, 2)}\n`, added }
}

/** As Node resolves it: beside the package, then outwards. @param {Record<string, Entry>} packages @param {string} path @param {string} name */
function isPresent(packages, path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (`${folder}${folder && '/'}node_modules/${name}` in packages) return true
    if (folder === '') return false
  }
}

/**
 * What the package itself would say, read from its name, as `@rollup/rollup-linux-x64-musl`.
 *
 * @param {string} name
 * @param {string} version
 */
function findPlatform(name, version) {
  const words = name.split(/[^a-z0-9]+/)
  const os = PLATFORMS.os.find((each) => words.includes(each))
  const cpu = PLATFORMS.cpu.find((each) => words.includes(each))
  if (!os || !cpu || !/^\d+\.\d+\.\d+/.test(version)) {
    throw new SetupError(
      'LOCKFILE_INCOMPLETE',
      `package-lock.json lacks the optional package ${name}@${version}: run \`npm install\` where it can be fetched.`,
    )
  }
  const musl = words.some((word) => word.startsWith('musl'))
  return { os: [os], cpu: [cpu], ...(os === 'linux' && { libc: [musl ? 'musl' : 'glibc'] }) }
}
