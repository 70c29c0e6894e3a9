// `npm run verify`: everything that must hold before a change is shared, cheapest first, stopping at the first failure.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from './lib/build.mjs'
import { ensureDependencies } from './lib/dependencies.mjs'
import { logToStderr as log, runScript } from './lib/run-script.mjs'
import { commandStep, runStep } from './lib/step.mjs'

const TOOL_DEADLINE_MS = 5 * 60_000
const TEST_DEADLINE_MS = 20 * 60_000

await runScript(async () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const tool = (/** @type {string} */ name) => join(root, 'node_modules', '.bin', name)
  const options = { cwd: root, deadlineMs: TOOL_DEADLINE_MS }
  const steps = [
    commandStep('lockfile', process.execPath, [join(root, 'scripts', 'complete-lockfile.mjs'), '--check'], options),
    setupStep('dependencies', () => ensureDependencies({ root, log })),
    commandStep('format', tool('oxfmt'), ['--check', '.'], options),
    commandStep('lint', tool('oxlint'), ['--type-aware'], options),
    commandStep('types', 'npm', ['run', 'types'], options),
    commandStep('unused code', tool('knip'), [], options),
    setupStep('build', () => ensureBuilt({ root, log })),
    {
      ...commandStep('tests', process.execPath, [join(root, 'scripts', 'test.mjs')], {
        cwd: root,
        deadlineMs: TEST_DEADLINE_MS,
      }),
      lastWords: countTests,
    },
  ]
  for (const step of steps) {
    if (!(await runStep(step, (line) => process.stdout.write(`${line}\n`)))) return 1
  }
  return 0
})

/** vitest's own last words, as one plain line. */
function countTests(/** @type {string} */ output) {
  // Colours are escape sequences between the words.
  const tests = output
    .replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '')
    .match(/Tests\s+(\d+) passed/)
  if (!tests) throw new Error('the test runner did not say how many tests passed')
  return `${tests[1]} passed, 0 failed`
}

/** What cannot be set up ends the script with its own error. */
function setupStep(/** @type {string} */ name, /** @type {() => Promise<unknown>} */ ensure) {
  const done = { ok: true, output: '', outcome: '' }
  return { name, run: () => ensure().then(() => done) }
}
