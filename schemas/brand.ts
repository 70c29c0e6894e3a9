/** Nominal types for ids and normalised values, so that a phone is never passed where an id is meant. */

declare const brand: unique symbol

export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

export type BranchId = Brand<string, 'BranchId'>
export type MemberId = Brand<string, 'MemberId'>
/** A phone in E.164: `+` and up to fifteen digits. */
export type E164Phone = Brand<string, 'E164Phone'>
/** A hybrid logical clock reading as a sortable string, see `hlc.ts`. */
export type Hlc = Brand<string, 'Hlc'>
/** Identifies one process start; the tail of every stamp that it makes. */
export type WriterId = Brand<string, 'WriterId'>
/** A store's commit sequence: positive integers without gaps that matter. */
export type Seq = Brand<number, 'Seq'>
/** Identifies one opening of a store. */
export type Epoch = Brand<string, 'Epoch'>
/** `shared`, or the id of the branch that owns the document. */
export type Scope = Brand<string, 'Scope'>

export const SHARED_SCOPE = 'shared' as Scope
