/** Reading a store from end to end holds no more memory at its end than near its beginning. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Paging } from '../../../bench/support/storage-paging.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { proofCount, proofTimeout } from '../../support/proof-scale.ts'

const run = promisify(execFile)
const SCRIPT = fileURLToPath(new URL('../../../dist/bench/support/storage-paging.js', import.meta.url))
const DOCUMENTS = proofCount(1_000_000)
/** What may come and go with a page. The cache of the process, 4 Mi UTF-16 units, has turned over after a tenth. */
const SLACK_MB = 10
/** Of the old generation. A hundred thousand parsed orders need more than twice that: who holds them all dies. */
const HEAP_MB = 96

let folder: { path: string; remove: () => void }

beforeAll(async () => {
  folder = temporaryFolder()
  await inProcess('fill')
}, proofTimeout(60_000))

afterAll(() => folder.remove())

describe('a store of many documents', () => {
  it.each([
    ['by its changes, 100 a page', 'changes-100'],
    ['by its changes, 1000 a page', 'changes-1000'],
    ['by an index in ranges', 'index-range'],
    ["by an index in ranges with a condition for RxDB's matcher", 'inexact-range'],
  ])(
    'is read %s, and holds no more in memory at the end than after a tenth',
    async (_, way) => {
      const { documents, heldMb } = JSON.parse(await inProcess(way)) as Paging
      expect(documents).toBe(DOCUMENTS)
      expect(heldMb.length).toBeGreaterThanOrEqual(20)
      const afterTenth = heldMb[1]!
      expect(Math.max(...heldMb.slice(10))).toBeLessThan(afterTenth + SLACK_MB)
    },
    proofTimeout(60_000),
  )

  it(
    'is searched in one query that no index answers, in less memory than its documents need',
    async () => {
      const { documents } = JSON.parse(await inProcess('inexact-whole')) as Paging
      // Their numbers start at A-0.
      expect(documents).toBe(Math.ceil(DOCUMENTS / 10_000) - 1)
    },
    proofTimeout(60_000),
  )
})

/** @returns what the process says */
async function inProcess(way: string): Promise<string> {
  const flags = [`--max-old-space-size=${HEAP_MB}`]
  const { stdout } = await run(process.execPath, [...flags, SCRIPT, way, folder.path, String(DOCUMENTS)])
  return stdout
}
