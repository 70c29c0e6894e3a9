/**
 * Requests: what a branch asks headquarters to decide about a member. Written once, offline too; they show as pending
 * until headquarters has granted, refused or held them. What is held waits for a person in the review queue.
 */
import {
  ID_PROPERTY,
  SIDECAR_PROPERTIES,
  TIME_PROPERTY,
  type CollectionDeclaration,
  type Refusal,
} from '../collection.ts'
import { isErased } from '../erasure.ts'
import type { Doc } from '../json.ts'

export const REQUEST_KINDS = ['phone', 'share', 'merge', 'release', 'split', 'delete', 'erase', 'registration'] as const
/** `registration` and a reviving `delete` are headquarters' own notes of what arrived and could be nobody's. */
export type RequestKind = (typeof REQUEST_KINDS)[number]

/** Why headquarters did not decide by itself. */
export const HOLD_REASONS = [
  'number-taken',
  'number-over',
  'number-changed',
  'joined',
  'registered-twice',
  'member-unknown',
  'member-gone',
  'needs-person',
] as const
export type HoldReason = (typeof HOLD_REASONS)[number]

export type RequestState = 'pending' | 'held' | 'granted' | 'refused'

export interface RequestDocument {
  id: string
  /** Who asks, and who else may see it. */
  branchId: string
  what: RequestKind
  memberId: string
  /** The member that it should become part of. */
  into?: string
  /** E.164: the number that the member should hold. */
  to?: string
  /** The number, as the id that it registers, that the member should give up for it. */
  from?: string
  /** The member's registrations that were known where it was asked; for a split those to take out. */
  registrations: string[]
  /** The newest decision that was known where it was asked. */
  seen: number
  reason?: string
  at: string
  /** What headquarters made of it; absent while it is pending. */
  state?: Exclude<RequestState, 'pending'>
  why?: HoldReason
  /** The held document, which is nobody's yet; gone once it is somebody's. */
  held?: Doc
  /** When headquarters last said something to it. */
  decidedAt?: string
  /** What the person who refused it said. */
  answer?: string
}

/** No request of a branch begins like this. */
export const HEADQUARTERS_OWN = 'h-'

/** Whether headquarters wrote it of what arrived, rather than a branch of what it wishes. */
export function isHeadquartersOwn({ id }: Pick<RequestDocument, 'id'>): boolean {
  return id.startsWith(HEADQUARTERS_OWN)
}

export const requests: CollectionDeclaration = {
  name: 'requests',
  schema: {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: ID_PROPERTY,
      branchId: { type: 'string', maxLength: 64, minLength: 1 },
      what: { type: 'string', enum: [...REQUEST_KINDS], maxLength: 16 },
      memberId: ID_PROPERTY,
      into: ID_PROPERTY,
      to: { type: 'string', maxLength: 16, pattern: '^\\+\\d{4,15}$' },
      from: ID_PROPERTY,
      registrations: { type: 'array', items: ID_PROPERTY },
      seen: { type: 'integer', minimum: 0, maximum: 2 ** 40, multipleOf: 1 },
      reason: { type: 'string', maxLength: 500 },
      at: TIME_PROPERTY,
      state: { type: 'string', enum: ['held', 'granted', 'refused'], maxLength: 8 },
      why: { type: 'string', enum: [...HOLD_REASONS], maxLength: 16 },
      held: { type: 'object', additionalProperties: true },
      decidedAt: TIME_PROPERTY,
      answer: { type: 'string', maxLength: 500 },
      ...SIDECAR_PROPERTIES,
    },
    required: ['id', 'branchId', 'what', 'memberId', 'registrations', 'seen', 'at'],
    indexes: ['memberId', 'state', 'to'],
    additionalProperties: false,
  },
  syncClass: 90,
  direction: 'both',
  scope: { field: 'branchId' },
  merge: {
    key: 'id',
    immutable: ['branchId', 'what', 'memberId', 'into', 'to', 'from', 'registrations', 'seen', 'reason', 'at'],
    registers: {},
    sets: [],
    hasStatus: false,
    authority: ['state', 'why', 'held', 'decidedAt', 'answer'],
    erasure: { keep: ['branchId', 'what', 'memberId', 'registrations', 'seen', 'at'], blank: {} },
  },
  refuse: refuseRequest,
}

function refuseRequest(doc: Doc): Refusal | undefined {
  if (isErased(doc)) return undefined
  const { what, to, into } = doc as unknown as RequestDocument
  const missing =
    what === 'phone' && to === undefined ? 'to' : what === 'merge' && into === undefined ? 'into' : undefined
  if (missing === undefined) return undefined
  return { code: 'DOCUMENT_INVALID', field: missing, reason: `a request of this kind names "${missing}"` }
}
