/** Reads and writes that a person or another program asks a node for: what is refused is said in the one shape of errors. */
import { scopeOf, type CollectionDeclaration, type Refusal } from '../../schemas/collection.ts'
import type { Balance } from '../../schemas/contribution.ts'
import { isErased } from '../../schemas/erasure.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { refuseOverspend } from '../../schemas/spending.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import { declarationOf, type Replica } from './replica.ts'
import { writeDocument } from './write-documents.ts'

/** Where it is written, and what is allowed there. */
export interface WritingPlace {
  readonly replica: Replica
  /** Only there collections are written that go down to the branches. */
  readonly isHeadquarters: boolean
  /** @returns why documents of a scope cannot be written here */
  readonly refuseScope: (scope: string) => string | undefined
  readonly balanceOf: (memberId: string) => Balance
  readonly overdraft: Balance
  /** ISO 4217. */
  readonly currency: string
}

/**
 * Writes one document: fields that are not named stay as they are.
 *
 * @throws OutpostError COLLECTION_UNKNOWN, DIRECTION, SCOPE, DOCUMENT_UNKNOWN, BALANCE_TOO_LOW and whatever a write is refused with
 */
export function writeForPerson(place: WritingPlace, collection: string, doc: Doc): Doc {
  return place.replica.store.transaction('api', (write) => writeWithin(place, write, collection, doc))
}

/**
 * Call inside a transaction. Where it throws, nothing was written, but for BALANCE_TOO_LOW: then the transaction is to be
 * given up.
 */
export function writeWithin(place: WritingPlace, write: WriteContext, collection: string, doc: Doc): Doc {
  const { replica } = place
  const declaration = declarationOf(replica, collection)
  const id = checkRequest(place, declaration, doc)
  const stored = replica.store.table(collection).get(id)
  const gone =
    stored?.['_deleted'] === true && doc['_deleted'] === undefined ? goneRefusal(declaration, stored) : undefined
  if (gone) throw refusalError(gone)
  const wanted = { ...stored, ...doc }
  const named = declaration.contribution?.(wanted)?.memberId
  const shown = named === undefined || named === '' ? undefined : place.balanceOf(named)
  const written = writeDocument(replica, write, declaration, id, () => wanted)
  if (written.outcome === 'refused') throw refusalError(written.refusal)
  const before = stored && declaration.contribution?.(stored)
  const after = declaration.contribution?.(written.doc)
  const { overdraft, currency } = place
  const refusal = shown && refuseOverspend({ before, after, shown, overdraft, currency })
  if (refusal) throw refusalError(refusal)
  return replicatedState(written.doc)
}

/** @throws OutpostError COLLECTION_UNKNOWN, DOCUMENT_UNKNOWN */
export function readForPerson(replica: Replica, collection: string, id: string): Doc {
  const doc = replica.store.table(collection).get(id)
  if (!doc || doc['_deleted'] === true) {
    throw new OutpostError('DOCUMENT_UNKNOWN', `there is no document ${id} in ${collection} here`)
  }
  return replicatedState(doc)
}

export function refusalError({ code, field, reason }: Refusal): OutpostError {
  return new OutpostError(code, reason, field === undefined ? {} : { field })
}

/** What says nothing of deletion would stay deleted, and whoever wrote it would believe that it is there. */
function goneRefusal({ name, merge }: CollectionDeclaration, stored: Doc): Refusal {
  if (isErased(stored)) return { code: 'ERASED', reason: 'the document was erased for good and takes no write' }
  const reason = `the document ${String(stored[merge.key])} of ${name} was deleted; write _deleted: false with it to bring it back`
  return { code: 'DOCUMENT_UNKNOWN', field: '_deleted', reason }
}

/** Everything that can be said without reading what is stored. */
function checkRequest(place: WritingPlace, declaration: CollectionDeclaration, doc: Doc): string {
  const { name, merge, direction } = declaration
  if (direction === 'down' && !place.isHeadquarters) {
    throw new OutpostError('DIRECTION', `${name} come from headquarters only`)
  }
  if (declaration.signed) throw new OutpostError('DIRECTION', `${name} are made by what headquarters decides`)
  const { scope } = declaration
  const said = typeof scope !== 'string' && doc[scope.field] !== undefined ? scope.field : undefined
  // An edit that names no scope keeps the stored one.
  const foreign = said === undefined ? undefined : place.refuseScope(scopeOf(declaration, doc))
  if (foreign !== undefined) throw new OutpostError('SCOPE', foreign, said === undefined ? {} : { field: said })
  if (doc['_deleted'] !== undefined && typeof doc['_deleted'] !== 'boolean') {
    throw new OutpostError('DOCUMENT_INVALID', '_deleted must be true or false', { field: '_deleted' })
  }
  const id = doc[merge.key]
  if (typeof id === 'string' && id !== '' && id.length <= 128) return id
  throw new OutpostError('DOCUMENT_INVALID', `${merge.key} must be a text of 1 to 128 characters`, { field: merge.key })
}
