import { expect, test } from 'vitest'
import { parkedInWords, refusedInWords } from '../../../cloud-node/cli/mirror-words.ts'

const at = '2026-03-01T08:00:00.000Z'

test('what is not listed any more is counted', () => {
  const parked = [{ collection: 'products', documentId: 'tea', seq: 1, reason: 'too long', at }]
  expect(parkedInWords({ parked, total: 1 })).not.toContain('more')
  expect(parkedInWords({ parked, total: 2685 }).split('\n')).toEqual([
    `products tea: too long, at ${at}`,
    'and 2684 more',
  ])
  const refused = [{ collection: 'products', documentId: 'tea', table: 'product', reason: 'no number', at }]
  expect(refusedInWords({ refused, total: 1 })).not.toContain('more')
  expect(refusedInWords({ refused, total: 2685 }).split('\n')).toEqual([
    `products tea, change of product: no number, at ${at}`,
    'and 2684 more',
  ])
})
