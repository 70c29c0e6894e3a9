/** What the two ends of an exchange have in common: a store, what it holds, who writes in it. */
import { randomBytes } from 'node:crypto'
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import type { CollectionDeclaration, Refusal } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import type { ChainKey } from '../../schemas/member-id.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { WriterClock } from '../rxdb/writer-clock.ts'
import type { Store } from '../sqlite/store.ts'
import { isSigned, type VerifyingKey } from './signature.ts'
import { createDocumentValidator, type DocumentValidator } from './document-validator.ts'

export interface Replica {
  readonly store: Store
  readonly clock: WriterClock
  readonly chainKey: ChainKey
  readonly validate: DocumentValidator
  /** A random part of a new id, base64url of that many bytes. */
  readonly newId: (bytes: number) => string
  /** Of a document that headquarters must have signed: why it is not taken. */
  readonly refuseUnsigned: (declaration: CollectionDeclaration, doc: Doc) => Refusal | undefined
}

/**
 * @param cloudKey what headquarters signs with; without it nothing that must be signed is taken
 * @param newId where chance itself is repeated
 */
export function createReplica(
  parts: Pick<Replica, 'store' | 'clock' | 'chainKey'> & {
    cloudKey?: VerifyingKey
    validate?: DocumentValidator
    newId?: Replica['newId']
  },
): Replica {
  const { cloudKey, ...replica } = parts
  const refuseUnsigned: Replica['refuseUnsigned'] = (declaration, doc) =>
    declaration.signed !== true || (cloudKey !== undefined && isSigned(declaration, doc, cloudKey))
      ? undefined
      : { code: 'SIGNATURE', field: 'signature', reason: 'headquarters did not sign this document' }
  const validate = parts.validate ?? createDocumentValidator(parts.store.declarations)
  return { newId: randomId, ...replica, validate, refuseUnsigned }
}

/** One string for one document among those of all collections. */
export function documentKey({ collection, id }: { readonly collection: string; readonly id: string }): string {
  return `${collection}\n${id}`
}

/** The scopes that a branch holds and may write. */
export function scopesOf(branchId: string): string[] {
  return [SHARED_SCOPE, branchId]
}

/** Nobody's documents are left out; no branch id has a space. */
export const NO_ORIGIN = ' '

function randomId(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

/** @throws OutpostError COLLECTION_UNKNOWN */
export function declarationOf(replica: Replica, collection: string): CollectionDeclaration {
  const found = replica.store.declarations.find(({ name }) => name === collection)
  if (!found) throw new OutpostError('COLLECTION_UNKNOWN', `there is no collection "${collection}" here`)
  return found
}

/** A document's id as far as it has one; `?` for what a stranger sent. */
export function idOf(declaration: CollectionDeclaration, doc: Doc): string {
  const id = doc[declaration.merge.key]
  return typeof id === 'string' && id !== '' ? id.slice(0, 128) : '?'
}

/** The other side declares more than this one: its documents wait among the exceptions. */
export function unknownCollection(collection: string): Refusal {
  return { code: 'COLLECTION_UNKNOWN', reason: `there is no collection "${collection}" here` }
}
