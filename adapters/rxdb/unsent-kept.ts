/** What was never sent of documents that an app cannot open: they wait for a migration that fails. */
import { getChangedDocumentsSince, META_INSTANCE_SCHEMA_TITLE, type RxDatabase, type RxJsonSchema } from 'rxdb'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { sameState } from '../../schemas/merge.ts'
import { keptVersions, openKept, type AnyInstance, type KeptVersion } from './migrate-collections.ts'

export type UnsentKept = Readonly<Record<string, readonly Doc[]>>

const BATCH = 500

/**
 * As the app wrote them that left them, also of collections that this app does not know. A document is unsent while it
 * differs from what the node last confirmed; copies that a migration has made are judged by their originals.
 */
export async function unsentKept(
  database: RxDatabase,
  declarations: readonly CollectionDeclaration[],
): Promise<UnsentKept> {
  const found: Record<string, Doc[]> = {}
  const judged = new Set<string>()
  for (const kept of await keptVersions(database)) {
    const { name } = kept.data
    // Nothing of these was written here.
    if (declarations.find((one) => one.name === name)?.direction === 'down') continue
    const unsent = await unsentOf(database, kept, judged)
    if (unsent.length > 0) found[name] = [...(found[name] ?? []), ...unsent]
  }
  return found
}

/** @param judged what was judged before of older versions; what is judged now is added */
async function unsentOf(database: RxDatabase, { data }: KeptVersion, judged: Set<string>): Promise<Doc[]> {
  const unsent: Doc[] = []
  const { primaryKey } = data.schema as RxJsonSchema<Doc>
  const key = typeof primaryKey === 'string' ? primaryKey : primaryKey.key
  const idOf = (doc: Doc) => doc[key] as string
  const opened: AnyInstance[] = []
  const open = async (...of: Parameters<typeof openKept>) => {
    const instance = await openKept(...of)
    opened.push(instance)
    return instance
  }
  try {
    const documents = await open(database, data.name, data.schema)
    const notes: AnyInstance[] = []
    for (const { collectionName, schema } of data.connectedStorages) {
      if (schema.title === META_INSTANCE_SCHEMA_TITLE) notes.push(await open(database, collectionName, schema))
    }
    let checkpoint: unknown
    for (;;) {
      const page = await getChangedDocumentsSince(documents, BATCH, checkpoint)
      if (page.documents.length === 0) break
      const fresh = (page.documents as Doc[]).filter((doc) => !judged.has(`${data.name} ${idOf(doc)}`))
      const confirmed = await confirmedStates(notes, fresh.map(idOf))
      for (const doc of fresh) {
        judged.add(`${data.name} ${idOf(doc)}`)
        const states = confirmed.get(idOf(doc)) ?? []
        if (!states.some((state) => sameState(state, doc))) unsent.push(withoutStorage(doc))
      }
      checkpoint = page.checkpoint
    }
  } finally {
    await Promise.all(opened.map((instance) => instance.close().catch(() => undefined)))
  }
  return unsent
}

async function confirmedStates(notes: readonly AnyInstance[], ids: readonly string[]): Promise<Map<string, Doc[]>> {
  const states = new Map<string, Doc[]>()
  for (const instance of notes) {
    const found = (await instance.findDocumentsById(
      ids.map((id) => `${id}|0`),
      true,
    )) as Doc[]
    for (const note of found) {
      const id = note['itemId'] as string
      states.set(id, [...(states.get(id) ?? []), note['docData'] as Doc])
    }
  }
  return states
}

function withoutStorage({ _meta, _rev, _attachments, ...doc }: Doc): Doc {
  return doc
}
