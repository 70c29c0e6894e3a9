import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SYNC_DEFAULTS } from '../../../local-node/sync/sync-defaults.ts'
import { renderSyncSpec } from '../../../scripts/docs/render-sync-spec.ts'

test('SPEC.md says what the machine does', () => {
  const page = readFileSync(new URL('../../../local-node/sync/SPEC.md', import.meta.url), 'utf8')
  expect(page, 'run `npm run docs`').toBe(renderSyncSpec(page))
})

test('docs/sync.md lists every figure of the sync cycle', () => {
  const page = readFileSync(new URL('../../../docs/sync.md', import.meta.url), 'utf8')
  const listed = [...page.matchAll(/^\| `(\w+)` +\| ([\d,]+) +\| [^|]+\|$/gm)].map(([, name, value]) => [
    name,
    Number(value!.replaceAll(',', '')),
  ])
  expect(Object.fromEntries(listed)).toEqual(SYNC_DEFAULTS)
})
