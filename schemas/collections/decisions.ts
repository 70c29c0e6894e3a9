/**
 * Decisions: what headquarters has decided about the identity of members, one after the other, signed, never changed and
 * never purged. Who holds which number, which id stands for whom, and what is erased follows from them alone.
 */
import { ID_PROPERTY, SIDECAR_PROPERTIES, TIME_PROPERTY, type CollectionDeclaration } from '../collection.ts'
import type { IdentityEffects } from '../identity.ts'

export const DECISION_KINDS = [
  'phone',
  'share',
  'merge',
  'admit',
  'release',
  'split',
  'delete',
  'revive',
  'erase',
] as const
export type DecisionKind = (typeof DECISION_KINDS)[number]

export interface DecisionDocument extends IdentityEffects {
  id: string
  /** Counts headquarters' decisions from 1; of two that speak of one thing the later holds. */
  number: number
  /** Whom it concerns: `shared`, or the branch whose private members it is about. */
  scope: string
  what: DecisionKind
  memberId: string
  /** The member that the other one became part of, or that was made. */
  into?: string
  /** The request that it answers. */
  requestId?: string
  at: string
  /** Ed25519 (RFC 8032) over the canonical JSON of everything else but the clock, base64url. */
  signature: string
}

const IDS = { type: 'array', items: ID_PROPERTY } as const

export const decisions: CollectionDeclaration = {
  name: 'decisions',
  schema: {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: ID_PROPERTY,
      number: { type: 'integer', minimum: 1, maximum: 2 ** 40, multipleOf: 1 },
      scope: { type: 'string', maxLength: 64, minLength: 1 },
      what: { type: 'string', enum: [...DECISION_KINDS], maxLength: 16 },
      memberId: ID_PROPERTY,
      into: ID_PROPERTY,
      requestId: ID_PROPERTY,
      at: TIME_PROPERTY,
      redirects: {
        type: 'array',
        items: {
          type: 'object',
          properties: { id: ID_PROPERTY, to: ID_PROPERTY },
          required: ['id', 'to'],
          additionalProperties: false,
        },
      },
      numbers: {
        type: 'array',
        items: {
          type: 'object',
          properties: { id: ID_PROPERTY, closed: { type: 'boolean' }, holder: ID_PROPERTY, known: IDS },
          required: ['id', 'closed', 'known'],
          additionalProperties: false,
        },
      },
      homes: {
        type: 'array',
        items: {
          type: 'object',
          properties: { registrationId: ID_PROPERTY, to: ID_PROPERTY },
          required: ['registrationId', 'to'],
          additionalProperties: false,
        },
      },
      erased: IDS,
      signature: { type: 'string', minLength: 1, maxLength: 128 },
      ...SIDECAR_PROPERTIES,
    },
    required: [
      'id',
      'number',
      'scope',
      'what',
      'memberId',
      'at',
      'redirects',
      'numbers',
      'homes',
      'erased',
      'signature',
    ],
    additionalProperties: false,
  },
  syncClass: 110,
  direction: 'down',
  scope: { field: 'scope', mayBeShared: true },
  merge: {
    key: 'id',
    immutable: [
      'number',
      'scope',
      'what',
      'memberId',
      'into',
      'requestId',
      'at',
      'redirects',
      'numbers',
      'homes',
      'erased',
      'signature',
    ],
    registers: {},
    sets: [],
    hasStatus: false,
    authority: [],
  },
  mirror: [
    {
      table: 'member_decision',
      key: ['id'],
      columns: {
        id: { from: 'id', type: 'key' },
        number: { from: 'number', type: 'integer' },
        scope: { from: 'scope', type: 'key' },
        what: { from: 'what', type: 'text' },
        member_id: { from: 'memberId', type: 'key' },
        into_id: { from: 'into', type: 'key' },
        at: { from: 'at', type: 'datetime' },
      },
      indexes: [['number'], ['member_id']],
    },
    {
      table: 'registration_home',
      key: ['decision_id', 'home_no'],
      each: 'homes',
      columns: {
        decision_id: { from: '^id', type: 'key' },
        home_no: { from: '#', type: 'integer' },
        number: { from: '^number', type: 'integer' },
        registration_id: { from: 'registrationId', type: 'key' },
        member_id: { from: 'to', type: 'key' },
      },
      indexes: [['registration_id', 'number'], ['member_id']],
    },
  ],
  signed: true,
}
