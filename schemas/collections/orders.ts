/** Orders: one branch's, known to it and to headquarters; they keep what was sold as it was then. */
import {
  CURRENCY_PROPERTY,
  ID_PROPERTY,
  MONEY_PROPERTY,
  SIDECAR_PROPERTIES,
  TIME_PROPERTY,
  type CollectionDeclaration,
  type Refusal,
} from '../collection.ts'
import { orderContribution } from '../contribution.ts'
import { isRecord, type Doc } from '../json.ts'
import { dotsOf, sidecarOf } from '../merge-spec.ts'
import { withSet } from '../migrations.ts'
import { ORDER_STATES, type OrderState, type OrderStatus } from '../order-status.ts'
import { orderSale } from '../sale.ts'

/** What was sold, as it was called and priced at that moment. Money in minor units. */
export interface OrderLine {
  productId: string
  name: string
  price: number
  quantity: number
  /** Taken off this line. */
  discount: number
  /** `price × quantity − discount`, rounded half away from zero. */
  total: number
}

/**
 * Who moved an order to a state, and why. Never changed and never taken away, whatever a program writes: of two devices
 * that moved it without knowing of each other, both stand; under one id, what was noted first. A program that sets the
 * status alone leaves none.
 */
export interface OrderMove {
  id: string
  at: string
  /** The name of whoever did it, as it was then. */
  by: string
  /** The name of the manager who said yes to it, where that was somebody else. */
  approvedBy?: string
  to: OrderState
  /** Of the order afterwards. */
  round: number
  reason?: string
}

/** For who moves one more. No bound of the schema: two sides that stay below it can be above it when they are merged. */
export const MAX_ORDER_MOVES = 200
/** What a node takes: far above the other one, so that no two sides that keep to that come near it together. */
export const MAX_TAKEN_MOVES = 1000
export const MAX_MOVE_REASON_LENGTH = 300

export interface OrderDocument {
  id: string
  branchId: string
  /** What people call it; unique within the branch by convention. */
  number: string
  placedAt: string
  status: OrderStatus
  /** Counts reopenings, from 1. */
  round: number
  /** As it was written, for ever; `resolveMember` finds today's member. */
  memberId?: string
  registrationId?: string
  lines: OrderLine[]
  total: number
  currency: string
  pointsEarned?: number
  pointsSpent?: number
  /** Stored value spent, minor units. */
  valueSpent?: number
  payment?: string
  note?: string
  source?: string
  legacyId?: string
  moves: OrderMove[]
}

const ROUND_PROPERTY = { type: 'integer', minimum: 1, maximum: 1_000_000, multipleOf: 1 } as const

export const orders: CollectionDeclaration = {
  name: 'orders',
  schema: {
    version: 1,
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: ID_PROPERTY,
      branchId: { type: 'string', maxLength: 64, minLength: 1 },
      number: { type: 'string', maxLength: 64 },
      placedAt: TIME_PROPERTY,
      status: { type: 'string', maxLength: 16 },
      round: ROUND_PROPERTY,
      memberId: { type: 'string', maxLength: 128 },
      registrationId: { type: 'string', maxLength: 128 },
      lines: {
        type: 'array',
        maxItems: 1000,
        items: {
          type: 'object',
          properties: {
            productId: { type: 'string', maxLength: 128 },
            name: { type: 'string', maxLength: 200 },
            price: MONEY_PROPERTY,
            quantity: { type: 'number', minimum: -1e9, maximum: 1e9 },
            discount: MONEY_PROPERTY,
            total: MONEY_PROPERTY,
          },
          required: ['productId', 'name', 'price', 'quantity', 'discount', 'total'],
          additionalProperties: false,
        },
      },
      total: MONEY_PROPERTY,
      currency: CURRENCY_PROPERTY,
      pointsEarned: { type: 'integer', minimum: 0, maximum: 1e12 },
      pointsSpent: { type: 'integer', minimum: 0, maximum: 1e12 },
      valueSpent: { ...MONEY_PROPERTY, minimum: 0 },
      payment: { type: 'string', maxLength: 64 },
      note: { type: 'string', maxLength: 4000 },
      source: { type: 'string', maxLength: 64 },
      legacyId: { type: 'string', maxLength: 128 },
      moves: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            id: ID_PROPERTY,
            at: TIME_PROPERTY,
            by: { type: 'string', maxLength: 100 },
            approvedBy: { type: 'string', maxLength: 100 },
            to: { type: 'string', enum: ORDER_STATES },
            round: ROUND_PROPERTY,
            reason: { type: 'string', maxLength: MAX_MOVE_REASON_LENGTH },
          },
          required: ['id', 'at', 'by', 'to', 'round'],
          additionalProperties: false,
        },
      },
      ...SIDECAR_PROPERTIES,
    },
    required: ['id', 'branchId', 'number', 'placedAt', 'status', 'round', 'lines', 'total', 'currency', 'moves'],
    indexes: ['placedAt', 'status', 'memberId', 'registrationId'],
    additionalProperties: false,
  },
  migrations: { 1: withSet('moves') },
  syncClass: 80,
  direction: 'both',
  scope: { field: 'branchId' },
  merge: {
    key: 'id',
    immutable: ['branchId', 'placedAt', 'source', 'legacyId'],
    registers: {
      content: ['lines', 'total', 'currency', 'pointsEarned', 'pointsSpent', 'valueSpent'],
      member: ['memberId', 'registrationId'],
    },
    sets: ['moves'],
    growing: ['moves'],
    hasStatus: true,
    heldOncePaid: [['memberId', 'registrationId'], ['currency']],
    authority: [],
  },
  mirror: [
    {
      table: 'orders',
      key: ['id'],
      columns: {
        id: { from: 'id', type: 'key' },
        branch_id: { from: 'branchId', type: 'key' },
        number: { from: 'number', type: 'text' },
        placed_at: { from: 'placedAt', type: 'datetime' },
        status: { from: 'status', type: 'text' },
        round: { from: 'round', type: 'integer' },
        member_id: { from: 'memberId', type: 'key' },
        registration_id: { from: 'registrationId', type: 'key' },
        total: { from: 'total', type: 'money' },
        currency: { from: 'currency', type: 'text' },
        points_earned: { from: 'pointsEarned', type: 'integer' },
        points_spent: { from: 'pointsSpent', type: 'integer' },
        value_spent: { from: 'valueSpent', type: 'money' },
        payment: { from: 'payment', type: 'text' },
        note: { from: 'note', type: 'longtext' },
        source: { from: 'source', type: 'text' },
        legacy_id: { from: 'legacyId', type: 'text' },
      },
      indexes: [['branch_id', 'placed_at'], ['placed_at'], ['member_id'], ['registration_id'], ['status']],
    },
    {
      table: 'order_line',
      key: ['order_id', 'line_no'],
      each: 'lines',
      columns: {
        order_id: { from: '^id', type: 'key' },
        line_no: { from: '#', type: 'integer' },
        product_id: { from: 'productId', type: 'key' },
        name: { from: 'name', type: 'text' },
        price: { from: 'price', type: 'money' },
        quantity: { from: 'quantity', type: 'decimal' },
        discount: { from: 'discount', type: 'money' },
        total: { from: 'total', type: 'money' },
      },
      indexes: [['product_id']],
    },
    {
      table: 'order_move',
      key: ['order_id', 'move_id'],
      each: 'moves',
      columns: {
        order_id: { from: '^id', type: 'key' },
        move_id: { from: 'id', type: 'key' },
        moved_at: { from: 'at', type: 'datetime' },
        moved_by: { from: 'by', type: 'text' },
        approved_by: { from: 'approvedBy', type: 'text' },
        status: { from: 'to', type: 'text' },
        round: { from: 'round', type: 'integer' },
        reason: { from: 'reason', type: 'longtext' },
      },
    },
  ],
  refuse: refuseMoves,
  contribution: orderContribution,
  sale: orderSale,
}

/** What no merge can undo is not let in: too many moves, a removal, an id that a table of the mirror cannot tell from others. */
function refuseMoves(doc: Doc): Refusal | undefined {
  const noted: unknown = sidecarOf(doc).s?.['moves']
  const dots = isRecord(noted) ? Object.values(noted) : []
  const moves = Array.isArray(doc['moves']) ? (doc['moves'] as unknown[]) : []
  if (Math.max(moves.length, dots.length) > MAX_TAKEN_MOVES) {
    return { code: 'DOCUMENT_INVALID', field: 'moves', reason: `moves: an order has at most ${MAX_TAKEN_MOVES}` }
  }
  if (dots.some((dot) => dotsOf(dot, 'x').length > 0)) {
    return { code: 'DOCUMENT_INVALID', field: 'clock', reason: 'clock: who moved an order cannot be taken away' }
  }
  const odd = moves.findIndex((move) => !(isRecord(move) && PLAIN_ID.test(String(move['id']))))
  if (odd < 0) return undefined
  const field = `moves.${odd}.id`
  return { code: 'DOCUMENT_INVALID', field, reason: `${field}: only visible characters of ASCII` }
}

const PLAIN_ID = /^[!-~]+$/
