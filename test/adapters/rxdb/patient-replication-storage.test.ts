import { fillWithDefaultSettings, randomToken, type RxStorage, type RxStorageInstance } from 'rxdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { wrappedPatientReplicationStorage } from '../../../adapters/rxdb/patient-replication-storage.ts'

const FULL = new Error('full')
const BROKEN = new Error('broken')

interface Doc {
  readonly id: string
}

/** What the next writes fail with, one after the other. */
let failures: Error[]
let instance: RxStorageInstance<Doc, unknown, unknown>

beforeEach(async () => {
  vi.useFakeTimers()
  failures = []
  const memory = getRxStorageMemory() as unknown as RxStorage<unknown, unknown>
  const storage = wrappedPatientReplicationStorage({
    storage: {
      ...memory,
      async createStorageInstance(params) {
        const inner = await memory.createStorageInstance(params)
        const bulkWrite = inner.bulkWrite.bind(inner)
        inner.bulkWrite = (rows, context) => {
          const failure = failures.shift()
          return failure ? Promise.reject(failure) : bulkWrite(rows, context)
        }
        return inner
      },
    },
    mayPass: (failure) => failure === FULL,
  })
  const properties = { id: { type: 'string', maxLength: 20 } } as const
  instance = await storage.createStorageInstance<Doc>({
    databaseInstanceToken: randomToken(10),
    databaseName: randomToken(10),
    collectionName: 'things',
    schema: fillWithDefaultSettings<Doc>({ version: 0, primaryKey: 'id', type: 'object', properties }),
    options: {},
    multiInstance: false,
    devMode: false,
  })
})

afterEach(async () => {
  vi.useRealTimers()
  await instance.close()
})

const document = { id: '1', _deleted: false, _attachments: {}, _meta: { lwt: 1 }, _rev: '1-a' }
const write = (context: string) => instance.bulkWrite([{ document }], context)

it.each(['replication-downstream-x', 'replication-down-write-meta', 'replication-set-checkpoint'])(
  'writes what replication writes once there is room: %s',
  async (context) => {
    failures = [FULL, FULL]
    const writing = write(context)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await writing).toEqual({ error: [] })
    expect(await instance.findDocumentsById(['1'], false)).toHaveLength(1)
  },
)

it.each(['local-bulk-insert', 'outpost-migration'])('fails at once where somebody says so: %s', async (context) => {
  failures = [FULL]
  await expect(write(context)).rejects.toBe(FULL)
})

it('does not wait for what will not pass', async () => {
  failures = [FULL, BROKEN]
  const failing = expect(write('replication-set-checkpoint')).rejects.toBe(BROKEN)
  await vi.advanceTimersByTimeAsync(60_000)
  await failing
})

it('does not wait in a store that is closed', async () => {
  failures = [FULL, FULL, FULL]
  const failing = expect(write('replication-set-checkpoint')).rejects.toBe(FULL)
  await instance.close()
  await vi.advanceTimersByTimeAsync(60_000)
  await failing
})
