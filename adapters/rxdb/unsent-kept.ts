/** What was never sent of documents that an app cannot open: they wait for a migration that fails. */
import { getChangedDocumentsSince, META_INSTANCE_SCHEMA_TITLE, type RxCollection } from 'rxdb'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { sameState } from '../../schemas/merge.ts'
import { keptVersions, openKept, type AnyInstance } from './migrate-collections.ts'

export type UnsentKept = Readonly<Record<string, readonly Doc[]>>

const BATCH = 500

/**
 * As the app wrote them that left them. A document is unsent while it differs from what the node last confirmed; copies that
 * a migration has made are judged by their originals.
 */
export async function unsentKept(
  collections: readonly RxCollection[],
  declarations: readonly CollectionDeclaration[],
): Promise<UnsentKept> {
  const found: Record<string, Doc[]> = {}
  for (const collection of collections) {
    const declaration = declarations.find(({ name }) => name === collection.name)
    if (!declaration || declaration.direction === 'down') continue
    const unsent = await unsentOf(collection, declaration.merge.key)
    if (unsent.length > 0) found[collection.name] = unsent
  }
  return found
}

async function unsentOf(collection: RxCollection, key: string): Promise<Doc[]> {
  const unsent: Doc[] = []
  const judged = new Set<string>()
  for (const { data } of await keptVersions(collection)) {
    const opened: AnyInstance[] = []
    const open = async (...of: Parameters<typeof openKept>) => {
      const instance = await openKept(...of)
      opened.push(instance)
      return instance
    }
    try {
      const documents = await open(collection, collection.name, data.schema)
      const notes: AnyInstance[] = []
      for (const { collectionName, schema } of data.connectedStorages) {
        if (schema.title === META_INSTANCE_SCHEMA_TITLE) notes.push(await open(collection, collectionName, schema))
      }
      let checkpoint: unknown
      for (;;) {
        const page = await getChangedDocumentsSince(documents, BATCH, checkpoint)
        if (page.documents.length === 0) break
        const fresh = (page.documents as Doc[]).filter((doc) => !judged.has(doc[key] as string))
        const confirmed = await confirmedStates(
          notes,
          fresh.map((doc) => doc[key] as string),
        )
        for (const doc of fresh) {
          judged.add(doc[key] as string)
          const states = confirmed.get(doc[key] as string) ?? []
          if (!states.some((state) => sameState(state, doc))) unsent.push(withoutStorage(doc))
        }
        checkpoint = page.checkpoint
      }
    } finally {
      await Promise.all(opened.map((instance) => instance.close().catch(() => undefined)))
    }
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
