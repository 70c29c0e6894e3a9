import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Hlc, WriterId } from '../../schemas/brand.ts'
import { formatStamp } from '../../schemas/hlc.ts'
import {
  canMoveOrder,
  follows,
  historyKey,
  isOrderState,
  isRound,
  joinHistories,
  ORDER_STATES,
  ORDER_TRANSITIONS,
  statesOfRound,
  statusOf,
  type OrderState,
  type OrderStatus,
  type StatusHistory,
} from '../../schemas/order-status.ts'
import { wellFormedStamp } from './arbitrary-documents.ts'

const RUNS = { numRuns: 1000 }
const stamp = (wallMs: number): Hlc => formatStamp(wallMs, 0, 'w' as WriterId)
const reached = (...states: OrderState[]): StatusHistory =>
  Object.fromEntries(states.map((state, i) => [historyKey(1, state), stamp(i + 1)]))

/** What becomes of an order that stands in the row's state here and in the column's there. */
const JOINS: Record<OrderState, Record<OrderState, OrderStatus>> = {
  created: {
    created: 'created',
    paid: 'paid',
    fulfilled: 'fulfilled',
    closed: 'closed',
    cancelled: 'cancelled',
    refunded: 'refunded',
  },
  paid: {
    created: 'paid',
    paid: 'paid',
    fulfilled: 'fulfilled',
    closed: 'closed',
    cancelled: 'conflicted',
    refunded: 'refunded',
  },
  fulfilled: {
    created: 'fulfilled',
    paid: 'fulfilled',
    fulfilled: 'fulfilled',
    closed: 'closed',
    cancelled: 'conflicted',
    refunded: 'refunded',
  },
  closed: {
    created: 'closed',
    paid: 'closed',
    fulfilled: 'closed',
    closed: 'closed',
    cancelled: 'conflicted',
    refunded: 'conflicted',
  },
  cancelled: {
    created: 'cancelled',
    paid: 'conflicted',
    fulfilled: 'conflicted',
    closed: 'conflicted',
    cancelled: 'cancelled',
    refunded: 'conflicted',
  },
  refunded: {
    created: 'refunded',
    paid: 'refunded',
    fulfilled: 'refunded',
    closed: 'conflicted',
    cancelled: 'conflicted',
    refunded: 'refunded',
  },
}

/** Where a person may move an order within its round; in a new round an order in one of the last four goes anywhere. */
const MOVES: Record<OrderStatus, readonly OrderState[]> = {
  created: ['paid', 'fulfilled', 'closed', 'cancelled', 'refunded'],
  paid: ['fulfilled', 'closed', 'refunded'],
  fulfilled: ['closed', 'refunded'],
  closed: [],
  cancelled: [],
  refunded: [],
  conflicted: [],
}
const TERMINAL: readonly OrderStatus[] = ['closed', 'cancelled', 'refunded', 'conflicted']
const STATUSES = [...ORDER_STATES, 'conflicted'] as const
const PAIRS = ORDER_STATES.flatMap((a) => ORDER_STATES.map((b) => [a, b] as const))
const STATUS_PAIRS = STATUSES.flatMap((a) => STATUSES.map((b) => [a, b] as const))

const entryKey = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(...ORDER_STATES))
    .map(([round, state]) => `${round}:${state}`),
  fc.constantFrom(
    '01:paid',
    '0:paid',
    '1:',
    ':paid',
    '1:conflicted',
    '1:paid:x',
    '1e3:paid',
    ' 1:paid',
    '1000001:paid',
  ),
  fc.constantFrom('__proto__', 'constructor', '1:toString', '-1:paid', '1.5:paid', '9007199254740993:paid'),
)
const history = fc
  .array(fc.tuple(entryKey, fc.oneof({ weight: 5, arbitrary: wellFormedStamp }, fc.jsonValue())))
  .map((entries) => Object.fromEntries(entries) as StatusHistory)
const anyHistory = fc.oneof({ weight: 9, arbitrary: history }, fc.jsonValue() as fc.Arbitrary<never>)

describe('two histories of one round', () => {
  test.each(PAIRS)('%s here and %s there', (a, b) => {
    const joined = statusOf(joinHistories(reached('created', a), reached('created', b)))
    expect(joined).toEqual({ status: JOINS[a][b], round: 1 })
    expect(statusOf(joinHistories(reached(b), reached(a)))).toEqual({ status: JOINS[b][a], round: 1 })
    expect(JOINS[a][b]).toBe(JOINS[b][a])
  })

  test('in contradiction stay so whatever else is reached, until the next round', () => {
    for (const [a, b] of PAIRS.filter(([x, y]) => JOINS[x][y] === 'conflicted')) {
      for (const c of ORDER_STATES) expect(statusOf(reached(a, b, c))).toEqual({ status: 'conflicted', round: 1 })
      for (const c of ORDER_STATES) {
        const decided = joinHistories(reached(a, b), { [historyKey(2, c)]: stamp(9) })
        expect(statusOf(decided)).toEqual({ status: c, round: 2 })
        expect(statusOf(joinHistories(decided, reached(...ORDER_STATES)))).toEqual({ status: c, round: 2 })
      }
    }
  })
})

describe('joining histories', () => {
  test('is a semilattice on anything that claims to be a history', () => {
    fc.assert(
      fc.property(anyHistory, anyHistory, anyHistory, (a, b, c) => {
        expect(joinHistories(a, b)).toEqual(joinHistories(b, a))
        expect(joinHistories(joinHistories(a, b), c)).toEqual(joinHistories(a, joinHistories(b, c)))
        const joined = joinHistories(a, b)
        expect(joinHistories(joined, joined)).toEqual(joined)
        expect(joinHistories(joined, a)).toEqual(joined)
        expect(joinHistories(joined, {})).toEqual(joined)
      }),
      RUNS,
    )
  })

  test('never takes a status back: the round only grows, and within a round the status only follows', () => {
    fc.assert(
      fc.property(history, history, (a, b) => {
        const before = statusOf(joinHistories(a, a))
        const after = statusOf(joinHistories(a, b))
        if (!before) return
        expect(after!.round).toBeGreaterThanOrEqual(before.round)
        if (after!.round > before.round || after!.status === before.status || after!.status === 'conflicted') return
        expect(before.status !== 'conflicted' && follows(after!.status, before.status)).toBe(true)
      }),
      RUNS,
    )
  })

  test('keeps the newer of two stamps of one state, and no entry that is none', () => {
    const a = { '1:paid': stamp(1), '1:bought': stamp(9), '01:paid': stamp(9), '1:closed': 'soon' as Hlc }
    expect(joinHistories(a, { '1:paid': stamp(2) })).toEqual({ '1:paid': stamp(2) })
  })

  test('of no entries has no status', () => {
    expect(statusOf({})).toBeUndefined()
    expect(statusOf({ '0:paid': stamp(1), '1000001:paid': stamp(1) })).toBeUndefined()
  })
})

describe('what a person may do', () => {
  test.each(STATUS_PAIRS)('in a round, from %s to %s', (from, to) => {
    const allowed = to !== 'conflicted' && MOVES[from].includes(to)
    expect(canMoveOrder({ status: from, round: 1 }, { status: to, round: 1 })).toBe(allowed)
  })

  test.each(STATUS_PAIRS)('opening the next round, from %s to %s', (from, to) => {
    const allowed = to !== 'conflicted' && TERMINAL.includes(from)
    expect(canMoveOrder({ status: from, round: 4 }, { status: to, round: 5 })).toBe(allowed)
  })

  test.each(STATUS_PAIRS)('skipping a round or going back one, from %s to %s', (from, to) => {
    for (const round of [1, 3, 6, 0, -1, 4.5, Number.NaN]) {
      expect(canMoveOrder({ status: from, round: 4 }, { status: to, round })).toBe(false)
    }
  })

  test('a move that is allowed decides the status of the order', () => {
    for (const [from, to] of PAIRS.filter(([a, b]) => canMoveOrder({ status: a, round: 1 }, { status: b, round: 1 }))) {
      expect(statusOf(reached(from, to))).toEqual({ status: to, round: 1 })
    }
  })

  test('transitions have no cycle, and following is their transitive closure', () => {
    for (const [a, b] of PAIRS) {
      expect(follows(a, a)).toBe(false)
      if (follows(b, a)) expect(follows(a, b)).toBe(false)
      if (ORDER_TRANSITIONS[a].includes(b)) expect(follows(b, a)).toBe(true)
      for (const c of ORDER_STATES) if (follows(b, a) && follows(c, b)) expect(follows(c, a)).toBe(true)
    }
  })
})

describe('the pieces of a history', () => {
  test('the states of a round are those that were reached in it', () => {
    const both = joinHistories(reached('created', 'paid'), { '2:closed': stamp(5), '2:odd': stamp(6) })
    expect(statesOfRound(both, 1)).toEqual(['created', 'paid'])
    expect(statesOfRound(both, 2)).toEqual(['closed'])
    expect(statesOfRound(both, 3)).toEqual([])
  })

  test('a round is a whole number that the schema of orders allows', () => {
    expect([1, 2, 1_000_000].every(isRound)).toBe(true)
    expect([0, -1, 1.5, 1_000_001, Number.NaN, Infinity, '1', null].some(isRound)).toBe(false)
  })

  test('conflicted is no state that anybody reaches', () => {
    expect(ORDER_STATES.every(isOrderState)).toBe(true)
    expect(['conflicted', '', 'constructor', 1, null, undefined].some(isOrderState)).toBe(false)
  })
})
