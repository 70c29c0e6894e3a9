/** What the two ends of an exchange have in common: a store, what it holds, who writes in it. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
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
