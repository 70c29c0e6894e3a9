/**
 * Some branches of a chain in one process: each with a store of its own and the product's own cycle and client, without
 * pages and API, since headquarters is the subject.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createSignedFetch } from '../../adapters/access/signed-fetch.ts'
import { BranchSide } from '../../adapters/exchange/branch-side.ts'
import { createDocumentValidator } from '../../adapters/exchange/document-validator.ts'
import { createReplica } from '../../adapters/exchange/replica.ts'
import { readVerifyingKey } from '../../adapters/exchange/signature.ts'
import { createExchangeClient } from '../../adapters/http/exchange-client.ts'
import { IdentityBook } from '../../adapters/identity/identity-book.ts'
import type { Log } from '../../adapters/log.ts'
import { openClock } from '../../adapters/node/clock-memory.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { createCloudFetch } from '../../adapters/tls/cloud-fetch.ts'
import { openBranchIdentity } from '../../local-node/branch-identity.ts'
import { BranchKey } from '../../local-node/branch-key.ts'
import { enrolBranch } from '../../local-node/enrol-branch.ts'
import { SyncCycle } from '../../local-node/sync/sync-cycle.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { ChainKey } from '../../schemas/member-id.ts'
import { importOrders } from './import-orders.ts'
import { startJsonServer } from './json-server.ts'

export interface FleetState {
  /** Branches that still have something to send. */
  readonly draining: number
  /** What ended a cycle before its end, first ones only. */
  readonly errors: readonly string[]
  readonly errorCount: number
  /** When the last branch had sent everything, from `process.hrtime.bigint()`. */
  readonly drainedAt?: string
}

const [folder = '', cloudUrl = ''] = process.argv.slice(2)
const SHOWN_ERRORS = 5
/** Characters of JSON, of each branch: there are many in this process. */
const CACHE_LENGTH = 2 ** 20
const validate = createDocumentValidator(COLLECTIONS)
const cycles: { readonly branch: BranchSide; readonly cycle: SyncCycle }[] = []
const draining = new Set<BranchSide>()
const errors: string[] = []
let errorCount = 0
let drainedAt: bigint | undefined

const nothing = () => undefined
const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** Of a cycle that is over. A branch that is asked to come a little later waits within its cycle. */
function noteFailure(cycle: SyncCycle): void {
  const { failures, lastError } = cycle.status()
  if (failures === 0) return
  errorCount += 1
  if (errors.length < SHOWN_ERRORS) errors.push(lastError?.message ?? 'a cycle failed')
}

startJsonServer({
  '/open': async ({ branchId, code, count, seed }: { branchId: string; code: string; count: number; seed: number }) => {
    const dataDir = join(folder, branchId)
    mkdirSync(dataDir) // fails once the fleet's folder was removed
    await enrolBranch({ dataDir, cloudUrl, code, declarations: COLLECTIONS, log })
    const file = join(dataDir, 'store.sqlite')
    const store = new Store({ file, declarations: COLLECTIONS, tracksPending: true, cacheLength: CACHE_LENGTH })
    const { facts } = openBranchIdentity(store, { dataDir })
    const { clock } = openClock(store)
    const chainKey = facts.chainKey as ChainKey
    const cloudKey = readVerifyingKey(facts.cloudKey)
    const replica = createReplica({ store, clock, chainKey, cloudKey, validate })
    const branch = new BranchSide(replica, branchId, new IdentityBook(store))
    const key = await BranchKey.open(store, facts.cloudKey)
    const { fetch } = createCloudFetch({ cloudUrl, cloudKey, log })
    const send = createSignedFetch({ cloudUrl, signer: key.signer, fetch })
    const client = createExchangeClient(send, new URL(cloudUrl).host)
    const options = { branch, client, traffic: client.traffic, log, enabled: () => true }
    // What headquarters has for a new branch is not part of what drains.
    const loading = new SyncCycle(options)
    await loading.run()
    noteFailure(loading)
    await loading.stop()
    if (errorCount > 0) throw new Error(errors.join('; '))
    importOrders(replica, { count, branchId, seed })
    cycles.push({ branch, cycle: new SyncCycle(options) })
    return {}
  },
  '/drain': async () => {
    for (const { branch, cycle } of cycles) {
      draining.add(branch)
      const unsubscribe = cycle.onCycle(() => {
        noteFailure(cycle)
        if (branch.backlog().documents > 0) return
        unsubscribe()
        draining.delete(branch)
        if (draining.size === 0) drainedAt = process.hrtime.bigint()
      })
      cycle.start()
    }
    return {}
  },
  '/state': async () =>
    ({
      draining: draining.size,
      errors,
      errorCount,
      ...(drainedAt !== undefined && { drainedAt: String(drainedAt) }),
    }) satisfies FleetState,
  '/stop': async () => {
    for (const { cycle } of cycles) await cycle.stop()
    return {}
  },
})
