/** What the two ends of an exchange have in common: a store, what it holds, who writes in it. */
import type { CollectionDeclaration, Refusal } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import type { ChainKey } from '../../schemas/member-id.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { WriterClock } from '../rxdb/writer-clock.ts'
import type { Store } from '../sqlite/store.ts'
import { createDocumentValidator, type DocumentValidator } from './document-validator.ts'

export interface Replica {
  readonly store: Store
  readonly clock: WriterClock
  readonly chainKey: ChainKey
  readonly validate: DocumentValidator
}

export function createReplica(parts: Omit<Replica, 'validate'>): Replica {
  return { ...parts, validate: createDocumentValidator(parts.store.declarations) }
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
