// `npm run screenshots`: every screen of the branch app and every room of headquarters' page, in both languages, both themes and
// two or three sizes, into docs/images/app, which is not kept; those that README and documents show are copied beside it.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runMainJob } from './lib/run-main-job.mjs'
import { runScript } from './lib/run-script.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

await runScript((args) =>
  runMainJob({
    root,
    args: [join(root, 'docs', 'images', 'app'), ...args],
    script: 'scripts/screenshots/main.js',
    stateDir: join(root, '.outpost', 'screenshots'),
  }),
)
