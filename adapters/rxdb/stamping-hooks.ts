/** Hooks that stamp every ordinary write of a collection, so that application code never touches a clock. */
import type { RxCollection } from 'rxdb'
import type { Hlc } from '../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { stampWrite } from '../../schemas/stamp-write.ts'

/**
 * Replicated writes go to the storage directly and skip hooks; everything that an application can call passes here:
 * inserts (also over a tombstone, which is joined), saves of every kind, removals.
 */
export function addStampingHooks(
  collection: RxCollection,
  declaration: CollectionDeclaration,
  stamp: (exceeds: Hlc) => Hlc,
): void {
  const apply = (before: Doc | undefined, after: Record<string, unknown>) => {
    const stamped = stampWrite(declaration.merge, before, after, stamp)
    if (!stamped.ok) throw new OutpostError(stamped.code, stamped.reason, { field: stamped.field })
    for (const field of Object.keys(after)) if (!(field in stamped.doc)) delete after[field]
    for (const field in stamped.doc) if (!LOCAL.has(field)) after[field] = stamped.doc[field]
  }
  collection.preInsert(async (data: Record<string, unknown>) => {
    const id = data[declaration.merge.key] as string
    const [tombstone] = await collection.storageInstance.findDocumentsById([id], true)
    apply(tombstone?._deleted ? tombstone : undefined, data)
  }, false)
  collection.preSave((after: Record<string, unknown>, before: unknown) => apply(before as Doc, after), false)
  collection.preRemove((data: Record<string, unknown>) => {
    const removed = { ...data, _deleted: true }
    apply(data, removed)
    data['clock'] = removed['clock' as never]
  }, false)
}

/** RxDB keeps these itself. */
const LOCAL: ReadonlySet<string> = new Set(['_rev', '_meta', '_attachments'])
