/** What an import yields: rows of another system's files, understood but not yet documents (their ids need the chain key). */
import type { OrderState } from '../../schemas/order-status.ts'

/** Where a record was read. */
export interface RowOrigin {
  /** As the mapping names it. */
  readonly file: string
  /** Physical line, 1-based, on which the row begins; the header is usually line 1. */
  readonly line: number
}

export interface MemberRecord {
  readonly kind: 'member'
  readonly origin: RowOrigin
  /** The mapping's name of the other system; with `legacyId` the row's identity. */
  readonly source: string
  readonly legacyId: string
  readonly name: string
  /** As written; whether it is a usable number is decided where the member's id is made. */
  readonly phone?: string
  /** ISO 3166-1 alpha-2: the row's, else the mapping's default. */
  readonly country?: string
  readonly email?: string
  readonly address?: string
  readonly note?: string
  /** `YYYY-MM-DD`. */
  readonly birthday?: string
  /** `private`: headquarters and the importing branch only. */
  readonly scope: 'shared' | 'private'
}

export interface ProductRecord {
  readonly kind: 'product'
  readonly origin: RowOrigin
  readonly source: string
  readonly legacyId: string
  readonly name: string
  /** Minor units of `currency`. */
  readonly price: number
  readonly currency: string
  readonly unit?: string
  readonly category?: string
  readonly discontinued?: boolean
}

export interface OrderLineRecord {
  readonly productLegacyId: string
  readonly name: string
  /** Of one piece, minor units. */
  readonly price: number
  readonly quantity: number
  /** Taken off the line, minor units. */
  readonly discount: number
}

export interface OrderRecord {
  readonly kind: 'order'
  readonly origin: RowOrigin
  readonly source: string
  readonly legacyId: string
  readonly number: string
  /** ISO 8601 in UTC with milliseconds. */
  readonly placedAt: string
  /** Stays even when the member's row is missing or rejected: the order then gets a stub member. */
  readonly memberLegacyId?: string
  readonly status: OrderState
  readonly currency: string
  readonly lines: readonly OrderLineRecord[]
  readonly note?: string
  /** Whose order it is; only for imports at headquarters. */
  readonly branchId?: string
}

export type ImportRecord = MemberRecord | ProductRecord | OrderRecord

/** The kinds of rows, named as the mapping's sections. */
export type RowKind = 'products' | 'members' | 'orders' | 'orderLines'

export interface RowReject {
  readonly file: string
  readonly line: number
  readonly kind: RowKind
  /** Stable; `docs/import.md` lists the codes. */
  readonly code: RejectCode
  /** The record's field that could not be read. */
  readonly field?: string
  readonly reason: string
  /** The row as found, without its line end. */
  readonly text: string
}

export type RejectCode =
  | 'COLUMNS'
  | 'DATE'
  | 'DUPLICATE'
  | 'LENGTH'
  | 'LINES'
  | 'MISSING'
  | 'NUMBER'
  | 'PRODUCT_UNKNOWN'
  | 'QUOTES'
  | 'VALUE'

/** Something a person should know of a record that is imported all the same. */
export interface RowWarning {
  readonly file: string
  readonly line: number
  readonly kind: RowKind
  readonly code: 'NO_LINES'
  readonly reason: string
}
