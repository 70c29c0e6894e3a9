/**
 * RxDB's own base suite for replications, clients and master all on our storage. It is written for mocha and wants
 * RxDB's development mode, which in turn wants a validator; its one helper package, async-test-util, is there as a
 * dependency of rxdb-server.
 */
import { addRxPlugin, clone, createRxDatabase, rxStorageInstanceToReplicationHandler, type RxCollection } from 'rxdb'
import { fillWriteDataForAttachmentsChange, RxDBAttachmentsPlugin } from 'rxdb/plugins/attachments'
import { disableWarnings, RxDBDevModePlugin } from 'rxdb/plugins/dev-mode'
import { RxDBLocalDocumentsPlugin } from 'rxdb/plugins/local-documents'
import { replicateRxCollection } from 'rxdb/plugins/replication'
import {
  getConfig,
  runReplicationBaseTestSuite,
  schemas,
  setConfig,
  type HumanDocumentType as Human,
} from 'rxdb/plugins/test-utils'
import { wrappedValidateAjvStorage } from 'rxdb/plugins/validate-ajv'
import { afterAll, describe, it } from 'vitest'
import { openStorageFixture, type StorageFixture } from './storage-fixture.ts'

type MasterHandler = ReturnType<typeof rxStorageInstanceToReplicationHandler<Human, unknown>>
type Sent = Awaited<ReturnType<MasterHandler['masterWrite']>>[number]

const clients = openStorageFixture()
const validated = ({ storage }: StorageFixture) => wrappedValidateAjvStorage({ storage: storage() })
const headquarters = openStorageFixture()
disableWarnings()
for (const plugin of [RxDBDevModePlugin, RxDBAttachmentsPlugin, RxDBLocalDocumentsPlugin]) addRxPlugin(plugin)
configureSuite()

let master: RxCollection<Human> | undefined
let masterWithAttachments: RxCollection<Human> | undefined
let masters = 0

afterAll(async () => {
  await closeMasters()
  clients.close()
  headquarters.close()
})

// The suite registers its tests with mocha's globals while this file is being collected.
Object.assign(globalThis, { describe, it })
runReplicationBaseTestSuite({
  startReplication: (collection) => replicate(collection, master!, true),
  syncOnce: (collection) => syncOnce(collection, master!),
  syncOnceWithAttachments: (collection) => syncOnce(collection, masterWithAttachments!),
  syncOnceWithAttachmentsDisabled: (collection) => syncOnce(collection, masterWithAttachments!, withoutAttachments),
  async getAllServerDocs() {
    const { documents } = await master!.storageInstance.getChangedDocumentsSince!(1000)
    return documents
  },
  async cleanUpServer() {
    await closeMasters()
    master = await openMaster(false)
    masterWithAttachments = await openMaster(true)
  },
  softDeletes: true,
  isDeleted: ({ _deleted }: { _deleted: boolean }) => _deleted,
  getPrimaryOfServerDoc: ({ passportId }: Human) => passportId,
})

/** Hands RxDB's test utilities our storage, and keeps the console that they would replace on the first look at it. */
function configureSuite(): void {
  const { log, dir } = console
  setConfig({
    storage: {
      name: 'sqlite-outpost',
      getStorage: () => validated(clients),
      getPerformanceStorage: () => ({ storage: validated(clients), description: 'sqlite-outpost' }),
      hasPersistence: true,
      hasMultiInstance: true,
      hasAttachments: true,
      hasReplication: true,
    },
  })
  console.log = () => undefined
  getConfig()
  Object.assign(console, { log, dir })
}

async function openMaster(attachments: boolean): Promise<RxCollection<Human>> {
  masters += 1
  const database = await createRxDatabase({
    name: `master${masters}`,
    storage: validated(headquarters),
    multiInstance: false,
  })
  const schema = { ...schemas.human, ...(attachments && { attachments: {} }) }
  const { humans } = await database.addCollections({ humans: { schema } })
  return humans as RxCollection<Human>
}

async function closeMasters(): Promise<void> {
  await master?.database.remove()
  await masterWithAttachments?.database.remove()
}

function replicate(
  collection: RxCollection<Human>,
  to: RxCollection<Human>,
  live: boolean,
  filter: <T>(document: T) => T = (document) => document,
) {
  const storage = to.storageInstance
  const handler: MasterHandler = rxStorageInstanceToReplicationHandler(storage, to.conflictHandler, to.database.token)
  // A conflict names the master's attachments; a branch that lacks them needs their data as well.
  const fill = async (document: Sent): Promise<Sent> => {
    if (!('_attachments' in document)) return document
    return fillWriteDataForAttachmentsChange('passportId', storage, clone(document) as never)
  }
  return replicateRxCollection<Human, unknown>({
    collection,
    replicationIdentifier: `to-${to.database.name}`,
    live,
    waitForLeadership: false,
    pull: {
      async handler(checkpoint, batchSize) {
        const page = await handler.masterChangesSince(checkpoint, batchSize)
        return { ...page, documents: page.documents.map(filter) }
      },
      stream$: handler.masterChangeStream$,
    },
    push: {
      async handler(rows) {
        const sent = rows.map((row) => ({ ...row, newDocumentState: filter(row.newDocumentState) }))
        const conflicts = await handler.masterWrite(sent)
        return (await Promise.all(conflicts.map(fill))).map(filter)
      },
    },
  })
}

async function syncOnce(
  collection: RxCollection<Human>,
  to: RxCollection<Human>,
  filter?: <T>(document: T) => T,
): Promise<void> {
  const replication = replicate(collection, to, false, filter)
  await replication.awaitInitialReplication()
}

function withoutAttachments<T>(document: T): T {
  return { ...document, _attachments: {} }
}
