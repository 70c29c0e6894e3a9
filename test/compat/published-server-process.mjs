// The published `rxdb-server` with its Express adapter, as its manual shows it: RxDB 15 in memory, one collection, of
// which a client may see and write what has its branch; `balance` is a server-only field.
import { createRequire } from 'node:module'
import { createRxDatabase } from 'rxdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { RxServerAdapterExpress } from 'rxdb-server/plugins/adapter-express'
import { createRxServer } from 'rxdb-server/plugins/server'
import { answerCommands } from './answer-commands.mjs'

const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 100 },
    branchId: { type: 'string' },
    note: { type: 'string' },
    balance: { type: 'number' },
  },
}
const storage = getRxStorageMemory()
const { notes } = await open(createRxDatabase)

async function open(create) {
  const database = await create({ name: 'published', storage, multiInstance: false, ignoreDuplicate: true })
  return database.addCollections({ notes: { schema } })
}

answerCommands({
  async serve() {
    const server = await createRxServer({
      database: notes.database,
      adapter: RxServerAdapterExpress,
      authHandler: () => ({ validUntil: Date.now() + 3_600_000, data: {} }),
      port: 0,
      hostname: '127.0.0.1',
    })
    const endpoint = server.addReplicationEndpoint({
      name: 'notes',
      collection: notes,
      cors: '',
      queryModifier: (_auth, query) => ({ ...query, selector: { $and: [query.selector ?? {}, { branchId: 'b1' }] } }),
      serverOnlyFields: ['balance'],
    })
    // The adapter hands its listening server to nobody.
    const listening = new Promise((resolve) => {
      const { listen } = server.serverApp
      server.serverApp.listen = (...args) => {
        const http = listen.apply(server.serverApp, args)
        http.once('listening', () => resolve(http.address().port))
        return http
      }
    })
    await server.start()
    return `http://127.0.0.1:${await listening}/${endpoint.urlPath}`
  },
  insert: ({ doc }) => notes.insert(doc).then(() => undefined),
  async get({ id }) {
    return (await notes.findOne(id).exec())?.toJSON() ?? null
  },
  // RxDB's clock never goes back while its module lives; another copy of it is another start of the process.
  async insertAfterRestart({ doc, clockMs }) {
    const { now } = Date
    Date.now = () => now() + clockMs
    const restarted = await open(createRequire(import.meta.url)('rxdb').createRxDatabase)
    await restarted.notes.insert(doc)
    Date.now = now
  },
  setCorsOn({ express }) {
    return RxServerAdapterExpress.setCors(createRequire(import.meta.url)(express)(), 'notes/0', '*')
  },
})
