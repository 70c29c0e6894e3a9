import { expect, it } from 'vitest'
import { DIGEST_BUCKETS } from '../../../adapters/sqlite/digest-ledger.ts'
import { digestsRequestSchema, digestsResponseSchema } from '../../../schemas/protocol/exchange.ts'

const request = (...buckets: number[]) => ({
  head: { epoch: 'e', seq: 1 },
  positions: {},
  collections: [],
  collection: 'orders',
  scope: 'north',
  documents: { buckets, after: 0 },
})

it('asks for buckets that there are, all of them at most', () => {
  const all = Array.from({ length: DIGEST_BUCKETS }, (_, number) => number)
  expect(digestsRequestSchema.safeParse(request(...all)).success).toBe(true)
  expect(digestsRequestSchema.safeParse(request(DIGEST_BUCKETS)).success).toBe(false)
  expect(digestsRequestSchema.safeParse(request(...all, 0)).success).toBe(false)
})

it('is answered with buckets that there are', () => {
  const answer = (number: number) => ({
    head: { epoch: 'e', seq: 1 },
    priority: 0,
    level: {},
    buckets: [{ number, documents: 1, sum: 1 }],
  })
  expect(digestsResponseSchema.safeParse(answer(DIGEST_BUCKETS - 1)).success).toBe(true)
  expect(digestsResponseSchema.safeParse(answer(DIGEST_BUCKETS)).success).toBe(false)
})
