import { describe, expect, it } from 'vitest'
import { createDocumentValidator } from '../../../adapters/exchange/document-validator.ts'
import type { Hlc, WriterId } from '../../../schemas/brand.ts'
import { orders, type OrderMove } from '../../../schemas/collections/orders.ts'
import { formatStamp } from '../../../schemas/hlc.ts'
import type { Doc } from '../../../schemas/json.ts'
import { merge } from '../../../schemas/merge.ts'
import { stampWrite } from '../../../schemas/stamp-write.ts'

const validate = createDocumentValidator([orders])
const MOVE: OrderMove = {
  id: 'm1',
  at: '2026-03-01T10:00:00.000Z',
  by: 'Wang Wei',
  approvedBy: 'Zhang Min',
  to: 'refunded',
  round: 1,
  reason: 'Cold tea',
}
const SPILT: OrderMove = { ...MOVE, id: 'm2', by: 'Li', reason: 'Spilt' }
const PAID = {
  id: 'o1',
  branchId: 'b1',
  number: '1',
  placedAt: '2026-03-01T09:00:00.000Z',
  status: 'paid',
  round: 1,
  lines: [],
  total: 100,
  currency: 'CNY',
}

function write(before: Doc | undefined, after: Doc, second: number, writer: string): Doc {
  const stamp = (): Hlc => formatStamp(1_700_000_000_000 + second * 1000, 0, writer as WriterId)
  const written = stampWrite(orders.merge, before, after, stamp)
  if (!written.ok) throw new Error(written.reason)
  return written.doc
}

/** The order as it is once the writer has refunded it so. */
function refunded(before: Doc, move: OrderMove, second: number, writer: string): Doc {
  return write(
    before,
    { ...before, status: 'refunded', moves: [...(before['moves'] as OrderMove[]), move] },
    second,
    writer,
  )
}

const paid = write(undefined, PAID, 0, 'a')

describe('the moves of an order', () => {
  it('are all there after two refunded it for different reasons without knowing of each other', () => {
    const one = refunded(paid, MOVE, 1, 'a')
    const other = refunded(paid, SPILT, 1, 'b')
    const both = merge(orders.merge, one, other)
    expect(both).toMatchObject({ status: 'refunded', moves: [SPILT, MOVE] })
    expect(merge(orders.merge, other, one)).toEqual(both)
    expect(merge(orders.merge, both, one)).toEqual(both)
    expect(validate(orders, both)).toBeUndefined()
  })

  it('stay when a program sets the status alone', () => {
    const one = refunded(paid, MOVE, 1, 'a')
    const again = write(one, { id: 'o1', status: 'paid', round: 2, branchId: 'b1' }, 2, 'b')
    expect(again).toMatchObject({ status: 'paid', round: 2, moves: [MOVE] })
  })

  it.each([
    ['moves.0.to', { ...MOVE, to: 'conflicted' }, 'must be equal to one of the allowed values'],
    ['moves.0.at', { ...MOVE, at: 'yesterday' }, 'must match pattern'],
    ['moves.0.reason', { ...MOVE, reason: 'x'.repeat(301) }, 'must NOT have more than 300 characters'],
    ['moves.0.by', { ...MOVE, by: 'x'.repeat(101) }, 'must NOT have more than 100 characters'],
    ['moves.0.round', { ...MOVE, round: 0 }, 'must be >= 1'],
    ['moves.0.by', { id: 'm1', at: MOVE.at, to: 'paid', round: 1 }, "must have required property 'by'"],
    ['moves.0.price', { ...MOVE, price: 1 }, 'must NOT have additional properties'],
  ])('are refused where %s is not what it must be, in words that say so', (field, move, reason) => {
    const refusal = validate(orders, { ...paid, moves: [move] })
    expect(refusal).toMatchObject({ code: 'DOCUMENT_INVALID', field })
    expect(refusal!.reason).toContain(reason)
  })
})
