/** What can be done with a branch: by its API, by its commands through the API, or by a command while the node is stopped. */
import { setTimeout as delay } from 'node:timers/promises'
import type { BranchSide } from '../adapters/exchange/branch-side.ts'
import { shownBalance } from '../adapters/exchange/shown-balance.ts'
import { readForPerson, writeForPerson } from '../adapters/exchange/write-for-person.ts'
import { BranchDesk } from '../adapters/identity/branch-desk.ts'
import type { IdentityBook } from '../adapters/identity/identity-book.ts'
import { MembersHere } from '../adapters/identity/members-here.ts'
import type { importBatchSchema } from '../adapters/import/import-records.ts'
import { importRecords, type ImportContext } from '../adapters/import/import-records.ts'
import type { ImportResult } from '../adapters/import/import-result.ts'
import { SHARED_SCOPE } from '../schemas/brand.ts'
import type { Balance } from '../schemas/contribution.ts'
import type { Doc } from '../schemas/json.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { ChainFacts } from '../schemas/protocol/chain-facts.ts'
import type { Backlog, BranchNodeStatus, BranchSyncStatus, SyncVerdict } from '../schemas/protocol/status.ts'
import { freshVerdict } from '../schemas/fresh-verdict.ts'
import { VERSION } from '../schemas/version.ts'
import type { z } from 'zod'
import { LegacyDesk } from './legacy/legacy-desk.ts'
import type { LegacyService } from './legacy/legacy-service.ts'
import { readOverdraft } from './overdraft.ts'
import type { SyncService } from './sync/sync-service.ts'
import {
  changeSettings,
  readSyncSettings,
  suspendedClasses,
  writeSyncSettings,
  type SettingsChange,
  type SyncSettings,
} from './sync/sync-settings.ts'

export type SyncAction = 'on' | 'off' | 'now' | 'set'

type RunningSync = Pick<SyncService, 'run' | 'settingsChanged' | 'status'>

export interface BranchParts {
  readonly branch: BranchSide
  readonly book: IdentityBook
  readonly facts: ChainFacts
  readonly cloudUrl: string
  /** Absent while the node is stopped. */
  readonly runningSync?: () => RunningSync | undefined
  /** Absent while the node is stopped, or where no legacy database is configured. */
  readonly runningLegacy?: () => LegacyService | undefined
}

export class BranchOperations {
  readonly branch: BranchSide
  readonly facts: ChainFacts
  readonly cloudUrl: string
  readonly members: BranchDesk
  readonly here: MembersHere
  readonly legacy: LegacyDesk
  readonly #runningSync: () => RunningSync | undefined

  constructor({ branch, book, facts, cloudUrl, runningSync = NOT_RUNNING, runningLegacy }: BranchParts) {
    this.branch = branch
    this.facts = facts
    this.cloudUrl = cloudUrl
    this.#runningSync = runningSync
    const { replica, branchId } = branch
    this.here = new MembersHere(replica, book)
    this.legacy = new LegacyDesk(this.#importing, runningLegacy)
    const balanceOf = (memberId: string): Balance => shownBalance(branch, memberId)
    this.members = new BranchDesk({ replica, here: this.here, branchId, country: facts.country, balanceOf })
  }

  get syncEnabled(): boolean {
    return this.branch.replica.store.readSetting(SYNC_SETTING) !== 'off'
  }

  get syncSettings(): SyncSettings {
    return readSyncSettings(this.branch.replica.store)
  }

  /**
   * @param change with `set`
   * @throws OutpostError NODE_UNREACHABLE for `now` while the node is stopped; COLLECTION_UNKNOWN, BAD_CONFIGURATION
   */
  async setSync(action: SyncAction, change: SettingsChange = {}): Promise<BranchNodeStatus> {
    const { store } = this.branch.replica
    const sync = this.#runningSync()
    if (action === 'now' && !sync) throw new OutpostError('NODE_UNREACHABLE', 'the branch is not running')
    if (action === 'set') writeSyncSettings(store, changeSettings(this.syncSettings, change, store.declarations))
    if (action === 'on' || action === 'off') {
      store.transaction('setting', () => store.writeSetting(SYNC_SETTING, action))
    }
    if (action === 'off' || action === 'set') sync?.settingsChanged()
    if (action === 'on' || action === 'now') {
      await Promise.race([sync?.run(), delay(SYNC_PATIENCE_MS, undefined, { ref: false })])
    }
    return this.status()
  }

  importBatch(records: z.infer<typeof importBatchSchema>): ImportResult[] {
    return importRecords(this.#importing, records)
  }

  get #importing(): ImportContext {
    const { country, branchId } = this.facts
    return { replica: this.branch.replica, here: this.here, branchId, country }
  }

  /** How far below zero a member's balance may be spent. */
  get overdraft(): Balance {
    return readOverdraft(this.branch.replica.store) ?? this.facts.overdraft
  }

  /** As headquarters calls it today, else as at the enrolment. */
  get branchName(): string {
    const { branchId, branchName } = this.facts
    const name = this.branch.replica.store.table('branches').get(branchId)?.['name']
    return typeof name === 'string' ? name : branchName
  }

  /** Writes one document of this branch: fields that are not named stay as they are. */
  write(collection: string, doc: Doc): Doc {
    const { branchId, currency } = this.facts
    const place = {
      replica: this.branch.replica,
      isHeadquarters: false,
      refuseScope: (scope: string) =>
        [SHARED_SCOPE, branchId].includes(scope)
          ? undefined
          : `the document belongs to another branch than ${branchId}`,
      balanceOf: (memberId: string) => this.balanceOf(memberId),
    }
    return writeForPerson({ ...place, overdraft: this.overdraft, currency }, collection, doc)
  }

  read(collection: string, id: string): Doc {
    return readForPerson(this.branch.replica, collection, id)
  }

  balanceOf(memberId: string): Balance {
    return shownBalance(this.branch, memberId)
  }

  #verdict(last: SyncVerdict | undefined, backlog: Backlog): SyncVerdict {
    const verdict = freshVerdict(last ?? { state: 'unknown' }, this.branch.replica.clock.wallMs())
    return verdict.state === 'in-sync' && backlog.documents > 0 ? { ...verdict, state: 'behind' } : verdict
  }

  #syncStatus(backlog: Backlog): BranchSyncStatus {
    const { store, clock } = this.branch.replica
    const { declarations } = store
    const settings = this.syncSettings
    const suspended = suspendedClasses(settings, declarations, () => clock.wallMs())
    const cycle = this.#runningSync()?.status()
    return {
      running: false,
      ...cycle,
      enabled: this.syncEnabled,
      cloudUrl: this.cloudUrl,
      settings,
      suspendedNow: declarations.flatMap(({ name, syncClass }) => (suspended.has(syncClass) ? [name] : [])),
      verdict: this.#verdict(cycle?.verdict, backlog),
    }
  }

  status(): BranchNodeStatus {
    const { branch, facts } = this
    const { store, clock } = branch.replica
    const backlog = branch.backlog()
    const legacy = this.legacy.status()
    const clockOffsetMs = clock.osAheadMs()
    return {
      node: 'branch',
      time: clock.now(),
      version: VERSION,
      branchId: facts.branchId,
      branchName: this.branchName,
      sync: this.#syncStatus(backlog),
      backlog,
      collections: Object.fromEntries(
        store.declarations.map(({ name }) => [
          name,
          { documents: store.countLive(name), backlog: branch.backlog(name) },
        ]),
      ),
      exceptions: branch.exceptions.countParked(),
      ...(clockOffsetMs !== undefined && { clockOffsetMs }),
      ...(legacy && { legacy }),
      ...(store.trouble && { storage: store.trouble }),
    }
  }
}

/** Whoever asked is told how it stands after this; a long cycle goes on. */
const SYNC_PATIENCE_MS = 8000

const SYNC_SETTING = 'sync'
const NOT_RUNNING = (): RunningSync | undefined => undefined
