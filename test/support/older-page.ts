/**
 * A page of an earlier app, without its screens: the store and the replication of a device as they are, with members and
 * orders of version 0. Built by `older-app.ts`; a test calls what it puts on the window.
 */
import type { RxCollection } from 'rxdb'
import { replicateWithNode, type NodeReplicationStatus } from '../../adapters/http/replication-client.ts'
import { openBranchStore, type BranchStore } from '../../local-node/web/store/branch-store.ts'
import type { Doc } from '../../schemas/json.ts'
import type { OlderPage } from './older-page-calls.ts'

let store: BranchStore

const page: OlderPage = {
  async open(session) {
    store = await openBranchStore(session, () => undefined)
    return store.members.schema.version
  },
  async exchange() {
    await replicate(['members', 'orders'], ({ unsent, reachable }) => unsent?.length === 0 && reachable === true)
  },
  async write(collection, doc) {
    const documents = collectionOf(collection)
    const stored = await documents.findOne(doc['id'] as string).exec()
    if (stored) await stored.incrementalPatch(doc)
    else await documents.insert(doc)
  },
  async fill(members) {
    await store.members.bulkInsert(members as never)
  },
  async problem() {
    const { problem } = await replicate(['members'], (status) => status.problem !== undefined)
    return problem!.code
  },
}
;(globalThis as unknown as { older: OlderPage }).older = page

function collectionOf(name: 'members' | 'orders'): RxCollection<Doc> {
  return store[name] as unknown as RxCollection<Doc>
}

async function replicate(
  names: readonly ('members' | 'orders')[],
  until: (status: NodeReplicationStatus) => boolean,
): Promise<NodeReplicationStatus> {
  const ending = new AbortController()
  const told = await Promise.all(
    names.map(
      (name) =>
        new Promise<NodeReplicationStatus>((resolve) => {
          const declaration = store.declarations.find((one) => one.name === name)!
          const collection = collectionOf(name)
          replicateWithNode({
            collection,
            declaration,
            baseUrl: '',
            signal: ending.signal,
            onStatus: (status) => {
              if (until(status)) resolve(status)
            },
          })
        }),
    ),
  )
  ending.abort()
  return told.at(0) as NodeReplicationStatus
}
