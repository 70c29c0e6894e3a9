// The published client in a process of its own: RxDB 15 in memory, replicated by `rxdb-server`'s `replicateServer`. Does
// what the parent process asks by messages, see compat-process.ts.
import { createRxDatabase } from 'rxdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { replicateServer } from 'rxdb-server/plugins/replication-server'
import { filter, firstValueFrom } from 'rxjs'
import { answerCommands } from './answer-commands.mjs'
import { COLLECTIONS } from '../../dist/schemas/collections.js'

const database = await createRxDatabase({ name: 'stock', storage: getRxStorageMemory(), multiInstance: false })
await database.addCollections(
  Object.fromEntries(COLLECTIONS.map(({ name, schema }) => [name, { schema, autoMigrate: false }])),
)
const errors = []

const commands = {
  replicate({ url, collection, version, headers }) {
    const replication = replicateServer({
      replicationIdentifier: `${collection}-${version}`,
      collection: database[collection],
      url: `${url}/${collection}/${version}`,
      headers,
      pull: {},
      push: {},
      live: true,
      retryTime: 50,
      waitForLeadership: false,
    })
    replication.error$.subscribe((error) => errors.push(error))
    // What it can say of itself before it gives up.
    for (const kind of ['outdatedClient$', 'unauthorized$', 'forbidden$'])
      replication[kind].subscribe(() => errors.push({ code: kind }))
  },
  insert: ({ collection, doc }) => database[collection].insert(doc).then((inserted) => inserted.toJSON()),
  bulkInsert: ({ collection, docs }) => database[collection].bulkInsert(docs).then(({ success }) => success.length),
  async patch({ collection, id, fields }) {
    await (await find(collection, id)).incrementalPatch(fields)
  },
  async remove({ collection, id }) {
    await (await find(collection, id)).incrementalRemove()
  },
  async get({ collection, id }) {
    return (await database[collection].findOne(id).exec())?.toJSON() ?? null
  },
  async ids({ collection }) {
    return (await database[collection].find().exec()).map((doc) => doc.primary)
  },
  // Resolves with the document once it has these fields, and the one it is to hold; without fields once it is gone.
  async when({ collection, id, fields, holding }) {
    const isThere = (doc) => doc && has(doc.toJSON(), fields) && (!holding || doc.get(holding) !== undefined)
    const states = database[collection].findOne(id).$
    const doc = await firstValueFrom(states.pipe(filter((one) => (fields ? isThere(one) : !one))))
    return doc?.toJSON() ?? null
  },
  async error({ part }) {
    for (;;) {
      const text = errors.map((error) => JSON.stringify({ code: error.code, ...error.parameters })).join('\n')
      if (text.includes(part)) return text
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  },
}

function find(collection, id) {
  return database[collection].findOne(id).exec(true)
}

function has(doc, fields) {
  return Object.entries(fields).every(([name, value]) => JSON.stringify(doc[name]) === JSON.stringify(value))
}

answerCommands(commands)
