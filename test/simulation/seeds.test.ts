import { describe, expect, it } from 'vitest'
import { simulateSeed } from './simulate-seed.ts'

/** `npm run simulate` runs as many as one likes. */
const SEEDS = 50

describe('a chain in which everything happens that may', () => {
  it(`heals, whatever happened, for each of ${SEEDS} seeds`, async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const { failure } = await simulateSeed(seed)
      expect(
        failure && `npm run simulate -- --seed ${seed}\n${failure.message}\n${failure.story.join('\n')}`,
      ).toBeUndefined()
    }
  }, 300_000)

  it('has the same history whenever a seed is run', async () => {
    const first = await simulateSeed(1)
    expect((await simulateSeed(1)).digest).toBe(first.digest)
  })
})
