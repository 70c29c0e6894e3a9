// `npm test`: sets up what the tests need (dependencies, MariaDB, Chromium, a build) and runs them. The tests start
// their own database. Arguments go to vitest: `npm test -- test/schemas`.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAsk } from './lib/ask.mjs'
import { ensureBuilt } from './lib/build.mjs'
import { ensureChromium } from './lib/chromium.mjs'
import { ensureDependencies } from './lib/dependencies.mjs'
import { findMysql } from './lib/find-mysql.mjs'
import { exitCodeOf, spawnChild } from './lib/process-tree.mjs'
import { logToStderr as log, runScript } from './lib/run-script.mjs'

await runScript(async (args) => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const env = process.env
  const ask = createAsk(env)
  await findMysql({ env, ask, log })
  const chromium = await ensureChromium({ env, ask, log })
  await ensureDependencies({ root, log })
  await ensureBuilt({ root, log })
  const vitest = spawnChild(join(root, 'node_modules', '.bin', 'vitest'), ['run', ...args], {
    cwd: root,
    env: { ...env, OUTPOST_CHROMIUM: chromium },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return exitCodeOf(await vitest.exited)
})
