/** Whether the mirror is what its documents say: everything beside everything, in both directions. */
import { MOST_SETTLED } from '../../../adapters/mysql/settle-documents.ts'
import { mirroredCollections } from '../../../adapters/mysql/mirrored-collection.ts'
import type { Mirror } from '../../../adapters/mysql/mirror.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { TestDatabase } from '../../support/mysql-database.ts'
import type { MemoryFeed } from './memory-feed.ts'

export interface Settled {
  /** `collection/id` of each whose rows are not its document's; they are repaired. */
  readonly different: readonly string[]
  readonly inFlight: readonly string[]
  readonly repaired: number
  /** What MySQL refused, with its reason and the column. */
  readonly parked: readonly string[]
}

export const AS_THE_DOCUMENTS_SAY: Settled = { different: [], inFlight: [], repaired: 0, parked: [] }

/** Looks at all documents, and all rows of which there is no document. */
export async function settleAll(
  { db, feed }: { readonly db: TestDatabase; readonly feed: MemoryFeed },
  mirror: Mirror,
): Promise<Settled> {
  const different: string[] = []
  const inFlight: string[] = []
  let repaired = 0
  for (const { name, tables } of mirroredCollections(COLLECTIONS)) {
    const ids = new Set<string>()
    for (const { collection, doc } of feed.all().values()) if (collection === name) ids.add(String(doc['id']))
    for (const { definition, idColumn } of tables) {
      const rows = await db.query<{ id: string }>(`SELECT DISTINCT ${idColumn} AS id FROM ${definition.name}`)
      for (const { id } of rows) ids.add(id)
    }
    for (let at = 0; at < ids.size; at += MOST_SETTLED) {
      const found = await mirror.settle(name, [...ids].slice(at, at + MOST_SETTLED), true)
      different.push(...found.different.map(({ id }) => `${name}/${id}`))
      inFlight.push(...found.inFlight)
      repaired += found.repaired
    }
  }
  const parked = (await mirror.parked()).map(
    ({ collection, documentId, column, reason }) => `${collection}/${documentId} ${column}: ${reason}`,
  )
  return { different, inFlight, repaired, parked }
}
