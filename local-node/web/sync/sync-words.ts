/** What the line in the header and the sync page both say. */
import type { Tone } from '../../../adapters/ui/badge.tsx'
import type { ErrorCode } from '../../../schemas/error-catalogue.ts'
import type { ExceptionView } from '../../../schemas/protocol/exceptions.ts'
import type { SyncVerdict } from '../../../schemas/protocol/status.ts'
import type { AppState } from '../frame/app-state.ts'
import type { LinkState } from '../node/tab-messages.ts'
import { t } from '../words.ts'

export const VERDICT_TONES: Readonly<Record<SyncVerdict['state'], Tone>> = {
  'in-sync': 'good',
  behind: 'busy',
  differs: 'bad',
  unknown: 'unknown',
}

export function countOf(unsent: NonNullable<LinkState['unsent']>): number {
  return Object.values(unsent).reduce((sum, ids) => sum + ids.length, 0)
}

const KINDS = {
  branches: 'sync.kind.branches',
  decisions: 'sync.kind.decisions',
  members: 'sync.kind.members',
  movements: 'sync.kind.movements',
  orders: 'sync.kind.orders',
  products: 'sync.kind.products',
  requests: 'sync.kind.requests',
} as const

/** A collection as people at a till call what is in it; one that is declared later, by its own name. */
export function kindInWords(collection: string): string {
  return collection in KINDS ? t(KINDS[collection as keyof typeof KINDS]) : collection
}

/** A document by what people know it by; never a phone. */
export function documentInWords({ members, orders }: AppState, collection: string, id: string): string {
  if (collection === 'orders') return orders.byId.get(id)?.number ?? id
  if (collection === 'members') return members.byId.get(id)?.name || t('members.unnamed')
  return id
}

const WHY = {
  BALANCE_RANGE: 'sync.why.BALANCE_RANGE',
  BALANCE_TOO_LOW: 'sync.why.BALANCE_TOO_LOW',
  CLOCK_AHEAD: 'sync.why.CLOCK_AHEAD',
  COLLECTION_UNKNOWN: 'sync.why.COLLECTION_UNKNOWN',
  DIRECTION: 'sync.why.DIRECTION',
  DISCARDED: 'sync.why.DISCARDED',
  DOCUMENT_INVALID: 'sync.why.DOCUMENT_INVALID',
  DOCUMENT_TOO_LARGE: 'sync.why.DOCUMENT_TOO_LARGE',
  ERASED: 'sync.why.ERASED',
  FIELD_IMMUTABLE: 'sync.why.FIELD_IMMUTABLE',
  MEMBER_ID_MISMATCH: 'sync.why.MEMBER_ID_MISMATCH',
  ORDER_STATE_CONFLICT: 'sync.why.ORDER_STATE_CONFLICT',
  ORDER_TRANSITION: 'sync.why.ORDER_TRANSITION',
  SCOPE: 'sync.why.SCOPE',
} as const satisfies Partial<Record<ErrorCode, string>>

const REMEDIES = {
  BALANCE_RANGE: 'sync.do.BALANCE_RANGE',
  BALANCE_TOO_LOW: 'sync.do.BALANCE_TOO_LOW',
  CLOCK_AHEAD: 'sync.do.CLOCK_AHEAD',
  DOCUMENT_INVALID: 'sync.do.DOCUMENT_INVALID',
  ERASED: 'sync.do.ERASED',
  ORDER_STATE_CONFLICT: 'sync.do.ORDER_STATE_CONFLICT',
  ORDER_TRANSITION: 'sync.do.ORDER_TRANSITION',
} as const satisfies Partial<Record<ErrorCode, string>>

/** What the node says of it where there are no words for the code. */
export function whyInWords({ code, reason }: Pick<ExceptionView, 'code' | 'reason'>): string {
  return code in WHY ? t(WHY[code as keyof typeof WHY]) : reason
}

export function remedyInWords({ code, direction, standing, waiting }: ExceptionView): string {
  if (direction === 'push' && standing === 'pending') return t('sync.ex.do.newer')
  if (waiting) return t('sync.ex.do.wait')
  return t(code in REMEDIES ? REMEDIES[code as keyof typeof REMEDIES] : 'sync.do.other')
}
