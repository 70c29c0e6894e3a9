import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeExport } from '../../adapters/cli/exception-export.ts'
import { temporaryFolder } from '../support/node-process.ts'

/** Node 20 runs no TypeScript. */
const MODULE = new URL('../../dist/adapters/cli/exception-export.js', import.meta.url).href

let folder: { path: string; remove: () => void }
let file: string

beforeEach(() => {
  folder = temporaryFolder()
  file = join(folder.path, 'exceptions.csv')
  writeFileSync(file, 'old')
})

afterEach(() => folder.remove())

it('leaves nothing beside the file where a person ends it', () => {
  expect(endedBy('SIGINT')).toBe('SIGINT')
  expect(readdirSync(folder.path)).toEqual(['exceptions.csv'])
  expect(readFileSync(file, 'utf8')).toBe('old')
})

it('clears what a killed one had begun, and not what another one writes', async () => {
  expect(endedBy('SIGKILL')).toBe('SIGKILL')
  expect(readdirSync(folder.path)).toEqual(['exceptions.csv', expect.stringMatching(/\.tmp$/)])
  let beside: string[] = []
  async function* pages(): AsyncGenerator<{ lines: string; count: number }> {
    const other = writeExport(file, onePage('other'))
    beside = readdirSync(folder.path)
    expect(await other).toBe(1)
    yield { lines: 'mine', count: 1 }
  }
  await writeExport(file, pages())
  expect(beside.filter((name) => name.endsWith('.tmp'))).toHaveLength(1)
  expect(readFileSync(file, 'utf8')).toBe('mine')
  expect(readdirSync(folder.path)).toEqual(['exceptions.csv'])
})

async function* onePage(lines: string): AsyncGenerator<{ lines: string; count: number }> {
  yield await Promise.resolve({ lines, count: 1 })
}

/** An export in a process of its own, which is ended when its first page is written. */
function endedBy(signal: NodeJS.Signals): NodeJS.Signals | null {
  const code = `import { writeExport } from ${JSON.stringify(MODULE)}
    async function* pages() {
      yield { lines: 'half', count: 1 }
      process.kill(process.pid, ${JSON.stringify(signal)})
      await new Promise((resolve) => setTimeout(resolve, 60_000))
    }
    await writeExport(${JSON.stringify(file)}, pages())`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', code]).signal
}
