/** The fields that only the local RxDB needs, for documents that replication writes straight into the store. */
import { getHeightOfRevision } from 'rxdb'
import { now } from 'rxdb/plugins/utils'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'

/** @param previous the stored document; its revision and metadata are carried on */
export function withLocalFields(doc: Doc, previous: Doc | undefined, writer: string): Doc {
  const height = previous ? getHeightOfRevision(previous['_rev'] as string) + 1 : 1
  return {
    ...replicatedState(doc),
    _deleted: doc['_deleted'] === true,
    _attachments: previous?.['_attachments'] ?? {},
    _meta: { ...(previous?.['_meta'] as object | undefined), lwt: now() },
    _rev: `${height}-${writer}`,
  }
}
