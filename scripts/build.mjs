// `npm run build`: refreshes dist/ if the sources have changed.
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from './lib/build.mjs'
import { ensureDependencies } from './lib/dependencies.mjs'
import { logToStderr as log, runScript } from './lib/run-script.mjs'

await runScript(async () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  await ensureDependencies({ root, log })
  const built = await ensureBuilt({ root, log })
  log(built ? 'Built.' : 'Nothing has changed since the last build.')
  return 0
})
