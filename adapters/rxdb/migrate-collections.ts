/**
 * Brings the documents that a browser has kept since an older program to today's schemas, by RxDB's migration: it copies
 * them, and the notes of what the node has confirmed, with their write times, so that what was unsent is sent and
 * nothing else. A node needs none of this: its store is upgraded in place.
 */
import { addRxPlugin, type MigrationStrategies, type RxCollection } from 'rxdb'
import { RxDBMigrationSchemaPlugin } from 'rxdb/plugins/migration-schema'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'

addRxPlugin(RxDBMigrationSchemaPlugin)

export interface MigrationProgress {
  /** Documents, and the notes that are kept of them. */
  readonly done: number
  readonly of: number
}

/** Documents of one step; RxDB's own 10 would be a transaction of the browser for each 10. */
const BATCH = 500

export function migrationStrategiesOf({ migrations = {} }: CollectionDeclaration): MigrationStrategies {
  return Object.fromEntries(
    Object.entries(migrations).map(([version, migrate]) => [version, (doc: Doc) => migrate(doc)]),
  )
}

export async function needMigration(collections: readonly RxCollection[]): Promise<boolean> {
  const needs = await Promise.all(collections.map((collection) => collection.migrationNeeded()))
  return needs.includes(true)
}

/**
 * Call it where no other tab has the documents open: what an older program writes meanwhile is lost. It can be broken off
 * at any time and goes on when it is called again.
 */
export async function migrateCollections(
  collections: readonly RxCollection[],
  onProgress: (progress: MigrationProgress) => void,
): Promise<void> {
  for (const collection of collections) {
    if (!(await collection.migrationNeeded())) continue
    const state = collection.getMigrationState()
    const watching = state.$.subscribe(({ count: { handled, total } }) => onProgress({ done: handled, of: total }))
    try {
      // Not `migratePromise`, which takes the failure of an earlier start for one of this.
      await state.startMigration(BATCH)
      if (!(await collection.migrationNeeded())) continue
      const { error } = await state.getStatus()
      throw new Error(`the documents of "${collection.name}" could not be migrated: ${error?.message ?? 'broken off'}`)
    } finally {
      watching.unsubscribe()
    }
  }
}
