/** A headquarters and branches in one process, on real stores, with real cycles and a link that loses what it is told to. */
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BranchSide } from '../../adapters/exchange/branch-side.ts'
import { CloudSide } from '../../adapters/exchange/cloud-side.ts'
import { createDocumentValidator } from '../../adapters/exchange/document-validator.ts'
import { createReplica, declarationOf, type Replica } from '../../adapters/exchange/replica.ts'
import { newSigningKey, readSigningKey, readVerifyingKey } from '../../adapters/exchange/signature.ts'
import { writeDocument } from '../../adapters/exchange/write-documents.ts'
import { IdentityBook } from '../../adapters/identity/identity-book.ts'
import { openHeadquartersIdentity, type HeadquartersIdentity } from '../../adapters/identity/open-identity.ts'
import type { ExchangeClient } from '../../adapters/http/exchange-client.ts'
import { WriterClock } from '../../adapters/rxdb/writer-clock.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { BranchRegistry } from '../../cloud-node/branch-registry.ts'
import { SyncCycle } from '../../local-node/sync/sync-cycle.ts'
import type { WriterId } from '../../schemas/brand.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { Doc } from '../../schemas/json.ts'
import type { ChainKey } from '../../schemas/member-id.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'

export const CHAIN_KEY = 'ab'.repeat(32) as ChainKey

const PAIR = newSigningKey()
const KEY = readSigningKey(PAIR.privateKey)
const CLOUD_KEY = readVerifyingKey(PAIR.publicKey)

/** What happens to the next requests of a branch, in order; `pass` when the list is empty. */
export type Fault = 'pass' | 'lose-request' | 'lose-answer' | 'edit-meanwhile'

export interface SimulatedBranch {
  readonly id: string
  readonly file: string
  branch: BranchSide
  book: IdentityBook
  cycle: SyncCycle
  faults: Fault[]
  /** What staff do while a request is under way. */
  meanwhile: () => void
}

/** Compiled once: the simulations open thousands of stores. */
const validate = createDocumentValidator(COLLECTIONS)
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

export class SimulatedChain {
  readonly folder: string
  cloud: CloudSide
  identity: HeadquartersIdentity
  registry: BranchRegistry
  readonly branches: SimulatedBranch[] = []
  /** Called before each request and after each answer, and whenever the cloud has been opened. */
  observe: () => void = nothing
  #writers = 0

  constructor(folder: string, branchIds: readonly string[]) {
    this.folder = folder
    const { cloud, identity, registry } = this.#openCloud()
    this.cloud = cloud
    this.identity = identity
    this.registry = registry
    for (const id of branchIds) {
      this.writeAtCloud('branches', { id, name: id, enabled: true })
      this.branches.push(this.#newBranch(id, join(folder, `${id}.sqlite`)))
    }
  }

  write(branch: SimulatedBranch, collection: string, doc: Doc): void {
    put(branch.branch.replica, collection, doc)
  }

  writeAtCloud(collection: string, doc: Doc): void {
    put(this.cloud.replica, collection, doc)
  }

  /** The branch's process is gone and comes back on the same store. */
  async restart(branch: SimulatedBranch): Promise<void> {
    await this.#reopen(branch, nothing)
  }

  /** The branch's PC is replaced: nothing of its store is left. */
  async lose(branch: SimulatedBranch): Promise<void> {
    await this.#reopen(branch, () => rmSync(branch.file))
  }

  /** Copies the branch's store, to go back to. */
  async backUp(branch: SimulatedBranch): Promise<void> {
    await this.#reopen(branch, () => copyFileSync(branch.file, `${branch.file}.copy`))
  }

  /** The branch goes on from its last copy. */
  async restore(branch: SimulatedBranch): Promise<void> {
    await this.#reopen(branch, () => copyFileSync(`${branch.file}.copy`, branch.file))
  }

  /** Somebody starts the branch on a second PC, on a copy of its disk; both go on. */
  async clone(branch: SimulatedBranch): Promise<SimulatedBranch> {
    const file = `${branch.file}.clone${this.branches.length}`
    await this.#reopen(branch, () => copyFileSync(branch.file, file))
    const clone = this.#newBranch(branch.id, file)
    this.branches.push(clone)
    return clone
  }

  restartCloud(): void {
    this.cloud.replica.store.close()
    Object.assign(this, this.#openCloud())
    this.observe()
  }

  /** Runs cycles without faults until nobody has anything left, in a bounded number of rounds. */
  async heal(): Promise<void> {
    for (const branch of this.branches) branch.faults = []
    for (let round = 0; round < 8; round++) {
      for (const branch of this.branches) await branch.cycle.run()
      const done = this.branches.every(({ cycle }) => cycle.status().verdict.state === 'in-sync')
      if (done && round > 0) return
    }
  }

  close(): void {
    for (const { branch } of this.branches) branch.replica.store.close()
    this.cloud.replica.store.close()
  }

  #openCloud(): { cloud: CloudSide; identity: HeadquartersIdentity; registry: BranchRegistry } {
    const file = join(this.folder, 'cloud.sqlite')
    const replica = this.#replica(new Store({ file, declarations: COLLECTIONS, tracksPending: false }))
    const identity = openHeadquartersIdentity(replica, KEY)
    const cloud = new CloudSide(replica, identity)
    return { cloud, identity, registry: new BranchRegistry(cloud) }
  }

  #newBranch(id: string, file: string): SimulatedBranch {
    const self: SimulatedBranch = {
      id,
      file,
      faults: [],
      meanwhile: nothing,
      ...this.#openBranch(id, file, () => self),
    }
    return self
  }

  /** @param work what happens to the file while the process is gone */
  async #reopen(branch: SimulatedBranch, work: () => void): Promise<void> {
    await branch.cycle.stop()
    branch.branch.replica.store.close()
    work()
    Object.assign(
      branch,
      this.#openBranch(branch.id, branch.file, () => branch),
    )
  }

  #openBranch(
    id: string,
    file: string,
    self: () => SimulatedBranch,
  ): { branch: BranchSide; book: IdentityBook; cycle: SyncCycle } {
    const store = new Store({ file, declarations: COLLECTIONS, tracksPending: true })
    const book = new IdentityBook(store)
    const branch = new BranchSide(this.#replica(store), id, book)
    const cycle = new SyncCycle({
      branch,
      client: this.#client(id, self),
      log: SILENT,
      enabled: () => true,
      batchSize: 5,
      // Only the test starts cycles.
      intervalMs: 2 ** 30,
    })
    return { branch, book, cycle }
  }

  #replica(store: Store): Replica {
    this.#writers += 1
    const writer = this.#writers.toString(36).padStart(8, 'w') as WriterId
    const clock = new WriterClock({ writer })
    return createReplica({ store, clock, chainKey: CHAIN_KEY, cloudKey: CLOUD_KEY, validate })
  }

  #client(branchId: string, self: () => SimulatedBranch): ExchangeClient {
    const over =
      <Request, Answer>(handle: (request: Request) => Answer) =>
      (request: Request): Promise<Answer> => {
        this.observe()
        const fault = self().faults.shift() ?? 'pass'
        if (fault === 'lose-request') return Promise.reject(new OutpostError('LINK_FAILED', 'lost on the way'))
        // Over the wire nothing is shared.
        const answer = structuredClone(handle(structuredClone(request)))
        this.observe()
        if (fault === 'edit-meanwhile') self().meanwhile()
        if (fault === 'lose-answer') return Promise.reject(new OutpostError('LINK_FAILED', 'the answer was lost'))
        return Promise.resolve(answer)
      }
    return {
      heartbeat: over((request) => this.registry.heartbeat(branchId, request)),
      push: over((request) => this.cloud.push(branchId, request)),
      pull: over((request) => this.cloud.pull(branchId, request)),
      receipts: over((request) => this.cloud.receipts(branchId, request)),
    }
  }
}

function put(replica: Replica, collection: string, doc: Doc): void {
  const declaration = declarationOf(replica, collection)
  const id = doc[declaration.merge.key] as string
  const written = replica.store.transaction('test', (write) =>
    writeDocument(replica, write, declaration, id, (stored) => ({ ...stored, ...doc })),
  )
  if (written.outcome === 'refused') throw new OutpostError(written.refusal.code, written.refusal.reason)
}

function nothing(): void {
  // The test reads the stores, not the log.
}
