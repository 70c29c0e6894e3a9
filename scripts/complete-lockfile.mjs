// `npm run lockfile`: completes package-lock.json after a change of the dependencies; `--check` only looks.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { completeLockfile } from './lib/lockfile.mjs'
import { logToStderr as log, runScript } from './lib/run-script.mjs'

await runScript((args) => {
  const path = fileURLToPath(new URL('../package-lock.json', import.meta.url))
  const { text, added } = completeLockfile(readFileSync(path, 'utf8'))
  if (added.length === 0) return 0
  if (args.includes('--check')) {
    log(`package-lock.json lacks ${added.join(', ')}, so npm ci refuses it: run \`npm run lockfile\`.`)
    return 1
  }
  writeFileSync(path, text)
  log(`Added to package-lock.json: ${added.join(', ')}.`)
  return 0
})
