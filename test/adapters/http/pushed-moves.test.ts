/** Who moved an order, as clients push it that know less than the node, or wish that it was otherwise. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeDocument } from '../../../adapters/exchange/write-documents.ts'
import type { WriterId } from '../../../schemas/brand.ts'
import { MAX_TAKEN_MOVES, orders, type OrderMove } from '../../../schemas/collections/orders.ts'
import { formatStamp } from '../../../schemas/hlc.ts'
import { canonicalJson, type Doc } from '../../../schemas/json.ts'
import { replicatedState } from '../../../schemas/merge-spec.ts'
import { pushedOrder, serveAtBranch, type ServedCollections } from './serve-collections.ts'

const AT = '2026-03-01T10:00:00.000Z'
const LI: OrderMove = { id: 'm1', at: AT, by: 'Li', to: 'paid', round: 1 }
const WANG: OrderMove = { id: 'm2', at: AT, by: 'Wang', approvedBy: 'Zhang', to: 'refunded', round: 1, reason: 'Cold' }
const KITCHEN: OrderMove = { id: 'm3', at: AT, by: 'Kitchen', to: 'closed', round: 1 }
const manyMoves = (count: number, prefix: string): OrderMove[] =>
  Array.from({ length: count }, (_, n) => ({ ...LI, id: `${prefix}${n}` }))

let node: ServedCollections

beforeEach(async () => {
  node = await serveAtBranch()
})

afterEach(() => node.close())

const stored = () => replicatedState(node.replica.store.table('orders').get('o1')!)
const namesOf = (order: Doc) => (order['moves'] as OrderMove[]).map(({ by }) => by).toSorted()
const early = formatStamp(1, 0, 'device01' as WriterId)
const late = formatStamp(1_800_000_000_000, 0, 'device01' as WriterId)

async function push(newDocumentState: Doc, assumedMasterState?: Doc): Promise<Doc[]> {
  const { body } = await node.push([{ newDocumentState, ...(assumedMasterState && { assumedMasterState }) }])
  return body as Doc[]
}

/** The stored order, as a device that stamps itself says that it is. */
function claimed(moves: readonly OrderMove[], dotsOf: (move: OrderMove) => object): Doc {
  const order = stored()
  const clock = order['clock'] as Doc
  const said = Object.fromEntries(moves.map((move) => [canonicalJson(move), dotsOf(move)]))
  return { ...order, moves, clock: { ...clock, s: { moves: said } } }
}

async function refundedByWang(): Promise<{ before: Doc }> {
  await push(pushedOrder('o1', { moves: [LI] }))
  const before = stored()
  await push({ ...before, status: 'refunded', moves: [LI, WANG] }, before)
  return { before }
}

describe('a client that stamps nothing', () => {
  it('keeps a move that it had not heard of beside its own', async () => {
    const { before } = await refundedByWang()
    const [answer] = await push({ ...before, note: 'late', moves: [LI, KITCHEN] }, before)
    expect(namesOf(stored())).toEqual(['Kitchen', 'Li', 'Wang'])
    expect(answer).toEqual(stored())
  })

  it.each([
    ['takes away', []],
    ['writes anew', [LI, { ...WANG, by: 'Nobody', approvedBy: 'Nobody' }]],
  ])('%s no move, and is told what stands', async (_what, moves) => {
    await refundedByWang()
    const before = stored()
    expect(await push({ ...before, moves }, before)).toEqual([before])
    expect(stored()).toEqual(before)
    expect(await push(pushedOrder('o1', { status: 'refunded', moves }))).toEqual([before])
  })

  it('keeps what was meanwhile added to another set, and takes out what it took out', async () => {
    const member = {
      id: 'r-1',
      scope: 'shared',
      generation: 0,
      name: 'Ada',
      registrations: [],
      aliases: [],
      followUps: [],
    }
    await node.push([{ newDocumentState: { ...member, tags: ['late', 'vip'] } }], 'members')
    const tags = () => node.replica.store.table('members').get('r-1')!['tags']
    const before = { ...member, tags: ['late', 'vip'] }
    await node.push(
      [{ newDocumentState: { ...member, tags: ['late', 'vip', 'tea'] }, assumedMasterState: before }],
      'members',
    )
    await node.push([{ newDocumentState: { ...member, tags: ['new', 'vip'] }, assumedMasterState: before }], 'members')
    expect(tags()).toEqual(['new', 'tea', 'vip'])
  })
})

describe('a device that stamps itself', () => {
  it('is refused the removal of a move', async () => {
    await refundedByWang()
    const before = stored()
    await push({ ...claimed([LI, WANG], () => ({ a: [late], x: [late] })), moves: [] })
    expect(node.exceptions.list()).toMatchObject([{ id: 'o1', code: 'DOCUMENT_INVALID', field: 'clock' }])
    expect(stored()).toEqual(before)
  })

  it('is refused another content under a move’s id where that claims to be the older one', async () => {
    await refundedByWang()
    const before = stored()
    await push(claimed([{ ...WANG, by: 'Nobody' }], () => ({ a: [early] })))
    expect(node.exceptions.list()).toMatchObject([{ id: 'o1', code: 'FIELD_IMMUTABLE', field: 'moves' }])
    expect(stored()).toEqual(before)
  })

  it('has a later content under a move’s id replaced by what stands, and its own moves taken', async () => {
    await refundedByWang()
    await push(claimed([{ ...WANG, by: 'Nobody' }, KITCHEN], () => ({ a: [late] })))
    expect(node.exceptions.list()).toEqual([])
    expect(namesOf(stored())).toEqual(['Kitchen', 'Li', 'Wang'])
  })

  it.each([
    ['in the document', () => claimed(manyMoves(MAX_TAKEN_MOVES + 1, 'n'), () => ({ a: [late] }))],
    [
      'that only the clock names',
      () => ({ ...claimed(manyMoves(MAX_TAKEN_MOVES + 1, 'n'), () => ({ a: [late] })), moves: [] }),
    ],
    ['with those that stand', () => claimed(manyMoves(MAX_TAKEN_MOVES - 1, 'n'), () => ({ a: [late] }))],
  ])('is refused more moves than an order can have: %s', async (_where, order) => {
    await refundedByWang()
    const before = stored()
    await push(order())
    expect(node.exceptions.list()).toMatchObject([{ id: 'o1', code: 'DOCUMENT_INVALID', field: 'moves' }])
    expect(stored()).toEqual(before)
  })
})

describe('a write by the node’s address', () => {
  const write = (fields: Doc) =>
    node.replica.store.transaction('test', (context) =>
      writeDocument(node.replica, context, orders, 'o1', (order) => ({ ...order, ...fields })),
    )

  it('takes no move away and writes none anew', async () => {
    await refundedByWang()
    const before = stored()
    expect(write({ moves: [] })).toMatchObject({ outcome: 'unchanged' })
    expect(write({ moves: [{ ...WANG, by: 'Nobody' }], note: 'x' })).toMatchObject({ outcome: 'updated' })
    expect(stored()['moves']).toEqual(before['moves'])
  })

  it.each([
    ['moves', manyMoves(MAX_TAKEN_MOVES + 1, 'n')],
    ['moves.1.id', [LI, { ...LI, id: 'z ' }]],
    ['moves.0.id', [{ ...LI, id: '\ud83d' }]],
  ])('is refused for its %s', async (field, moves) => {
    await push(pushedOrder('o1'))
    expect(write({ moves })).toMatchObject({ outcome: 'refused', refusal: { code: 'DOCUMENT_INVALID' } })
    expect(write({ moves })).toHaveProperty('refusal.field', field)
    expect(write({ moves: manyMoves(MAX_TAKEN_MOVES, 'n') })).toMatchObject({ outcome: 'updated' })
  })
})
