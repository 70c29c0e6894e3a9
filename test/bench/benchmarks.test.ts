/** Each benchmark at its smallest: that it runs and what it says, not how fast anything is. */
import { execFile } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isLongRun } from '../support/proof-scale.ts'
import { listBenchmarks } from '../../scripts/lib/benchmark-list.mjs'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Smaller than one batch of anything. */
const SMALLEST = '50'
/** One of them installs its peer. */
const DEADLINE_MS = 240_000

const lastLine = z.strictObject({
  bench: z.string(),
  figures: z.record(z.string(), z.strictObject({ value: z.number(), unit: z.string().min(1) })),
  ratios: z.record(z.string(), z.number()),
  aims: z.record(
    z.string(),
    z.strictObject({ aim: z.string().regex(/^(>=|<=|<) \d/), value: z.number(), met: z.boolean() }),
  ),
})

/** A name that each benchmark measures itself against; those of pages have no peer. */
const PEERS: Readonly<Record<string, readonly string[]>> = {
  app: [],
  auth: ['unsigned'],
  health: ['unnoted'],
  merge: ['plain'],
  mirror: ['bare'],
  replication: ['plain-rxdb-memory', 'pouchdb-leveldb'],
  storage: ['memory', 'dexie', 'raw-sqlite-full', 'outpost-uncached-full', "RxDB's test"],
}

const LONG: ReadonlySet<string> = new Set(['app', 'health', 'replication'])

describe('the benchmarks', { timeout: DEADLINE_MS }, () => {
  let state = ''

  beforeAll(() => {
    mkdirSync(join(ROOT, '.outpost'), { recursive: true })
    state = mkdtempSync(join(ROOT, '.outpost', 'test-bench-'))
  })
  afterAll(() => rmSync(state, { recursive: true, force: true }))

  it('are listed when none is named', async () => {
    const { stdout } = await run(process.execPath, [join(ROOT, 'scripts', 'bench.mjs')])
    expect(stdout.match(/^ {2}\S+/gm)).toEqual(Object.keys(PEERS).map((name) => `  ${name}`))
    for (const { description } of listBenchmarks(ROOT)) expect(stdout).toContain(description)
  })

  // That of replication installs a peer of its own and starts a fleet of branches, those of pages Chromium.
  const benchmarks = Object.entries(PEERS).filter(([name]) => isLongRun || !LONG.has(name))

  it.each(benchmarks)('%s ends with one line of figures, ratios and aims', async (name, peers) => {
    const { stdout, stderr } = await runBenchmark(name, ['--json', '--size', SMALLEST])
    const lines = stdout.trimEnd().split('\n')
    const { bench, figures, ratios, aims } = lastLine.parse(JSON.parse(lines.at(-1)!))
    expect(lines).toHaveLength(1)
    expect(stderr).not.toContain('Error')
    expect(bench).toBe(name)
    for (const peer of peers) {
      expect(Object.keys(figures).filter((figure) => figure.includes(peer))).not.toEqual([])
      expect(Object.keys(ratios).filter((ratio) => ratio.includes(peer))).not.toEqual([])
    }
    expect(Object.keys(aims)).not.toEqual([])
  })

  it('refuse a size that is none', async () => {
    const refused = runBenchmark('merge', ['--size', 'many'])
    await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--size') as string })
  })

  function runBenchmark(name: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
    const env = { ...process.env, OUTPOST_STATE: state, MYSQL_URL: process.env['OUTPOST_TEST_MYSQL_URL'] }
    return run(process.execPath, [join(ROOT, 'dist', 'bench', `${name}.js`), ...args], { env })
  }
})
