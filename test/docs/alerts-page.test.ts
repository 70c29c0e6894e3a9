import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readChannels } from '../../adapters/alerts/channel-file.ts'
import { ALERT_RULES, thresholdsInWords } from '../../adapters/alerts/thresholds.ts'
import { cloudConfigSchema } from '../../adapters/config/cloud-config.ts'

const page = readFileSync(new URL('../../docs/operations/alerts.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!)

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'outpost-docs-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('every rule stands in the table with its usual limits and how long it has to last', () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` .*\| ([^|]+?) +\| ([^|]+?) +\|$/gm)].map(([, ...cells]) => cells)
  const told = Object.fromEntries(
    Object.entries(ALERT_RULES).map(([rule, { holdMs, usual }]) => [
      rule,
      [thresholdsInWords(usual), holdMs === 0 ? 'at once' : `${holdMs / 60_000} min`],
    ]),
  )
  expect(rows).toHaveLength(Object.keys(ALERT_RULES).length)
  expect(Object.fromEntries(rows.map(([rule, ...limits]) => [rule, limits]))).toEqual(told)
})

test('every example of a channel is read, one of each kind', () => {
  const channels = examples.filter((text) => text.startsWith('kind:'))
  const files = channels.map((text, at) => {
    const file = join(folder, `${at}.yaml`)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  })
  const kinds = readChannels(files, () => 0).map(({ kind }) => kind)
  expect(kinds.toSorted()).toEqual(['dingtalk', 'email', 'sms', 'webhook', 'wecom'])
})

test('every example of the configuration is one', () => {
  const configurations = examples.filter((text) => text.startsWith('alerts:'))
  expect(configurations).toHaveLength(2)
  for (const text of configurations) expect(() => cloudConfigSchema.parse(parse(text))).not.toThrow()
})
