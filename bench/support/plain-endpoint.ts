/** The far side of plain RxDB, a process of its own: a replication endpoint on node:http, as RxDB's documentation builds it. */
import { rxStorageInstanceToReplicationHandler, type RxReplicationWriteToMasterRow } from 'rxdb'
import type { Doc } from '../../schemas/json.ts'
import { startJsonServer } from './json-server.ts'
import { createPlainCollection, loadOrders } from './plain-collection.ts'

const collection = await createPlainCollection()
const { storageInstance, conflictHandler, database } = collection
const master = rxStorageInstanceToReplicationHandler(storageInstance, conflictHandler as never, database.token)

startJsonServer({
  '/load': async ({ count }: { count: number }) => ({ loaded: await loadOrders(collection, count) }),
  '/count': async () => ({ count: await collection.count().exec() }),
  '/push': ({ rows }: { rows: RxReplicationWriteToMasterRow<Doc>[] }) => master.masterWrite(rows),
  '/pull': ({ checkpoint, limit }: { checkpoint?: unknown; limit: number }) =>
    master.masterChangesSince(checkpoint, limit),
})
