/**
 * One document from elsewhere, taken into this store: checked, merged, written. A push never bounces because of a
 * conflict, and a repeat changes nothing.
 */
import { scopeOf, type CollectionDeclaration, type Refusal } from '../../schemas/collection.ts'
import { isErased } from '../../schemas/erasure.ts'
import { MAX_AHEAD_MS, parseStamp } from '../../schemas/hlc.ts'
import { canonicalJson, jsonEqual, type Doc } from '../../schemas/json.ts'
import { newestStamp, replicatedState } from '../../schemas/merge-spec.ts'
import { merge, sameState } from '../../schemas/merge.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import type { DeletedDocuments } from './deleted-documents.ts'
import type { Gate } from './gate.ts'
import { withLocalFields } from './local-fields.ts'
import type { Replica } from './replica.ts'

export interface Sender {
  /** The origin that is noted where the stored state is exactly the sender's. */
  readonly origin: string
  /** The scopes that the sender may write. */
  readonly scopes: readonly string[]
  /** Stamps beyond this and 30 days are refused; only the cloud sets it, to the latest time that it ever told. */
  readonly latestMs?: number
  /** Has a say over what could be nobody's; only the cloud sets it. */
  readonly gate?: Gate
  /** What is left of documents that were purged; only the cloud has it. */
  readonly deleted?: DeletedDocuments
  /** Whether headquarters has erased a document, also where its own store does not say so any more. */
  readonly wasErased?: (declaration: CollectionDeclaration, id: string) => boolean
  /** Of a sender that may bring back what only headquarters writes, since headquarters has lost it. */
  readonly takeBack?: TakeBack
}

export type TakeBack = (write: WriteContext, declaration: CollectionDeclaration, pushed: Doc) => Acceptance

export type Acceptance =
  | { readonly outcome: 'rejected'; readonly refusal: Refusal }
  | {
      /** `held`: kept for a person; the sender is to hold `doc` instead of what it sent. */
      readonly outcome: 'applied' | 'merged' | 'held'
      /** The stored state after the merge. */
      readonly doc: Doc
      readonly written: boolean
    }

/** Everything that can be said of a document without reading what is stored. */
export function refuseDocument(
  replica: Replica,
  declaration: CollectionDeclaration,
  doc: Doc,
  sender: Sender,
): Refusal | undefined {
  if (declaration.direction === 'down') {
    return { code: 'DIRECTION', reason: `${declaration.name} come from headquarters only` }
  }
  const invalid = replica.validate(declaration, doc)
  if (invalid) return invalid
  if (!sender.scopes.includes(scopeOf(declaration, doc))) return FOREIGN
  const refused = declaration.refuse?.(doc, replica.chainKey)
  if (refused) return refused
  const wallMs = parseStamp(newestStamp(doc))?.wallMs ?? 0
  if (sender.latestMs !== undefined && wallMs > sender.latestMs + MAX_AHEAD_MS) {
    return {
      code: 'CLOCK_AHEAD',
      field: 'clock',
      reason: 'the document was written more than 30 days ahead of headquarters',
    }
  }
  return undefined
}

const FOREIGN: Refusal = { code: 'SCOPE', reason: 'the document does not belong to this branch' }

const ONLY_HEADQUARTERS: Refusal = { code: 'DIRECTION', field: 'clock', reason: 'only headquarters erases' }

/** Call inside a transaction. */
export function acceptDocument(
  replica: Replica,
  write: WriteContext,
  declaration: CollectionDeclaration,
  received: Doc,
  sender: Sender,
): Acceptance {
  const pushed = replicatedState(received)
  const deleted = declaration.direction === 'down' ? stillDeleted(replica, declaration, pushed, sender) : undefined
  if (deleted) return { outcome: 'merged', doc: deleted, written: false }
  if (sender.takeBack && declaration.direction === 'down') return sender.takeBack(write, declaration, pushed)
  const refusal = refuseDocument(replica, declaration, pushed, sender)
  if (refusal) return { outcome: 'rejected', refusal }
  const table = replica.store.table(declaration.name)
  const row = table.row(pushed[declaration.merge.key] as string)
  const purged = row ? undefined : sender.deleted?.find(declaration, pushed[declaration.merge.key] as string)
  const scope = row?.scope ?? purged?.scope
  if (scope !== undefined && !sender.scopes.includes(scope)) {
    return { outcome: 'rejected', refusal: refuseForeign(write, declaration, pushed, sender) }
  }
  const changed = row && changedFact(declaration, pushed, row.doc)
  if (changed !== undefined) return { outcome: 'rejected', refusal: changed }
  if (isErased(pushed) && !(row && isErased(row.doc))) {
    const wasErased = sender.wasErased?.(declaration, pushed[declaration.merge.key] as string)
    if (wasErased !== true) return { outcome: 'rejected', refusal: ONLY_HEADQUARTERS }
  }
  const gated = sender.gate?.(write, declaration, pushed, row, sender)
  if (gated && 'refusal' in gated) return { outcome: 'rejected', refusal: gated.refusal }
  if (gated && 'held' in gated) return { outcome: 'held', ...gated.held }
  const merged = merge(declaration.merge, pushed, row?.doc ?? purged?.tombstone ?? {})
  // A copy that is older than the deletion stays deleted, and purged.
  if (purged && merged['_deleted'] === true) return { outcome: 'merged', doc: merged, written: false }
  const same = sameState(merged, pushed)
  // A sidecar can bring what the pushed fields did not show; what is stored is handed to everybody.
  const invalid = same
    ? undefined
    : (replica.validate(declaration, merged) ?? declaration.refuse?.(merged, replica.chainKey))
  const unfit = invalid ?? (row && lostNote(declaration, merged, row.doc))
  if (unfit) return { outcome: 'rejected', refusal: unfit }
  const outcome = same ? 'applied' : 'merged'
  if (row && sameState(merged, row.doc)) return { outcome, doc: row.doc, written: false }
  const doc = withLocalFields(merged, row?.doc, replica.store.epoch)
  const origin = same ? sender.origin : ''
  table.write(write, row, doc, { state: replica.store.pendingState, origin })
  if (purged) sender.deleted!.forget(declaration, pushed[declaration.merge.key] as string)
  gated?.afterwards()
  return { outcome, doc, written: true }
}

/**
 * Of somebody else's document under the pushed id a sender hears what it would hear if there was none, wherever that is a
 * refusal too: ids that follow from phones can be made by every branch, and headquarters' own from those.
 */
function refuseForeign(write: WriteContext, declaration: CollectionDeclaration, pushed: Doc, sender: Sender): Refusal {
  if (isErased(pushed)) return ONLY_HEADQUARTERS
  // Of members the gate would hold what it does not refuse; under an id that can be made they do not come so far.
  if (declaration.holdsBalance === true) return FOREIGN
  const gated = sender.gate?.(write, declaration, pushed, undefined, { origin: sender.origin })
  return gated && 'refusal' in gated ? gated.refusal : FOREIGN
}

/** A sender may still hold what only headquarters writes: it missed its deletion, or that was purged before it could be told. */
function stillDeleted(
  replica: Replica,
  declaration: CollectionDeclaration,
  pushed: Doc,
  sender: Sender,
): Doc | undefined {
  if (!sender.deleted) return undefined
  const id = pushed[declaration.merge.key] as string
  const row = replica.store.table(declaration.name).row(id)
  const deleted = row ? { scope: row.scope, tombstone: row.doc } : sender.deleted.find(declaration, id)
  if (!deleted || deleted.tombstone['_deleted'] !== true || !sender.scopes.includes(deleted.scope)) return undefined
  if (replica.validate(declaration, pushed)) return undefined
  const merged = merge(declaration.merge, pushed, deleted.tombstone)
  return merged['_deleted'] === true ? merged : undefined
}

/** The merge must decide between any two facts of creation; a receiver need not let a stored one be replaced. */
function changedFact({ merge: { immutable } }: CollectionDeclaration, pushed: Doc, stored: Doc): Refusal | undefined {
  if (isErased(pushed) || isErased(stored)) return undefined // an erasure takes facts of creation away too
  const field = immutable.find((name) => !jsonEqual(pushed[name], stored[name]))
  if (field === undefined) return undefined
  return { code: 'FIELD_IMMUTABLE', field, reason: `${field} is a fact of creation and differs from the stored one` }
}

/** Under an earlier stamp another content could take the place of what stands in a set that only grows. */
function lostNote({ merge: { growing = [] } }: CollectionDeclaration, merged: Doc, stored: Doc): Refusal | undefined {
  const field = growing.find((name) => {
    const [before, after] = [stored[name], merged[name]]
    if (!Array.isArray(before) || !Array.isArray(after) || jsonEqual(before, after)) return false
    const standing = new Set(after.map(canonicalJson))
    return before.some((element) => !standing.has(canonicalJson(element)))
  })
  if (field === undefined) return undefined
  return { code: 'FIELD_IMMUTABLE', field, reason: `${field}: what was noted stands as it was noted first` }
}
