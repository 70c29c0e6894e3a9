/** The fields that only the local RxDB needs, for documents that replication writes straight into the store. */
import { getHeightOfRevision } from 'rxdb'
import { now } from 'rxdb/plugins/utils'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'

/** @param previous the stored document; its revision and metadata are carried on */
export function withLocalFields(doc: Doc, previous: Doc | undefined, writer: string): Doc {
  const height = previous ? getHeightOfRevision(previous['_rev'] as string) + 1 : 1
  const out: Record<string, unknown> = replicatedState(doc)
  out['_deleted'] = doc['_deleted'] === true
  out['_attachments'] = previous?.['_attachments'] ?? {}
  out['_meta'] = { ...(previous?.['_meta'] as object | undefined), lwt: now() }
  out['_rev'] = `${height}-${writer}`
  return out
}
