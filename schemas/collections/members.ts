/** Members: one per phone within a scope, registered anywhere, merged everywhere. */
import {
  ID_PROPERTY,
  SIDECAR_PROPERTIES,
  TIME_PROPERTY,
  type CollectionDeclaration,
  type Refusal,
} from '../collection.ts'
import type { E164Phone, Scope } from '../brand.ts'
import { isErased } from '../erasure.ts'
import { isRecord, type Doc } from '../json.ts'
import { sidecarOf } from '../merge-spec.ts'
import { memberIdOfLegacy, memberIdOfPhone, type ChainKey } from '../member-id.ts'
import { withSet } from '../migrations.ts'

/** One act of registering; each adds its own, so that a wrong merge can be told apart later. */
export interface Registration {
  id: string
  branchId: string
  /** When it happened; absent for imported rows, so that importing a row again is the same act wherever it is done. */
  at?: string
  /** The newest decision that was known where it happened, by its number; absent for none. */
  seen?: number
}

/** The name of a member in another system. */
export interface MemberAlias {
  source: string
  legacyId: string
}

/** What somebody at a branch has done about a member or means to do: a call, a complaint, a promise. Never changed, only taken off. */
export interface FollowUp {
  id: string
  at: string
  /** The name of whoever wrote it, as it was then. */
  by: string
  text: string
}

/** For who writes one more. No bound of the schema: two sides that stay below it can be above it when they are merged. */
export const MAX_FOLLOW_UPS = 500
export const MAX_FOLLOW_UP_LENGTH = 500

export interface MemberDocument {
  id: string
  /** `shared`, or the branch that keeps the member for itself. Never changes. */
  scope: string
  /** E.164; the registered phone proves the id and never changes. Absent for members without one. */
  phone?: string
  /** Counts the persons who held the phone one after the other, from 0. */
  generation: number
  name: string
  email?: string
  birthday?: string
  note?: string
  address?: string
  /** A phone that is no identity: told later for a member who was registered without one. */
  contactPhone?: string
  tags: string[]
  registrations: Registration[]
  aliases: MemberAlias[]
  followUps: FollowUp[]
  /** Published by headquarters: the sum of what it has accepted up to `balanceSeq`. */
  balance?: { points: number; value: number }
  balanceSeq?: number
  /** Published by headquarters: the newest decision that these fields and the balance take in. */
  decided?: number
  /** Published by headquarters: the member that this one has become part of. */
  currentId?: string
  /** Published by headquarters: the number that the member was registered with is over, or somebody else's. */
  closed?: boolean
  /** Published by headquarters where it is not just `phone`: the numbers that the member holds, E.164, the newest first. */
  phones?: string[]
  /** Published by headquarters: the person who had the number is gone; the record stays as history. */
  released?: boolean
}

export const members: CollectionDeclaration = {
  name: 'members',
  schema: {
    version: 1,
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: ID_PROPERTY,
      scope: { type: 'string', maxLength: 64, minLength: 1 },
      phone: { type: 'string', maxLength: 16, pattern: '^\\+\\d{4,15}$' },
      generation: { type: 'integer', minimum: 0, maximum: 1_000_000, multipleOf: 1 },
      name: { type: 'string', maxLength: 200 },
      email: { type: 'string', maxLength: 254 },
      birthday: { type: 'string', maxLength: 10 },
      note: { type: 'string', maxLength: 4000 },
      address: { type: 'string', maxLength: 500 },
      contactPhone: { type: 'string', maxLength: 40 },
      tags: { type: 'array', items: { type: 'string', maxLength: 100 } },
      registrations: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            id: ID_PROPERTY,
            branchId: { type: 'string', maxLength: 64 },
            at: TIME_PROPERTY,
            seen: { type: 'integer', minimum: 0 },
          },
          required: ['id', 'branchId'],
          additionalProperties: false,
        },
      },
      aliases: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            source: { type: 'string', maxLength: 64 },
            legacyId: { type: 'string', maxLength: 128 },
          },
          required: ['source', 'legacyId'],
          additionalProperties: false,
        },
      },
      followUps: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            id: ID_PROPERTY,
            at: TIME_PROPERTY,
            by: { type: 'string', maxLength: 100 },
            text: { type: 'string', maxLength: MAX_FOLLOW_UP_LENGTH },
          },
          required: ['id', 'at', 'by', 'text'],
          additionalProperties: false,
        },
      },
      balance: {
        type: 'object',
        properties: { points: { type: 'integer' }, value: { type: 'integer' } },
        required: ['points', 'value'],
        additionalProperties: false,
      },
      balanceSeq: { type: 'integer', minimum: 0 },
      decided: { type: 'integer', minimum: 0 },
      currentId: ID_PROPERTY,
      closed: { type: 'boolean' },
      phones: { type: 'array', items: { type: 'string', maxLength: 16 } },
      released: { type: 'boolean' },
      ...SIDECAR_PROPERTIES,
    },
    required: ['id', 'scope', 'generation', 'name', 'tags', 'registrations', 'aliases', 'followUps'],
    indexes: ['name'],
    additionalProperties: false,
  },
  migrations: { 1: withSet('followUps') },
  syncClass: 100,
  direction: 'both',
  scope: { field: 'scope', mayBeShared: true },
  merge: {
    key: 'id',
    immutable: ['scope', 'phone', 'generation'],
    registers: {},
    sets: ['tags', 'registrations', 'aliases', 'followUps'],
    hasStatus: false,
    authority: ['balance', 'balanceSeq', 'decided', 'currentId', 'closed', 'phones', 'released'],
    erasure: {
      keep: ['scope', 'generation'],
      blank: { name: '', tags: [], registrations: [], aliases: [], followUps: [] },
    },
  },
  mirror: [
    {
      table: 'member',
      key: ['id'],
      columns: {
        id: { from: 'id', type: 'key' },
        scope: { from: 'scope', type: 'key' },
        // NULL for a member that is itself: `current_id IS NULL` counts people.
        current_id: { from: 'currentId', type: 'key' },
        // The number held today, as `phonesOfMember` says.
        phone: { from: 'phones.0', type: 'text', or: { from: 'phone', unless: ['phones', 'closed'] } },
        registered_phone: { from: 'phone', type: 'text' },
        released: { from: 'released', type: 'boolean', default: false },
        name: { from: 'name', type: 'text' },
        email: { from: 'email', type: 'text' },
        birthday: { from: 'birthday', type: 'text' },
        address: { from: 'address', type: 'longtext' },
        tags: { from: 'tags', type: 'json' },
        aliases: { from: 'aliases', type: 'json' },
        points: { from: 'balance.points', type: 'integer' },
        stored_value: { from: 'balance.value', type: 'money' },
      },
      indexes: [['phone'], ['registered_phone'], ['scope'], ['current_id']],
    },
    {
      table: 'member_xref',
      key: ['id'],
      columns: {
        id: { from: 'id', type: 'key' },
        member_id: { from: 'currentId', type: 'key', or: { from: 'id' } },
        closed: { from: 'closed', type: 'boolean', default: false },
      },
      indexes: [['member_id']],
    },
    {
      table: 'member_registration',
      key: ['member_id', 'registration_no'],
      each: 'registrations',
      columns: {
        member_id: { from: '^id', type: 'key' },
        registration_no: { from: '#', type: 'integer' },
        registration_id: { from: 'id', type: 'key' },
        branch_id: { from: 'branchId', type: 'key' },
        registered_at: { from: 'at', type: 'datetime' },
      },
      indexes: [['registration_id']],
    },
    {
      table: 'member_follow_up',
      key: ['member_id', 'follow_up_no'],
      each: 'followUps',
      columns: {
        member_id: { from: '^id', type: 'key' },
        follow_up_no: { from: '#', type: 'integer' },
        follow_up_id: { from: 'id', type: 'key' },
        written_at: { from: 'at', type: 'datetime' },
        written_by: { from: 'by', type: 'text' },
        text: { from: 'text', type: 'longtext' },
      },
      indexes: [['written_at']],
    },
  ],
  refuse: refuseMember,
  holdsBalance: true,
}

/** The numbers that a member holds, the newest first. */
export function phonesOfMember({
  phones,
  phone,
  closed,
}: Pick<MemberDocument, 'phones' | 'phone' | 'closed'>): string[] {
  return phones ?? (phone === undefined || closed === true ? [] : [phone])
}

/** Recomputes the id, so that nobody can put a person under another person's id. */
export function refuseMember(doc: Doc, chainKey: ChainKey): Refusal | undefined {
  if (isErased(doc)) return undefined // what proved the id is gone; only headquarters erases
  const { id, scope, phone, generation } = doc as unknown as MemberDocument
  if (phone !== undefined) {
    if (memberIdOfPhone(chainKey, scope as Scope, phone as E164Phone, generation) === id) return undefined
    return {
      code: 'MEMBER_ID_MISMATCH',
      field: 'id',
      reason: 'the id does not follow from scope, phone and generation',
    }
  }
  const fromAlias = aliasesEver(doc).some(
    ({ source, legacyId }) =>
      typeof source === 'string' &&
      typeof legacyId === 'string' &&
      memberIdOfLegacy(chainKey, scope as Scope, source, legacyId) === id,
  )
  if (fromAlias || (typeof id === 'string' && id.startsWith('r-'))) return undefined
  return {
    code: 'MEMBER_ID_MISMATCH',
    field: 'id',
    reason: 'the id follows from none of the aliases and is no random one (r-…)',
  }
}

/** The aliases of a member, removed ones too: the one that proves the id may have been taken off since. */
function aliasesEver(doc: Doc): Record<string, unknown>[] {
  const aliases: unknown = doc['aliases']
  const dots: unknown = sidecarOf(doc).s?.['aliases']
  const removed = isRecord(dots) ? Object.keys(dots).map(parseOrNothing) : []
  return [...(Array.isArray(aliases) ? (aliases as unknown[]) : []), ...removed].filter(isRecord)
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
