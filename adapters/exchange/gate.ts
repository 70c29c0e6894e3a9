/** A say over what arrives, beyond what its schema and declaration tell: asked after the checks, before the merge. */
import type { CollectionDeclaration, Refusal } from '../../schemas/collection.ts'
import type { TakeBack } from './accept-document.ts'
import type { Doc } from '../../schemas/json.ts'
import type { DocumentRow } from '../sqlite/document-row.ts'
import type { WriteContext } from '../sqlite/document-table.ts'

export type Gated =
  | { readonly refusal: Refusal }
  /** Taken; to be called once it is written. */
  | { readonly afterwards: () => void }
  /** Kept for a person to decide; `doc` is what the sender is to hold instead. */
  | { readonly held: { readonly doc: Doc; readonly written: boolean } }

/** @param row what is stored under the document's id */
export type Gate = (
  write: WriteContext,
  declaration: CollectionDeclaration,
  pushed: Doc,
  row: DocumentRow | undefined,
  /** `takeBack` while what only headquarters writes may come back. */
  sender: { readonly origin: string; readonly takeBack?: TakeBack },
) => Gated | undefined
