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
  const wasThere = previous !== undefined && previous['_deleted'] !== true
  const isThere = doc['_deleted'] !== true
  if (!wasThere && !isThere) return undefined
  const documentData = doc as DocData
  if (!wasThere) return { documentId, operation: 'INSERT', documentData, previousDocumentData: undefined }
  const previousDocumentData = previous as DocData
  return { documentId, operation: isThere ? 'UPDATE' : 'DELETE', documentData, previousDocumentData }
}
