import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { BRANCH_DEFAULTS, branchConfigSchema } from '../../../adapters/config/branch-config.ts'
import { cloudConfigSchema } from '../../../adapters/config/cloud-config.ts'
import { keysOf } from '../../../adapters/config/config-key.ts'
import { CHAIN_DEFAULTS } from '../../../cloud-node/chain.ts'
import { createCloudCommand } from '../../../cloud-node/cli/cloud-command.ts'
import { createBranchCommand } from '../../../local-node/cli/branch-command.ts'
import { SYNC_DEFAULTS } from '../../../local-node/sync/sync-defaults.ts'

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')

/** The rows of the tables between two headings, without the lines of their heads. */
function rowsBetween(from: string, to: string): string[][] {
  const part = page.slice(page.indexOf(`\n## ${from}`), page.indexOf(`\n## ${to}`))
  const rows = part.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

function rowsOf(schema: z.ZodObject, above = ''): string[][] {
  return keysOf(schema).flatMap(({ name, facts, section }) => {
    const value = facts.default === undefined ? '' : `\`${String(facts.default)}\``
    const row = [`\`${above}${name}\``, facts.allowed ?? 'its keys, below', value, facts.about]
    return [row, ...(section ? rowsOf(section, `${above}${name}.`) : [])]
  })
}

describe('docs/configuration.md', () => {
  it("has every key of headquarters' file, in the words of the file", () => {
    expect(rowsBetween('Headquarters', 'A branch')).toEqual(rowsOf(cloudConfigSchema))
  })

  it("has every key of a branch's file, in the words of the file", () => {
    expect(rowsBetween('A branch', 'What goes before what')).toEqual(rowsOf(branchConfigSchema))
  })

  it('names options that there are, for keys that there are', () => {
    const options = [createCloudCommand(), createBranchCommand()].flatMap((command) =>
      command.commands.find((one) => one.name() === 'start')!.options.map(({ long }) => long),
    )
    const keys = [...rowsOf(cloudConfigSchema), ...rowsOf(branchConfigSchema)].map(([key]) => key)
    const pairs = rowsBetween('What goes before what', 'Encryption').flatMap(([a, b, c, d]) => [
      [a, b],
      [c, d],
    ])
    const named = pairs.map(([option]) => /--[a-z-]+/.exec(option!)![0])
    expect(new Set([...named, '--data'])).toEqual(new Set(options))
    for (const [, key] of pairs) expect(keys).toContain(key)
  })
})

describe('the defaults of the files', () => {
  it('are those of the nodes', () => {
    expect(cloudConfigSchema.parse({})).toEqual({})
    const defaultsOf = (schema: z.ZodObject) =>
      Object.fromEntries(keysOf(schema).map(({ name, facts }) => [name, facts.default]))
    expect(defaultsOf(cloudConfigSchema)).toMatchObject(CHAIN_DEFAULTS)
    const { interval, batch } = BRANCH_DEFAULTS
    expect([interval * 1000, batch]).toEqual([SYNC_DEFAULTS.intervalMs, SYNC_DEFAULTS.maxBatchSize])
    expect(branchConfigSchema.safeParse({ batch: SYNC_DEFAULTS.largestBatchSize }).success).toBe(true)
    expect(branchConfigSchema.safeParse({ batch: SYNC_DEFAULTS.largestBatchSize + 1 }).success).toBe(false)
  })
})
