/** RxDB's own performance tests on our storage: that they come through and measure all they should, not how fast. */
import { runPerformanceTests } from 'rxdb/plugins/test-utils'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { proofCount, proofTimeout } from '../support/proof-scale.ts'
import { openStorageFixture, type StorageFixture } from './storage-fixture.ts'

const SMALL = { runs: 1, docsAmount: 60, serialDocsAmount: 5, waitBetweenTests: 0 }
/** RxDB's defaults. */
const WHOLE = { runs: 40, docsAmount: 3000, serialDocsAmount: 50 }

let fixture: StorageFixture

beforeAll(() => {
  fixture = openStorageFixture()
})

afterAll(() => fixture.close())

it(
  "completes RxDB's performance tests with a time for everything that they measure",
  async () => {
    const config = proofCount(40) >= 40 ? WHOLE : SMALL
    const result = await runPerformanceTests(fixture.storage(), 'sqlite-outpost', { ...config, log: false })
    const { description, ...numbers } = result
    expect(description).toBe('sqlite-outpost')
    const { docsAmount, serialDocsAmount } = config
    expect(numbers).toEqual({
      collectionsAmount: 4,
      docsAmount,
      'time-to-first-insert': expect.any(Number),
      [`insert-documents-${docsAmount / 6}`]: expect.any(Number),
      [`find-by-ids-${docsAmount}`]: expect.any(Number),
      [`serial-inserts-${serialDocsAmount}`]: expect.any(Number),
      [`serial-find-by-id-${serialDocsAmount}`]: expect.any(Number),
      'find-by-query': expect.any(Number),
      'find-by-query-parallel-4': expect.any(Number),
      '4x-count': expect.any(Number),
      'property-access': expect.any(Number),
    })
    for (const time of Object.values(numbers)) expect(Number.isFinite(time)).toBe(true)
  },
  proofTimeout(60_000),
)
