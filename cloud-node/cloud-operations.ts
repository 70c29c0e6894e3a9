/** What can be done at headquarters: by its API, by its commands through the API, or by a command while the node is stopped. */
import type { z } from 'zod'
import type { CloudSide } from '../adapters/exchange/cloud-side.ts'
import { maskedState } from '../adapters/exchange/exception-view.ts'
import { declarationOf } from '../adapters/exchange/replica.ts'
import { writeDocument } from '../adapters/exchange/write-documents.ts'
import {
  readForPerson,
  refusalError,
  writeForPerson,
  type WritingPlace,
} from '../adapters/exchange/write-for-person.ts'
import { BranchPresence } from '../adapters/http/branch-presence.ts'
import type { ExchangeHooks } from '../adapters/http/exchange-routes.ts'
import type { MembersHere } from '../adapters/identity/members-here.ts'
import { MemberDesk } from '../adapters/identity/member-desk.ts'
import type { HeadquartersIdentity } from '../adapters/identity/open-identity.ts'
import { importRecords, type importBatchSchema } from '../adapters/import/import-records.ts'
import type { ImportResult } from '../adapters/import/import-result.ts'
import { permissionOf, type Principal } from '../schemas/access.ts'
import { SHARED_SCOPE } from '../schemas/brand.ts'
import type { BranchDocument } from '../schemas/collections/branches.ts'
import { NO_BALANCE, type Balance } from '../schemas/contribution.ts'
import type { Doc } from '../schemas/json.ts'
import { replicatedState } from '../schemas/merge-spec.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { JoiningReport } from '../schemas/protocol/identity.ts'
import type { ChainFacts } from '../schemas/protocol/chain-facts.ts'
import type { CloudNodeStatus, MirrorStatus } from '../schemas/protocol/status.ts'
import { VERSION } from '../schemas/version.ts'
import { BranchLifecycle } from './branch-lifecycle.ts'
import { CloudAccess } from './cloud-access.ts'
import type { BranchRegistry } from './branch-registry.ts'
import { BranchRows } from './branch-rows.ts'
import { BranchStats } from './branch-stats.ts'
import type { Chain } from './chain.ts'
import { Listings } from './listings.ts'
import type { TakeInParts } from './take-in.ts'

export interface MirrorView {
  status(): readonly MirrorStatus[]
  /** Rows of the mirror that belong to a branch alone; `undefined` while nobody has counted. */
  rowsOfBranch(branchId: string): number | undefined
  readonly mirrored: ExchangeHooks['mirrored']
}

export interface NewBranch {
  readonly id: string
  readonly name: string
  readonly country?: string | undefined
}

export interface CloudParts {
  readonly cloud: CloudSide
  readonly registry: BranchRegistry
  readonly chain: Chain
  readonly identity: HeadquartersIdentity
  readonly mirror?: MirrorView | undefined
}

/** Whether a branch may come follows from more than its document, and is not an operator's to say. */
function refuseBranchEdit(doc: Doc, principal: Principal): void {
  if (permissionOf('administrator', principal) !== 'granted') {
    throw new OutpostError('FORBIDDEN', 'the documents of branches are written by administrators only')
  }
  const field = ['enabled', 'retired'].find((one) => one in doc)
  if (field === undefined) return
  const message = `${field}: a branch is enabled, disabled, retired and revived by addresses and commands of their own`
  throw new OutpostError('BAD_REQUEST', message, { field })
}

/** Characters that no eye sees would turn the line round in which a name stands, on pages and in messages. */
function refuseOddName(name: unknown): void {
  if (typeof name !== 'string' || !/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(name)) return
  const message = 'name: it holds a character that cannot be seen, such as a tab or a mark of direction; type it anew'
  throw new OutpostError('DOCUMENT_INVALID', message, { field: 'name' })
}

export class CloudOperations {
  readonly cloud: CloudSide
  readonly registry: BranchRegistry
  readonly chain: Chain
  readonly members: MemberDesk
  readonly stats: BranchStats
  readonly presence: BranchPresence
  readonly rows: BranchRows
  readonly lifecycle: BranchLifecycle
  readonly access: CloudAccess
  readonly listings: Listings
  readonly #here: MembersHere
  readonly #mirror: MirrorView | undefined

  constructor({ cloud, registry, chain, identity, mirror }: CloudParts) {
    this.cloud = cloud
    this.registry = registry
    this.chain = chain
    this.#mirror = mirror
    this.#here = identity.authority.here
    this.stats = new BranchStats(cloud.replica.store)
    this.presence = new BranchPresence(() => cloud.replica.clock.wallMs())
    registry.onHeartbeat((branchId, isThere) => {
      if (isThere) this.presence.heard(branchId)
    })
    this.rows = new BranchRows(cloud, registry, this.stats, this.presence)
    this.lifecycle = new BranchLifecycle(cloud, registry, this.rows, this.stats)
    this.listings = new Listings(cloud.replica, chain.currency)
    this.access = new CloudAccess({
      store: cloud.replica.store,
      signing: chain.signing,
      nowMs: () => cloud.replica.clock.wallMs(),
      admit: registry.admit,
      find: (branchId) => registry.find(branchId),
      factsFor: (branchId) => this.factsFor(branchId),
      isDead: (branchId, { head, epochs }) => cloud.links.isDead(branchId, { head, epochs, beat: 1 }),
      revoked: (branchId) => registry.forgetKeys(branchId),
      replaced: (branchId) => this.lifecycle.takePlace(branchId),
    })
    const balanceOf = (memberId: string): Balance => {
      const { points, value } = cloud.balances.balance(memberId) ?? NO_BALANCE
      return { points, value }
    }
    this.members = new MemberDesk(identity, balanceOf, chain.country)
  }

  /** What the addresses for local nodes ask beside the exchange itself. */
  get exchangeHooks(): ExchangeHooks {
    const { registry, cloud, stats, access, presence } = this
    return {
      presence,
      admit: ({ branchId, keyId }) => {
        access.keys.find(keyId)
        registry.admit(branchId)
      },
      heartbeat: ({ branchId, keyId }, request) => {
        access.keys.noteUse(keyId)
        return registry.heartbeat(branchId, request)
      },
      mirrored: this.#mirror?.mirrored ?? (() => Promise.resolve({ mirrored: [], mirror: 'off' })),
      stats: (branchId, request) => stats.note(branchId, request, cloud.replica.clock.wallMs()),
      waiting: (branchId) => {
        const contact = registry.contact(branchId)
        return contact ? cloud.standing(branchId, contact.request).priority : 0
      },
    }
  }

  /** @throws OutpostError BRANCH_EXISTS, DOCUMENT_INVALID */
  addBranch({ id, name, country }: NewBranch): BranchDocument {
    if (!/^[a-z0-9][a-z0-9.-]{0,39}$/.test(id) || id === 'shared') {
      const message = `"${id}" cannot be a branch id: up to 40 small letters, digits, dots and dashes, and not "shared"`
      throw new OutpostError('DOCUMENT_INVALID', message, { field: 'id' })
    }
    refuseOddName(name)
    if (this.registry.find(id)) throw new OutpostError('BRANCH_EXISTS', `there is a branch "${id}" already`)
    return this.#writeBranch(id, { id, name, enabled: true, ...(country !== undefined && { country }) })
  }

  /** @throws OutpostError BRANCH_UNKNOWN */
  setBranchEnabled(id: string, enabled: boolean): BranchDocument {
    if (!this.registry.find(id)) throw new OutpostError('BRANCH_UNKNOWN', `there is no branch "${id}"`)
    return this.#writeBranch(id, { enabled })
  }

  /** How a branch's members came together with headquarters'. @throws OutpostError BRANCH_UNKNOWN */
  joining(id: string, after = 0): JoiningReport {
    if (!this.registry.find(id)) throw new OutpostError('BRANCH_UNKNOWN', `there is no branch "${id}"`)
    return this.members.joining(id, after)
  }

  branches(): BranchDocument[] {
    return this.registry.branches().map((doc) => replicatedState(doc as unknown as Doc) as unknown as BranchDocument)
  }

  importBatch(records: z.infer<typeof importBatchSchema>): ImportResult[] {
    return importRecords({ replica: this.cloud.replica, here: this.#here, country: this.chain.country }, records)
  }

  /** What a branch that joins is told. */
  factsFor(branchId: string): ChainFacts {
    const branch = this.registry.admit(branchId)
    const { key, signing, country, currency, overdraft } = this.chain
    const names = { branchId, branchName: branch.name }
    return {
      ...names,
      chainKey: key,
      cloudKey: signing.publicKey,
      country: branch.country ?? country,
      currency,
      overdraft,
    }
  }

  /** One document; who may change nothing is told its phones masked. @throws OutpostError COLLECTION_UNKNOWN, DOCUMENT_UNKNOWN */
  read(collection: string, id: string, principal: Principal = { kind: 'command' }): Doc {
    const doc = readForPerson(this.cloud.replica, collection, id)
    return permissionOf('operator', principal) === 'granted' ? doc : maskedState(doc)
  }

  /**
   * Writes one document, for a branch or for all: fields that are not named stay as they are.
   *
   * @throws OutpostError FORBIDDEN, beside what is wrong with the document
   */
  write(collection: string, doc: Doc, principal: Principal = { kind: 'command' }): Doc {
    if (collection === 'branches') {
      refuseBranchEdit(doc, principal)
      refuseOddName(doc['name'])
    }
    return writeForPerson(this.#place, collection, doc)
  }

  /** How changes are taken that other programs make in the tables of a mirror. */
  get takesIn(): TakeInParts {
    const refuse = (collection: string, doc: Doc): void => {
      if (collection === 'branches') refuseBranchEdit(doc, { kind: 'command' })
    }
    return { place: this.#place, refuse, here: this.#here, country: this.chain.country }
  }

  status(): CloudNodeStatus {
    const { store, clock } = this.cloud.replica
    const recovery = this.lifecycle.recovery()
    return {
      node: 'cloud',
      time: clock.now(),
      version: VERSION,
      branches: this.rows.all((branchId) => this.#mirror?.rowsOfBranch(branchId)),
      collections: Object.fromEntries(
        store.declarations.map(({ name }) => [name, { documents: store.countLive(name) }]),
      ),
      mirrors: this.#mirror?.status() ?? [],
      ...(recovery && { recovery }),
      exceptions: this.cloud.exceptions.countParked(),
      negativeBalances: this.cloud.balances.countNegative(),
      ...(store.trouble && { storage: store.trouble }),
    }
  }

  get #place(): WritingPlace {
    const { overdraft, currency } = this.chain
    return {
      replica: this.cloud.replica,
      isHeadquarters: true,
      refuseScope: (scope: string) =>
        scope === SHARED_SCOPE || this.registry.find(scope) ? undefined : `there is no branch "${scope}"`,
      balanceOf: (memberId: string) => this.cloud.balances.balance(memberId) ?? NO_BALANCE,
      overdraft,
      currency,
    }
  }

  #writeBranch(id: string, fields: Doc): BranchDocument {
    const { replica } = this.cloud
    const declaration = declarationOf(replica, 'branches')
    const written = replica.store.transaction('api', (write) =>
      writeDocument(replica, write, declaration, id, (stored) => ({ ...stored, ...fields })),
    )
    if (written.outcome === 'refused') throw refusalError(written.refusal)
    return replicatedState(written.doc) as unknown as BranchDocument
  }
}
