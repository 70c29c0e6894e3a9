/** Movements: adjustments of points and top-ups of stored value that are no order's. Written once, never changed. */
import {
  ID_PROPERTY,
  MONEY_PROPERTY,
  SIDECAR_PROPERTIES,
  TIME_PROPERTY,
  type CollectionDeclaration,
} from '../collection.ts'
import { movementContribution } from '../contribution.ts'

export interface MovementDocument {
  id: string
  /** Where it was made: the branch, or headquarters acting for it. */
  branchId: string
  memberId: string
  registrationId?: string
  kind: 'adjust' | 'topup'
  points: number
  /** Minor units of the chain's currency. */
  value: number
  reason?: string
  at: string
}

export const movements: CollectionDeclaration = {
  name: 'movements',
  schema: {
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: ID_PROPERTY,
      branchId: { type: 'string', maxLength: 64, minLength: 1 },
      memberId: { type: 'string', maxLength: 128, minLength: 1 },
      registrationId: { type: 'string', maxLength: 128 },
      kind: { type: 'string', enum: ['adjust', 'topup'], maxLength: 8 },
      points: { type: 'integer', minimum: -1e12, maximum: 1e12 },
      value: MONEY_PROPERTY,
      reason: { type: 'string', maxLength: 500 },
      at: TIME_PROPERTY,
      ...SIDECAR_PROPERTIES,
    },
    required: ['id', 'branchId', 'memberId', 'kind', 'points', 'value', 'at'],
    indexes: ['memberId', 'registrationId'],
    additionalProperties: false,
  },
  syncClass: 60,
  direction: 'both',
  scope: { field: 'branchId' },
  merge: {
    key: 'id',
    immutable: ['branchId', 'memberId', 'registrationId', 'kind', 'points', 'value', 'reason', 'at'],
    registers: {},
    sets: [],
    hasStatus: false,
    authority: [],
  },
  mirror: [
    {
      table: 'movement',
      key: ['id'],
      columns: {
        id: { from: 'id', type: 'key' },
        branch_id: { from: 'branchId', type: 'key' },
        member_id: { from: 'memberId', type: 'key' },
        registration_id: { from: 'registrationId', type: 'key' },
        kind: { from: 'kind', type: 'text' },
        points: { from: 'points', type: 'integer' },
        stored_value: { from: 'value', type: 'money' },
        reason: { from: 'reason', type: 'text' },
        at: { from: 'at', type: 'datetime' },
      },
      indexes: [['member_id'], ['registration_id'], ['branch_id', 'at']],
    },
  ],
  contribution: movementContribution,
}
