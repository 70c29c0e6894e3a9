/** A headquarters and branches in one process, on real stores, with real cycles and a link that loses what it is told to. */
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BranchSide } from '../../adapters/exchange/branch-side.ts'
import { cloudExceptions } from '../../adapters/exchange/cloud-exceptions.ts'
import { CloudSide } from '../../adapters/exchange/cloud-side.ts'
import { createDocumentValidator } from '../../adapters/exchange/document-validator.ts'
import { FORGOTTEN } from '../../adapters/exchange/exceptions.ts'
import { createReplica, declarationOf, type Replica } from '../../adapters/exchange/replica.ts'
import { writeDocument } from '../../adapters/exchange/write-documents.ts'
import { forgetErased } from '../../adapters/identity/forget-erased.ts'
import { IdentityBook } from '../../adapters/identity/identity-book.ts'
import { openHeadquartersIdentity, type HeadquartersIdentity } from '../../adapters/identity/open-identity.ts'
import type { ExchangeClient } from '../../adapters/http/exchange-client.ts'
import { WriterClock, type ClockMemory } from '../../adapters/rxdb/writer-clock.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { BranchRegistry } from '../../cloud-node/branch-registry.ts'
import { SyncCycle, type SyncCycleOptions } from '../../local-node/sync/sync-cycle.ts'
import type { WriterId } from '../../schemas/brand.ts'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { Doc } from '../../schemas/json.ts'
import type { ChainKey } from '../../schemas/member-id.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { refuseOtherSchemas } from '../../schemas/version-check.ts'

export const CHAIN_KEY = 'ab'.repeat(32) as ChainKey

/** Always the same, so that a repeated history signs the same: the fixed head of PKCS #8 for Ed25519 (RFC 8410), a seed. */
export const CLOUD_SIGNING_KEY = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
  format: 'der',
  type: 'pkcs8',
})
const CLOUD_KEY = createPublicKey(CLOUD_SIGNING_KEY)
/** As branches are told it. */
export const CLOUD_VERIFYING_KEY = CLOUD_KEY.export({ format: 'der', type: 'spki' }).toString('base64url')

/** What happens to the next requests of a branch, in order; `pass` when the list is empty. */
export type Fault = 'pass' | 'lose-request' | 'lose-answer' | 'edit-meanwhile'

/** Where time and chance come from; the machine's own unless a history is to be repeated exactly. */
export interface Surroundings {
  /** The true time, which headquarters' clock tells; ms since 1970. */
  readonly nowMs: () => number
  /** What the operating system of a branch takes for the time. */
  readonly osMs: (branchId: string) => number
  readonly monotonicMs: () => number
  /** Base64url of that many bytes. */
  readonly newId: (bytes: number) => string
  /** What a cycle is to have beside, or instead of, what only the test starts needs. */
  readonly cycle?: (self: () => SimulatedBranch, client: ExchangeClient) => Partial<SyncCycleOptions>
}

const REAL: Surroundings = {
  nowMs: Date.now,
  osMs: Date.now,
  monotonicMs: () => performance.now(),
  newId: (bytes) => randomBytes(bytes).toString('base64url'),
}

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
/** Until everything is through, whatever has happened. */
const MAX_ROUNDS = 12
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

export class SimulatedChain {
  readonly folder: string
  cloud: CloudSide
  identity: HeadquartersIdentity
  registry: BranchRegistry
  readonly branches: SimulatedBranch[] = []
  /** Those of the program that opens a store from now on. */
  declarations: readonly CollectionDeclaration[]
  /** Called before each request of a branch and after each answer, and without one whenever the cloud has been opened. */
  observe: (branch?: SimulatedBranch) => void = nothing
  /** Called before a store is gone for good, or its latest part; what it returns is called once it is. */
  beforeLoss: (store: Store) => () => void = () => nothing
  readonly #surroundings: Surroundings
  /** What the clocks of copied stores knew, by the copy's file. */
  readonly #memories = new Map<string, Partial<ClockMemory>>()
  #writers = 0
  #clones = 0

  constructor(
    folder: string,
    branchIds: readonly string[],
    surroundings: Surroundings = REAL,
    declarations: readonly CollectionDeclaration[] = COLLECTIONS,
  ) {
    this.folder = folder
    this.declarations = declarations
    this.#surroundings = surroundings
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

  /**
   * An edit of an order that its payment does not hold back: as an older program makes it, or two edits do that knew
   * nothing of each other.
   *
   * @param branch headquarters without
   */
  writeUnheld(branch: SimulatedBranch | undefined, doc: Doc): void {
    const { replica } = branch?.branch ?? this.cloud
    const { merge, ...rest } = declarationOf(replica, 'orders')
    put(replica, 'orders', doc, { ...rest, merge: { ...merge, heldOncePaid: [] } })
  }

  writeAtCloud(collection: string, doc: Doc): void {
    put(this.cloud.replica, collection, doc)
  }

  /**
   * The branch's process is gone and comes back on the same store.
   *
   * @param work what happens to the file meanwhile
   */
  async restart(branch: SimulatedBranch, work: () => void = nothing): Promise<void> {
    await this.#reopen(branch, work)
  }

  /** The branch's PC is replaced: nothing of its store is left. */
  async lose(branch: SimulatedBranch): Promise<void> {
    const lost = this.beforeLoss(branch.branch.replica.store)
    await this.#reopen(branch, () => rmSync(branch.file), {})
    lost()
  }

  /** Copies the branch's store, to go back to. */
  async backUp(branch: SimulatedBranch): Promise<void> {
    const copy = copyOf(branch.file)
    this.#memories.set(copy, branch.branch.replica.clock.memory())
    await this.#reopen(branch, () => copyFileSync(branch.file, copy))
  }

  hasCopy({ file }: SimulatedBranch): boolean {
    return existsSync(copyOf(file))
  }

  /** The branch goes on from its last copy. */
  async restore(branch: SimulatedBranch): Promise<void> {
    const copy = copyOf(branch.file)
    const lost = this.beforeLoss(branch.branch.replica.store)
    await this.#reopen(branch, () => copyFileSync(copy, branch.file), this.#memories.get(copy))
    lost()
  }

  /** Somebody starts the branch on a second PC, on a copy of its disk; both go on. */
  async clone(branch: SimulatedBranch): Promise<SimulatedBranch> {
    this.#clones += 1
    const file = join(this.folder, `${branch.id}.clone${this.#clones}.sqlite`)
    const memory = branch.branch.replica.clock.memory()
    await this.#reopen(branch, () => copyFileSync(branch.file, file))
    const clone = this.#newBranch(branch.id, file, memory)
    this.branches.push(clone)
    return clone
  }

  /** The living PCs of a branch. */
  pcsOf(branchId: string): SimulatedBranch[] {
    return this.branches.filter(({ id }) => id === branchId)
  }

  /** A person has said that another PC is the branch: this one is switched off, with whatever it had not sent. */
  async switchOff(branch: SimulatedBranch): Promise<void> {
    const { store } = branch.branch.replica
    const lost = this.beforeLoss(store)
    this.branches.splice(this.branches.indexOf(branch), 1)
    await branch.cycle.stop()
    store.close()
    lost()
  }

  /** @param work what happens to the file meanwhile */
  restartCloud(work: () => void = nothing): void {
    this.#reopenCloud(work)
  }

  /** Copies headquarters' store, to go back to. */
  backUpCloud(): void {
    const copy = copyOf(this.cloudFile)
    this.#memories.set(copy, this.cloud.replica.clock.memory())
    this.#reopenCloud(() => copyFileSync(this.cloudFile, copy))
  }

  hasCloudCopy(): boolean {
    return existsSync(copyOf(this.cloudFile))
  }

  /** Headquarters goes on from its last copy. */
  restoreCloud(): void {
    const copy = copyOf(this.cloudFile)
    const lost = this.beforeLoss(this.cloud.replica.store)
    this.#reopenCloud(() => copyFileSync(copy, this.cloudFile), this.#memories.get(copy))
    lost()
  }

  /** A person at headquarters says which of two living PCs of a branch it is. */
  keep({ id, branch }: SimulatedBranch): void {
    const { store } = this.cloud.replica
    store.transaction('api', () => this.cloud.links.keep(id, branch.replica.store.epoch))
  }

  /** A person does not wait for branches that have not offered everything again. */
  endRecovery(): void {
    const { replica, recovery } = this.cloud
    replica.store.transaction('recovery', (write) => recovery.end(write))
  }

  /**
   * Runs cycles without faults until nobody has anything left, in a bounded number of rounds; people say which of two
   * PCs lives and take back what headquarters had written before it was restored.
   */
  async heal(): Promise<void> {
    for (const branch of this.branches) branch.faults = []
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const before = this.#heads()
      for (const branch of this.branches) await branch.cycle.run()
      await this.#keepOneOfEach()
      this.takeBackLost()
      const inSync = this.branches.every(({ cycle }) => cycle.status().verdict.state === 'in-sync')
      // Whoever had nothing to offer again has yet to say so.
      const done = inSync && !this.cloud.recovery.isRunning
      if (done && this.#heads() === before) return
    }
  }

  #heads(): string {
    const stores = [this.cloud, ...this.branches.map(({ branch }) => branch)].map(({ replica }) => replica.store)
    return JSON.stringify(stores.map((store) => store.head()))
  }

  async #keepOneOfEach(): Promise<void> {
    for (const id of new Set(this.branches.map((one) => one.id))) {
      if (!this.cloud.links.isSuspected(id)) continue
      const [kept, ...others] = this.pcsOf(id)
      for (const other of others) await this.switchOff(other)
      if (kept) this.keep(kept)
    }
  }

  /** People take back what headquarters had written before it was restored. */
  takeBackLost(): void {
    const lost = this.cloud.exceptions.list({}).filter(({ code }) => code === 'LOST_FUTURE')
    const desk = cloudExceptions(this.cloud, { take: nothing })
    // What was decided of one state may have been decided of others with it.
    for (const { key } of lost) {
      const [row] = this.cloud.exceptions.find(key)
      // Of what was erased meanwhile nothing is left to take back.
      if (row?.reason === FORGOTTEN) desk.discard(key)
      else if (row) desk.retry(key)
    }
  }

  close(): void {
    for (const { branch, cycle } of this.branches) {
      // Its timer would keep the closed store in memory.
      void cycle.stop()
      branch.replica.store.close()
    }
    this.cloud.replica.store.close()
  }

  get cloudFile(): string {
    return join(this.folder, 'cloud.sqlite')
  }

  /**
   * @param work what happens to the file while the process is gone
   * @param memory what the next process knows of the time
   */
  #reopenCloud(work: () => void, memory: Partial<ClockMemory> = this.cloud.replica.clock.memory()): void {
    this.cloud.replica.store.close()
    work()
    Object.assign(this, this.#openCloud(memory))
    this.observe()
  }

  #openCloud(memory: Partial<ClockMemory> = {}): {
    cloud: CloudSide
    identity: HeadquartersIdentity
    registry: BranchRegistry
  } {
    const { nowMs } = this.#surroundings
    const replica = this.#replica(this.#store(this.cloudFile, false, nowMs), nowMs, memory)
    const identity = openHeadquartersIdentity(replica, CLOUD_SIGNING_KEY)
    const cloud = new CloudSide(replica, identity)
    forgetErased(replica.store, identity.book, cloud.exceptions)
    return { cloud, identity, registry: new BranchRegistry(cloud, nowMs) }
  }

  #newBranch(id: string, file: string, memory: Partial<ClockMemory> = {}): SimulatedBranch {
    const self: SimulatedBranch = {
      id,
      file,
      faults: [],
      meanwhile: nothing,
      ...this.#openBranch(id, file, () => self, memory),
    }
    return self
  }

  /**
   * @param work what happens to the file while the process is gone
   * @param memory what the next process knows of the time
   */
  async #reopen(
    branch: SimulatedBranch,
    work: () => void,
    memory: Partial<ClockMemory> = branch.branch.replica.clock.memory(),
  ): Promise<void> {
    await branch.cycle.stop()
    branch.branch.replica.store.close()
    work()
    Object.assign(
      branch,
      this.#openBranch(branch.id, branch.file, () => branch, memory),
    )
  }

  #openBranch(
    id: string,
    file: string,
    self: () => SimulatedBranch,
    memory: Partial<ClockMemory> = {},
  ): { branch: BranchSide; book: IdentityBook; cycle: SyncCycle } {
    const osMs = () => this.#surroundings.osMs(id)
    const store = this.#store(file, true, osMs)
    const book = new IdentityBook(store)
    const branch = new BranchSide(this.#replica(store, osMs, memory), id, book)
    forgetErased(store, book, branch.exceptions)
    const client = this.#client(id, self)
    const cycle = new SyncCycle({
      branch,
      client,
      log: SILENT,
      enabled: () => true,
      batchSize: 5,
      linkRetries: 0,
      // Only the test starts cycles.
      intervalMs: 2 ** 30,
      ...this.#surroundings.cycle?.(self, client),
    })
    return { branch, book, cycle }
  }

  #store(file: string, tracksPending: boolean, nowMs: () => number): Store {
    const { newId } = this.#surroundings
    return new Store({ file, declarations: this.declarations, tracksPending, nowMs, newEpoch: () => newId(9) })
  }

  #replica(store: Store, osMs: () => number, memory: Partial<ClockMemory>): Replica {
    this.#writers += 1
    const writer = this.#writers.toString(36).padStart(8, 'w') as WriterId
    const { monotonicMs, newId } = this.#surroundings
    const clock = new WriterClock({ writer, osMs, monotonicMs, ...memory })
    store.followClock(() => clock.wallMs())
    const { declarations } = store
    const ofStore = declarations === COLLECTIONS ? validate : createDocumentValidator(declarations)
    return createReplica({ store, clock, chainKey: CHAIN_KEY, cloudKey: CLOUD_KEY, validate: ofStore, newId })
  }

  #client(branchId: string, self: () => SimulatedBranch): ExchangeClient {
    const over =
      <Request, Answer>(handle: (request: Request) => Answer) =>
      (request: Request, _signal?: AbortSignal, onSent?: () => void): Promise<Answer> => {
        this.observe(self())
        const fault = self().faults.shift() ?? 'pass'
        if (fault === 'lose-request') return Promise.reject(new OutpostError('LINK_FAILED', 'lost on the way'))
        // Over the wire nothing is shared.
        const answer = structuredClone(handle(structuredClone(request)))
        onSent?.()
        this.observe(self())
        if (fault === 'edit-meanwhile') self().meanwhile()
        if (fault === 'lose-answer') return Promise.reject(new OutpostError('LINK_FAILED', 'the answer was lost'))
        return Promise.resolve(answer)
      }
    return {
      heartbeat: over((request) => {
        refuseOtherSchemas(request, this.cloud.replica.store.declarations)
        return this.registry.heartbeat(branchId, request)
      }),
      push: over((request) => this.cloud.push(branchId, request)),
      pull: over((request) => this.cloud.pull(branchId, request)),
      receipts: over((request) => this.cloud.receipts(branchId, request)),
      digests: over((request) => this.cloud.digests(branchId, request)),
      stats: over((request) => this.cloud.standing(branchId, request)),
    }
  }
}

function copyOf(file: string): string {
  return `${file}.copy`
}

function put(replica: Replica, collection: string, doc: Doc, declaration = declarationOf(replica, collection)): void {
  const id = doc[declaration.merge.key] as string
  const written = replica.store.transaction('test', (write) =>
    writeDocument(replica, write, declaration, id, (stored) => ({ ...stored, ...doc })),
  )
  if (written.outcome === 'refused') throw new OutpostError(written.refusal.code, written.refusal.reason)
}

function nothing(): void {
  // The test reads the stores, not the log.
}
