/**
 * The storage beside RxDB's memory storage: random histories of writes, queries, pages of changes, cleanups and
 * re-openings must get the same answers from both. `OUTPOST_SEED=17` runs one history alone.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { proofCount, proofTimeout } from '../support/proof-scale.ts'
import { randomHistory } from './random-history.ts'
import { runHistory, type Agreement } from './run-history.ts'
import { shrinkHistory } from './shrink-history.ts'
import { openStorageFixture, type StorageFixture } from './storage-fixture.ts'

const ONE = process.env['OUTPOST_SEED']
const SEEDS = ONE === undefined ? Array.from({ length: proofCount(5000) }, (_, i) => i) : [Number(ONE)]

let fixture: StorageFixture

beforeAll(() => {
  fixture = openStorageFixture()
})

afterAll(() => fixture.close())

describe('the storage answers as RxDB does in memory', () => {
  it.each([
    ['without attachments', false],
    ['with attachments', true],
  ])(
    'through random histories %s',
    async (_, attachments) => {
      const agreement: Agreement = { queries: 0, agreed: 0 }
      for (const seed of SEEDS) {
        const history = randomHistory(seed, attachments)
        const difference = await runHistory(fixture, history, agreement)
        if (difference === undefined) continue
        const smallest = await shrinkHistory(history, async (one) => (await runHistory(fixture, one)) !== undefined)
        const found = (await runHistory(fixture, smallest)) ?? difference
        const operations = smallest.operations.map((operation) => JSON.stringify(operation)).join('\n')
        throw new Error(`OUTPOST_SEED=${seed}: ${found}\nby this history:\n${operations}`)
      }
      // Memory is wrong where its index strings cannot tell values apart. Were it wrong often, the oracle would be.
      if (SEEDS.length > 1) expect(agreement.agreed / agreement.queries).toBeGreaterThan(0.9)
    },
    proofTimeout(60_000),
  )
})
