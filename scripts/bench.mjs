// `npm run bench`: lists the benchmarks, or runs one: `npm run bench -- NAME [arguments]`.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listBenchmarks } from './lib/benchmark-list.mjs'
import { ensureBuilt } from './lib/build.mjs'
import { ensureDependencies } from './lib/dependencies.mjs'
import { runJob, runMainJob } from './lib/run-main-job.mjs'
import { logToStderr as log, runScript } from './lib/run-script.mjs'

const UNKNOWN_NAME = 2

await runScript(async ([name, ...args]) => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const benchmarks = listBenchmarks(root)
  if (name === undefined || name === '--help' || name === '-h') {
    const width = Math.max(0, ...benchmarks.map((each) => each.name.length))
    const lines = benchmarks.map((each) => `  ${each.name.padEnd(width)}  ${each.description}`)
    process.stdout.write(['Usage: npm run bench -- NAME [arguments]', '', ...lines, ''].join('\n'))
    return 0
  }
  const benchmark = benchmarks.find((each) => each.name === name)
  if (!benchmark) {
    log(`outpost: there is no benchmark ${name}; there are: ${benchmarks.map((each) => each.name).join(', ')}.`)
    return UNKNOWN_NAME
  }
  const job = { root, args, script: `bench/${name}.js`, stateDir: join(root, '.outpost', 'bench') }
  if (benchmark.needs.includes('mysql')) return runMainJob(job)
  await ensureDependencies({ root, log })
  await ensureBuilt({ root, log })
  return runJob(job)
})
