import { expect, it } from 'vitest'
import { proofCount, proofTimeout } from '../support/proof-scale.ts'
import { simulateSeed } from './simulate-truth.ts'

const SEEDS = proofCount(200)

it(
  `neither calls in sync what is not, nor raises an alarm that lasts, in ${SEEDS} chains in which all that may goes wrong`,
  async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const { failure } = await simulateSeed(seed)
      expect(
        failure && `npm run simulate -- --truth --seed ${seed}\n${failure.message}\n${failure.story.join('\n')}`,
      ).toBeUndefined()
    }
  },
  proofTimeout(120_000),
)
