// `npm run prove:storage`: the storage's conformance and durability tests with the whole counts that its claims rest on
// (CI runs a tenth). `OUTPOST_PROOF_SCALE=3 npm run prove:storage` runs three times as many.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const scale = process.env['OUTPOST_PROOF_SCALE'] ?? '1'
const tests = ['test/conformance', 'test/durability', 'test/adapters/sqlite']
const run = spawnSync(process.execPath, [join(root, 'scripts', 'test.mjs'), ...tests, ...process.argv.slice(2)], {
  cwd: root,
  env: { ...process.env, OUTPOST_PROOF_SCALE: scale },
  stdio: 'inherit',
})
process.exitCode = run.status ?? 1
