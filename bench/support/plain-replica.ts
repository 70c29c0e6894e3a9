/** The near side of plain RxDB, a process of its own: `replicateRxCollection` on memory storage. */
import { replicateRxCollection } from 'rxdb/plugins/replication'
import type { Doc } from '../../schemas/json.ts'
import { startJsonServer } from './json-server.ts'
import { createPlainCollection, loadOrders } from './plain-collection.ts'
import { callServer } from './server-process.ts'

const collection = await createPlainCollection()

startJsonServer({
  '/load': async ({ count }: { count: number }) => ({ loaded: await loadOrders(collection, count) }),
  '/count': async () => ({ count: await collection.count().exec() }),
  '/replicate': async ({ url, batch }: { url: string; batch: number }) => {
    const errors: unknown[] = []
    const state = replicateRxCollection<Doc, unknown>({
      collection,
      replicationIdentifier: 'plain',
      live: false,
      push: { batchSize: batch, handler: (rows) => callServer(url, '/push', { rows }) },
      pull: { batchSize: batch, handler: (checkpoint, limit) => callServer(url, '/pull', { checkpoint, limit }) },
    })
    state.error$.subscribe((error) => errors.push(error))
    await state.awaitInitialReplication()
    if (errors.length > 0) throw errors[0]
    return {}
  },
})
