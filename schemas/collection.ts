/**
 * What a collection is, declared once as data. Storage, merge, replication, mirror and status know no collection by
 * name: a new one is a new declaration and no new code path.
 */
import type { RxJsonSchema } from 'rxdb'
import { SHARED_SCOPE, type Scope } from './brand.ts'
import type { Contribution } from './contribution.ts'
import type { ErrorCode } from './error-catalogue.ts'
import type { Doc } from './json.ts'
import type { ChainKey } from './member-id.ts'
import type { MergeSpec } from './merge-spec.ts'
import type { Migrations } from './migrations.ts'
import type { MirrorMapping } from './mirror-mapping.ts'
import type { Sale } from './sale.ts'

/** Why a receiver does not take a document. */
export interface Refusal {
  readonly code: ErrorCode
  readonly field?: string
  readonly reason: string
}

export interface CollectionDeclaration {
  readonly name: string
  // oxlint-disable-next-line typescript/no-explicit-any -- RxDB's schema type is invariant in its document type
  readonly schema: RxJsonSchema<any>
  /** A step for each version of the schema from 1 on; see `migrations.ts` for what it must be like. */
  readonly migrations?: Migrations
  /** Priority of its synchronisation: the larger goes first, one class an exchange. */
  readonly syncClass: number
  /** `down`: only headquarters writes it. */
  readonly direction: 'both' | 'down'
  /** Which branches hold a document: all, or the one that the field names; only where it may be, `shared` means all. */
  readonly scope: typeof SHARED_SCOPE | { readonly field: string; readonly mayBeShared?: true }
  readonly merge: MergeSpec
  readonly mirror?: MirrorMapping
  /** A receiver's check beyond the schema; runs before any stored document is read. */
  readonly refuse?: (doc: Doc, chainKey: ChainKey) => Refusal | undefined
  /** What a document contributes to a member's balance. */
  readonly contribution?: (doc: Doc) => Contribution | undefined
  /** What a document says was sold. */
  readonly sale?: (doc: Doc) => Sale | undefined
  /** Whether its documents carry the balance that headquarters publishes. */
  readonly holdsBalance?: boolean
  /** Whether headquarters signs its documents, in the field `signature`. */
  readonly signed?: boolean
}

export function scopeOf(declaration: CollectionDeclaration, doc: Doc): Scope {
  if (typeof declaration.scope === 'string') return declaration.scope
  const value = doc[declaration.scope.field]
  const isScope = typeof value === 'string' && value !== ''
  if (!isScope || (value === SHARED_SCOPE && declaration.scope.mayBeShared !== true)) return NOBODY
  return value as Scope
}

/** The scope of a document that names none that it may have: no branch receives it. */
const NOBODY = '-' as Scope

export function collectionsByClass(
  declarations: readonly CollectionDeclaration[],
): ReadonlyMap<number, readonly CollectionDeclaration[]> {
  const out = new Map<number, CollectionDeclaration[]>()
  for (const declaration of declarations.toSorted((a, b) => b.syncClass - a.syncClass)) {
    const list = out.get(declaration.syncClass)
    if (list) list.push(declaration)
    else out.set(declaration.syncClass, [declaration])
  }
  return out
}

/** The fields that every collection has besides its own. */
export const SIDECAR_PROPERTIES = {
  clock: { type: 'object', additionalProperties: true },
} as const

export const ID_PROPERTY = { type: 'string', maxLength: 128, minLength: 1 } as const
export const MONEY_PROPERTY = { type: 'integer', minimum: -1e15, maximum: 1e15, multipleOf: 1 } as const
export const TIME_PROPERTY = {
  type: 'string',
  maxLength: 24,
  pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{3}Z$',
} as const
/** ISO 4217. */
export const CURRENCY_PROPERTY = { type: 'string', maxLength: 3, pattern: '^[A-Z]{3}$' } as const
