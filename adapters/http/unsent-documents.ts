/** Which documents of a collection its replication has not delivered yet; right also after a restart without a link. */
import { getAssumedMasterState, getChangedDocumentsSince, getComposedPrimaryKeyOfDocumentData } from 'rxdb'
import type { RxReplicationState } from 'rxdb/plugins/replication'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { sameState } from '../../schemas/merge.ts'

const BATCH = 200
/** Beyond this many read documents the answer is a lower bound. */
const MOST = 10_000

// oxlint-disable-next-line typescript/no-explicit-any -- collections are declared at run time
export type Replication = RxReplicationState<any, any>

/**
 * `undefined` while the replication has not started (in another tab it may have). Reads on from the replication's own position; a
 * document is unsent while it differs from what the node last confirmed.
 */
export async function unsentDocuments(
  replication: Replication,
  declaration: CollectionDeclaration,
): Promise<string[] | undefined> {
  const state = replication.internalReplicationState
  const unsent: string[] = []
  if (declaration.direction === 'down') return unsent
  if (!state) return undefined
  const { metaInstance, forkInstance } = state.input
  const positionId = getComposedPrimaryKeyOfDocumentData(metaInstance.schema, { isCheckpoint: '1', itemId: 'up' })
  const [position] = await metaInstance.findDocumentsById([positionId], false)
  let checkpoint: unknown = position?.checkpointData
  for (let read = 0; read < MOST && !replication.isStopped(); read += BATCH) {
    const page = await getChangedDocumentsSince(forkInstance, BATCH, checkpoint)
    const documents = page.documents as readonly Doc[]
    const idOf = (doc: Doc) => doc[declaration.merge.key] as string
    const confirmed = documents.length > 0 ? await getAssumedMasterState(state, documents.map(idOf)) : {}
    for (const doc of documents) {
      const known = confirmed[idOf(doc)]
      if (!known || !sameState(known.docData as Doc, doc)) unsent.push(idOf(doc))
    }
    if (documents.length < BATCH) break
    checkpoint = page.checkpoint
  }
  return unsent
}
