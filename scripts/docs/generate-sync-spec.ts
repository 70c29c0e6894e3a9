/** Writes the generated part of local-node/sync/SPEC.md; run from dist/ after every change of the machine. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { renderSyncSpec } from './render-sync-spec.ts'

// This runs as dist/scripts/docs/generate-sync-spec.js.
const FILE = fileURLToPath(new URL('../../../local-node/sync/SPEC.md', import.meta.url))

writeFileSync(FILE, renderSyncSpec(readFileSync(FILE, 'utf8')))
