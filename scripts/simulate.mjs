// `npm run simulate -- --seeds 20000 [--from N]`: simulated histories of a whole chain (test/simulation), one a seed, on
// both cores. `npm run simulate -- --seed N` repeats one and looks for a shorter history that fails as well. With `--truth`
// they are those in which claims are compared with facts (test/truth).
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ensureDependencies } from './lib/dependencies.mjs'
import { logToStderr as log, runScript } from './lib/run-script.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const options = /** @type {const} */ ({
  seeds: { type: 'string', default: '1000' },
  from: { type: 'string', default: '0' },
  seed: { type: 'string' },
  workers: { type: 'string', default: '2' },
  // Failures after which it stops.
  failures: { type: 'string', default: '5' },
  truth: { type: 'boolean', default: false },
  shrink: { type: 'string', default: '60' },
  worker: { type: 'string' },
})

/** @typedef {import('../test/simulation/simulate-seed.ts').SimulationResult | import('../test/truth/simulate-truth.ts').TruthResult} Result */

const { values } = parseArgs({ options })
if (values.worker !== undefined) await work(values.worker)
else await runScript(simulate)

/** Runs the seeds that belong to one worker; a process of its own, since a store blocks while it commits. @param {string} job */
async function work(job) {
  const { truth, first, step, last, shrinkMs } = JSON.parse(job)
  const { runnerImport } = await import('vite')
  const file = truth ? '../test/truth/simulate-truth.ts' : '../test/simulation/simulate-seed.ts'
  /** @type {{ module: { simulateSeed: (seed: number, shrinkMs: number) => Promise<Result> } }} */
  const { module } = await runnerImport(fileURLToPath(new URL(file, import.meta.url)), {
    root,
    configFile: false,
    logLevel: 'error',
  })
  for (let seed = first; seed <= last; seed += step) process.send?.(await module.simulateSeed(seed, shrinkMs))
  process.disconnect()
  process.exit(0)
}

/** @returns {Promise<number>} */
async function simulate() {
  await ensureDependencies({ root, log })
  const from = Number(values.seed ?? values.from)
  const count = values.seed === undefined ? Number(values.seeds) : 1
  const workers = Math.min(Number(values.workers), count)
  const startedMs = performance.now()
  let done = 0
  let failed = 0
  await Promise.all(
    Array.from({ length: workers }, (_, i) => {
      const { truth } = values
      const job = {
        truth,
        first: from + i,
        step: workers,
        last: from + count - 1,
        shrinkMs: Number(values.shrink) * 1000,
      }
      const child = fork(fileURLToPath(import.meta.url), ['--worker', JSON.stringify(job)])
      child.on('message', (message) => {
        const result = /** @type {Result} */ (message)
        done += 1
        if (result.failure) {
          failed += 1
          log(describe(result, result.failure))
          if (failed >= Number(values.failures)) child.kill()
        } else if (count === 1) log(`Seed ${result.seed} holds: ${holds(result)}.`)
        if (done % 50 === 0 || done === count) {
          const seconds = (performance.now() - startedMs) / 1000
          log(`${done} of ${count} seeds, ${failed} failed, ${(seconds / done).toFixed(2)} s a seed`)
        }
      })
      return new Promise((ended) => {
        child.on('exit', (code) => {
          if (code !== 0 && failed < Number(values.failures)) failed += 1
          ended(code)
        })
      })
    }),
  )
  return failed > 0 || done < count ? 1 : 0
}

/** @param {Result} result */
function holds(result) {
  return 'digest' in result ? `its state is ${result.digest}` : `${result.claims} claims were compared`
}

/** @param {Result} result @param {NonNullable<Result['failure']>} failure */
function describe({ seed }, { branches, story, message }) {
  const commands = story.map((line) => `  ${line}`)
  return [
    `Seed ${seed} fails; again: npm run simulate --${values.truth ? ' --truth' : ''} --seed ${seed}`,
    `${branches} branches:`,
    ...commands,
    message,
    '',
  ].join('\n')
}
