import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { TestSpecification, Vitest } from 'vitest/node'
import { RandomHistoriesFirst } from './random-histories-first.ts'

const ROOT = '/outpost'
const sizes: Readonly<Record<string, number>> = {
  'test/schemas/phone.test.ts': 300,
  'test/simulation/seeds.test.ts': 100,
  'test/truth/truth.test.ts': 200,
  'test/support/simulation/chain.test.ts': 400,
}
/** Nothing is known of how long a file took. */
const cache = {
  getFileTestResults: () => undefined,
  getFileStats: (key: string) => ({ size: sizes[key.replace('product:', '')] }),
}
const project = { name: 'product', config: { sequence: { groupOrder: 0 } } }

it('files of random histories come first, then the largest', async () => {
  const order = new RandomHistoriesFirst({ config: { root: ROOT }, cache } as unknown as Vitest)
  const files = Object.keys(sizes).map((file) => ({ moduleId: join(ROOT, file), project }))
  const sort = order.sort.bind(order)
  const sorted = await sort(files as unknown as TestSpecification[])
  expect(sorted.map(({ moduleId }) => moduleId.slice(ROOT.length + 1))).toEqual([
    'test/truth/truth.test.ts',
    'test/simulation/seeds.test.ts',
    'test/support/simulation/chain.test.ts',
    'test/schemas/phone.test.ts',
  ])
})
