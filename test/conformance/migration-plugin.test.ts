/**
 * Why a browser's documents are migrated without RxDB's own plugin, shown on the plugin as it is. It changes every
 * collection of its process from then on, so it is loaded where each file has a process of its own.
 */
import {
  addRxPlugin,
  createRxDatabase,
  type RxCollection,
  type RxStorage,
  type RxStorageInstanceCreationParams,
} from 'rxdb'
import { RxDBMigrationSchemaPlugin } from 'rxdb/plugins/migration-schema'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { afterEach, describe, expect, it } from 'vitest'

interface Note {
  id: string
  text: string
}

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const properties = { id: { type: 'string', maxLength: 100 }, text: { type: 'string', maxLength: 20 } }

describe('the migration plugin', () => {
  it('goes on behind a page that could not be written, and the next start deletes the originals', async () => {
    addRxPlugin(RxDBMigrationSchemaPlugin)
    let failures = 1
    const memory = getRxStorageMemory()
    const storage: RxStorage<never, never> = {
      ...(memory as unknown as RxStorage<never, never>),
      async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, never>) {
        const instance = await memory.createStorageInstance(params as never)
        const bulkWrite = instance.bulkWrite.bind(instance)
        instance.bulkWrite = (rows, context) =>
          context === 'replication-master-write' && failures-- > 0
            ? Promise.reject(new Error('no room'))
            : bulkWrite(rows, context)
        return instance as never
      },
    }
    const open = async (version: 0 | 1) => {
      const database = await createRxDatabase({ name, storage, multiInstance: false })
      closing.push(() => database.close())
      const schema = { version, primaryKey: 'id', type: 'object', properties } as const
      const migrationStrategies = { 1: (doc: Note) => doc }
      const { notes } = await database.addCollections({
        notes: { schema, autoMigrate: false, ...(version === 1 && { migrationStrategies }) },
      })
      return { notes: notes as RxCollection<Note>, close: () => database.close() }
    }
    const name = `traps-${Math.random()}`
    const older = await open(0)
    await older.notes.bulkInsert(Array.from({ length: 30 }, (_, i) => ({ id: `n${i + 10}`, text: 'x' })))
    await older.close()

    const first = await open(1)
    await expect(first.notes.migratePromise(10)).rejects.toMatchObject({ code: 'DM4' })
    await first.close()
    const { notes } = await open(1)
    await notes.startMigration(10)
    expect(await notes.migrationNeeded()).toBe(false)
    expect(await notes.count().exec()).toBe(20)
  })
})
