/** Committed changes as the event bulk that RxDB listens to. */
import type { EventBulk, RxDocumentData, RxStorageChangeEvent } from 'rxdb'
import { randomToken } from 'rxdb/plugins/utils'
import type { Doc } from '../../schemas/json.ts'
import type { Change } from './store.ts'

export interface SeqCheckpoint {
  readonly seq: number
}

type DocData = RxDocumentData<Doc>

const PREFIX = randomToken(10)
let counter = 0

/** `undefined` when nothing happened that RxDB wants to hear of, such as a tombstone that arrived first. */
export function toEventBulk(
  changes: readonly Change[],
  context: string,
): EventBulk<RxStorageChangeEvent<DocData>, SeqCheckpoint> | undefined {
  const events = changes.flatMap((change) => toEvent(change) ?? [])
  if (events.length === 0) return undefined
  counter += 1
  return { id: `${PREFIX}${counter}`, events, checkpoint: { seq: changes.at(-1)!.seq }, context }
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
