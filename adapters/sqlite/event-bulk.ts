/** Committed changes as the event bulk that RxDB listens to. */
import type { EventBulk, RxDocumentData, RxStorageChangeEvent } from 'rxdb'
import type { Doc } from '../../schemas/json.ts'
import type { Change } from './document-table.ts'

/** A position in the commit sequence: everything up to `seq` is known. */
export interface SeqCheckpoint {
  readonly seq: number
}

type DocData = RxDocumentData<Doc>
export type SqliteEventBulk = EventBulk<RxStorageChangeEvent<DocData>, SeqCheckpoint>

/**
 * `undefined` when nothing happened that RxDB wants to hear of, such as a tombstone that arrived first.
 *
 * @param epoch of the store: with it a bulk's last seq names the bulk, so whoever hears it twice can tell
 */
export function toEventBulk(changes: readonly Change[], context: string, epoch: string): SqliteEventBulk | undefined {
  const events: RxStorageChangeEvent<DocData>[] = []
  for (const change of changes) {
    const event = toEvent(change)
    if (event) events.push(event)
  }
  if (events.length === 0) return undefined
  const { seq } = changes.at(-1)!
  return { id: `${epoch}-${seq}`, events, checkpoint: { seq }, context }
}

function toEvent({ table, previous, doc }: Change): RxStorageChangeEvent<DocData> | undefined {
  const documentId = doc[table.columns.primaryPath] as string
  const documentData = doc as DocData
  const previousDocumentData = previous as DocData
  // A tombstone that is written over another one is news for whoever replicates it.
  if (doc['_deleted'] === true) {
    return previous && { documentId, operation: 'DELETE', documentData, previousDocumentData }
  }
  if (previous === undefined || previous['_deleted'] === true) {
    return { documentId, operation: 'INSERT', documentData, previousDocumentData: undefined }
  }
  return { documentId, operation: 'UPDATE', documentData, previousDocumentData }
}
