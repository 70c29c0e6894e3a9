/** What a person does with a branch as a whole: which PC is it, is it still expected, does it take everything anew. */
import { declarationOf } from '../adapters/exchange/replica.ts'
import { writeDocument } from '../adapters/exchange/write-documents.ts'
import { refusalError } from '../adapters/exchange/write-for-person.ts'
import type { CloudSide } from '../adapters/exchange/cloud-side.ts'
import type { WriteContext } from '../adapters/sqlite/document-table.ts'
import type { BranchDocument } from '../schemas/collections/branches.ts'
import type { Doc } from '../schemas/json.ts'
import { replicatedState } from '../schemas/merge-spec.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { BranchDetail, BranchOutcome, BranchStartView, RecoveryOutcome } from '../schemas/protocol/branches.ts'
import type { RecoveryStatus } from '../schemas/protocol/status.ts'
import type { BranchRegistry } from './branch-registry.ts'
import type { BranchRows } from './branch-rows.ts'
import type { BranchStats } from './branch-stats.ts'

const MAX_STARTS = 50

export class BranchLifecycle {
  readonly #cloud: CloudSide
  readonly #registry: BranchRegistry
  readonly #rows: BranchRows
  readonly #stats: BranchStats

  constructor(cloud: CloudSide, registry: BranchRegistry, rows: BranchRows, stats: BranchStats) {
    this.#cloud = cloud
    this.#registry = registry
    this.#rows = rows
    this.#stats = stats
  }

  /** @throws OutpostError BRANCH_UNKNOWN */
  show(id: string): BranchDetail {
    const branch = this.#branch(id)
    const request = this.#registry.contact(id)?.request
    return {
      branch: replicatedState(branch as unknown as Doc) as unknown as BranchDocument,
      row: this.#rows.one(branch, undefined),
      starts: this.#starts(id).slice(0, MAX_STARTS),
      positions: request?.positions ?? {},
      schemas: request?.schemas ?? {},
      snapshotAsked: this.#registry.isSnapshotAsked(id),
      days: this.#stats.days(id),
    }
  }

  /**
   * Of two living PCs with one identity the one with this start is the branch, and the others are refused for ever.
   *
   * @param epoch may have had a later start since a person looked
   * @throws OutpostError BRANCH_UNKNOWN, CLONE_UNDECIDED
   */
  keep(id: string, epoch: string, dryRun: boolean): BranchOutcome {
    this.#branch(id)
    const starts = this.#starts(id)
    const suspects = starts.filter(({ state }) => state === 'suspect')
    if (suspects.length === 0) throw undecided(`only one PC speaks for branch "${id}": there is nothing to decide`)
    const newest = this.#cloud.links.newestOf(id, epoch)
    if (!suspects.some((one) => one.epoch === newest)) {
      const choice = suspects.map((one) => `${one.epoch} (${one.host})`).join(' or ')
      const known = starts.find((one) => one.epoch === epoch)
      const what = known ? `start ${epoch} is not one of those that are in question` : `there is no start ${epoch}`
      throw undecided(`${what}: name ${choice}`)
    }
    return this.#change(id, dryRun, () => this.#cloud.links.keep(id, epoch))
  }

  /** The branch gets another PC; none that was it until now is let in again. @throws OutpostError BRANCH_UNKNOWN */
  replace(id: string, dryRun: boolean): BranchOutcome {
    this.#branch(id)
    return this.#change(id, dryRun, () => this.takePlace(id))
  }

  /** A PC without anything of the branch is it from now on. Call inside a transaction. */
  takePlace(id: string): void {
    this.#cloud.links.replace(id)
    this.#cloud.deliveries.forgetBundles(id)
    this.#rows.forget(id)
  }

  /** It is not expected any more, by a recovery either. @throws OutpostError BRANCH_UNKNOWN */
  retire(id: string, dryRun: boolean): BranchOutcome {
    this.#branch(id)
    return this.#change(id, dryRun, (write) => {
      this.#write(write, id, { retired: true })
      const { recovery, deliveries } = this.#cloud
      deliveries.forgetBundles(id)
      if (recovery.isRunning && recovery.waitingFor(this.#registry.activeBranches()).length === 0) recovery.end(write)
    })
  }

  /** It trades again, and takes everything anew. @throws OutpostError BRANCH_UNKNOWN */
  revive(id: string, dryRun: boolean): BranchOutcome {
    const { retired } = this.#branch(id)
    return this.#change(id, dryRun, (write) => {
      if (retired !== true) return
      this.#write(write, id, { retired: false })
      this.#registry.askForSnapshot(id)
    })
  }

  /** @throws OutpostError BRANCH_UNKNOWN, BRANCH_RETIRED */
  resnapshot(id: string, dryRun: boolean): BranchOutcome {
    const { retired } = this.#branch(id)
    if (retired === true) throw new OutpostError('BRANCH_RETIRED', `the branch "${id}" was retired: revive it instead`)
    return this.#change(id, dryRun, () => void this.#registry.askForSnapshot(id))
  }

  recovery(): RecoveryStatus | undefined {
    const { recovery } = this.#cloud
    const current = recovery.current()
    if (!current) return undefined
    const waitingFor = recovery.waitingFor(this.#registry.activeBranches())
    return { since: new Date(current.sinceMs).toISOString(), waitingFor }
  }

  /** @throws OutpostError NOT_RECOVERING */
  endRecovery(dryRun: boolean): RecoveryOutcome {
    const ended = this.recovery()
    if (!ended) throw new OutpostError('NOT_RECOVERING', 'headquarters waits for no branch: there is nothing to end')
    this.#transaction(dryRun, (write) => this.#cloud.recovery.end(write))
    return { dryRun, ended }
  }

  #branch(id: string): BranchDocument {
    const branch = this.#registry.find(id)
    if (branch) return branch
    throw new OutpostError('BRANCH_UNKNOWN', `there is no branch "${id.slice(0, 64)}"`)
  }

  #starts(id: string): BranchStartView[] {
    return this.#cloud.links.starts(id).map(({ epoch, host, heardAtMs, isDead, isSuspect, isCurrent }) => ({
      epoch,
      host,
      heardAt: new Date(heardAtMs).toISOString(),
      state: isDead ? 'dead' : isSuspect ? 'suspect' : isCurrent ? 'current' : 'earlier',
    }))
  }

  #change(id: string, dryRun: boolean, work: (write: WriteContext) => void): BranchOutcome {
    try {
      const detail = this.#transaction(dryRun, (write) => {
        work(write)
        this.#rows.forget(id)
        return this.show(id)
      })
      return { dryRun, detail }
    } finally {
      this.#rows.forget(id)
    }
  }

  /** A dry run does all of it in a transaction that is taken back. */
  #transaction<T>(dryRun: boolean, work: (write: WriteContext) => T): T {
    const { store } = this.#cloud.replica
    const done: T[] = []
    try {
      return store.transaction('api', work, (result) => {
        done.push(result)
        if (dryRun) throw new TakenBack()
      })
    } catch (error) {
      if (!(error instanceof TakenBack)) throw error
      return done[0]!
    }
  }

  #write(write: WriteContext, id: string, fields: Doc): void {
    const { replica } = this.#cloud
    const written = writeDocument(replica, write, declarationOf(replica, 'branches'), id, (stored) => ({
      ...stored,
      ...fields,
    }))
    if (written.outcome === 'refused') throw refusalError(written.refusal)
  }
}

class TakenBack extends Error {}

function undecided(message: string): OutpostError {
  return new OutpostError('CLONE_UNDECIDED', message, { field: 'epoch' })
}
