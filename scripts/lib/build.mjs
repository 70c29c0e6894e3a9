// Compiles the sources into dist/, from which all processes run, when they differ from what was compiled last.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { acquireLock } from './file-lock.mjs'
import { runOrThrow } from './run-command.mjs'
import { hashSources, listFiles, listSources } from './source-hash.mjs'

const STEP_DEADLINE_MS = 10 * 60_000
const BUNDLES = ['bin', 'local-node/web', 'cloud-node/web']

/** @type {typeof import('./build.d.mts').ensureBuilt} */
export async function ensureBuilt({ root, log }) {
  if (isBuilt(root)) return false
  const lock = await acquireLock(join(root, 'dist', '.lock'), {
    purpose: 'The build folder dist/',
    waitMs: STEP_DEADLINE_MS,
    onWait: ({ pid }) => log(`Waiting for process ${pid}, which is building …`),
  })
  try {
    if (isBuilt(root)) return false
    log('Building …')
    await build(root)
    return true
  } finally {
    lock.release()
  }
}

/** @param {string} root */
async function build(root) {
  // Taken before compiling: what changes meanwhile is built by the next run.
  const hash = hashSources(root)
  rmSync(stampPath(root), { force: true })
  await runTool(root, 'tsc', ['-p', 'tsconfig.build.json'], root)
  removeOrphans(root)
  copyScripts(root)
  for (const bundle of BUNDLES) {
    const folder = join(root, bundle)
    if (existsSync(join(folder, 'vite.config.ts'))) await runTool(root, 'vite', ['build'], folder)
  }
  writeFileSync(stampPath(root), hash)
}

/** @param {string} root @param {string} tool @param {string[]} args @param {string} cwd */
async function runTool(root, tool, args, cwd) {
  await runOrThrow(join(root, 'node_modules', '.bin', tool), args, {
    cwd,
    deadlineMs: STEP_DEADLINE_MS,
    code: 'BUILD_FAILED',
    what: 'Building',
  })
}

/** tsc leaves the output of deleted sources behind, where it would still be found and run. @param {string} root */
function removeOrphans(root) {
  const sources = new Set(listSources(root))
  for (const path of listFiles(join(root, 'dist'), '.').map((found) => found.slice('./'.length))) {
    if (BUNDLES.some((bundle) => path.startsWith(`${bundle}/`)) || !/\.js(\.map)?$/.test(path)) continue
    const stem = path.replace(/\.js(\.map)?$/, '')
    if (!sources.has(`${stem}.ts`) && !sources.has(`${stem}.tsx`)) rmSync(join(root, 'dist', path))
  }
}

/** Compiled code imports these plain modules by relative path. @param {string} root */
function copyScripts(root) {
  for (const path of listFiles(root, 'scripts/lib').filter((found) => found.endsWith('.mjs'))) {
    const target = join(root, 'dist', path)
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(join(root, path), target)
  }
}

/** @param {string} root */
function isBuilt(root) {
  try {
    return readFileSync(stampPath(root), 'utf8') === hashSources(root)
  } catch {
    return false
  }
}

/** @param {string} root */
function stampPath(root) {
  return join(root, 'dist', '.stamp')
}
