/** Opens a store as a restart would, and says what it holds; whatever does not fit together in it is an error. */
import { documentHash, HASH_MODULUS } from '../../../adapters/sqlite/document-hash.ts'
import { scopeOf } from '../../../schemas/collection.ts'
import { expect } from 'vitest'
import type { StoreContent } from './expected-store.ts'
import { DECLARATIONS, INSTANCES, openStore, type OpenStore } from './open-store.ts'
import type { Doc } from '../../../schemas/json.ts'

export async function examineStore(file: string): Promise<StoreContent> {
  const open = await openStore(file)
  try {
    return await contentOf(open)
  } finally {
    open.store.close()
  }
}

export async function contentOf(open: OpenStore): Promise<StoreContent> {
  const { store, instances } = open
  expect(store.prepare('PRAGMA integrity_check').pluck().all()).toEqual(['ok'])
  expectDigestsCount(open)
  const photos = rowsOf(open, 'photos')
  const attachments: Record<string, string> = {}
  for (const { doc } of photos) {
    const { id, _attachments } = doc as { id: string; _attachments: Record<string, { digest: string }> }
    for (const [name, { digest }] of Object.entries(_attachments)) {
      attachments[`${id}/${name}`] = await (await instances.photos.getAttachmentData(id, name, digest)).text()
    }
  }
  // What no document names must be gone.
  const kept = store.prepare('SELECT count(*) FROM attachment').pluck().get()
  expect(kept).toBe(Object.keys(attachments).length)
  return {
    head: store.head().seq,
    rows: { products: rowsOf(open, 'products'), branches: rowsOf(open, 'branches'), photos },
    attachments,
    notes: store.prepare('SELECT text FROM note ORDER BY number').pluck().all() as string[],
  }
}

function rowsOf({ store }: OpenStore, name: keyof typeof INSTANCES): { seq: number; doc: Doc }[] {
  const { database, collection, schema } = INSTANCES[name]
  const rows = store.openTable(database, collection, schema as never).rowsAfter(0, 1e9)
  return rows.map(({ seq, doc }) => ({ seq, doc }))
}

/** Digests as the store keeps them, against a fresh count of its documents. */
function expectDigestsCount(open: OpenStore): void {
  for (const declaration of DECLARATIONS) {
    const counted = new Map<string, { documents: number; sum: number }>()
    for (const { doc } of rowsOf(open, declaration.name as keyof typeof INSTANCES)) {
      const scope = scopeOf(declaration, doc)
      const digest = counted.get(scope) ?? { documents: 0, sum: 0 }
      counted.set(scope, digest)
      if (doc['_deleted'] === true) continue
      digest.documents += 1
      digest.sum = (digest.sum + documentHash(doc)) % HASH_MODULUS
    }
    for (const [scope, digest] of counted) {
      expect(open.store.digest(declaration.name, scope), `${declaration.name} of ${scope}`).toEqual(digest)
    }
    const live = [...counted.values()].reduce((sum, { documents }) => sum + documents, 0)
    expect(open.store.countLive(declaration.name)).toBe(live)
  }
}
