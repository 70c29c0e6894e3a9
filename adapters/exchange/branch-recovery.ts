/**
 * What a branch does once a heartbeat says that one of the two stores is not the one it was: headquarters' or its own was
 * restored from a backup, or a person has asked for a fresh snapshot.
 */
import type { Lineage } from '../../schemas/lineage.ts'
import type { HeartbeatResponse, Position } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import type { Acceptances } from './acceptances.ts'
import type { BranchPositions } from './branch-positions.ts'
import type { KnownCloud } from './known-cloud.ts'
import type { ReceiptBook } from './receipt-book.ts'

const GENERATION = 'offer-generation'
const RESTORED_FROM = 'restored-from'
const SNAPSHOT_TAKEN = 'snapshot-taken'

export interface BranchRecoveryParts {
  readonly store: Store
  readonly positions: BranchPositions
  readonly receipts: ReceiptBook
  readonly acceptances: Acceptances
  readonly known: KnownCloud
}

export class BranchRecovery {
  readonly #parts: BranchRecoveryParts

  constructor(parts: BranchRecoveryParts) {
    this.#parts = parts
  }

  /** @returns whether what the branch has said of itself before no longer holds */
  take({ head, epochs, recover, lost, snapshot }: HeartbeatResponse): boolean {
    const { store, positions, receipts, known } = this.#parts
    const isNewSnapshot = snapshot !== undefined && this.snapshotTaken() !== snapshot
    const isNewLoss = lost !== undefined && !isSamePosition(this.restoredFrom(), lost)
    if (!epochs && recover !== true && !isNewLoss && !isNewSnapshot) return lost !== undefined
    store.transaction('recovery', (write) => {
      if (recover === true && epochs) this.#goBack(write, epochs, head)
      if (epochs) known.adopt(epochs)
      if (isNewLoss) {
        // What the branch has sent and no longer holds comes back with what it has not fetched yet.
        positions.reload()
        // What it was handed comes again, and headquarters may have handed out other pages since.
        receipts.forget()
        store.writeSetting(RESTORED_FROM, JSON.stringify(lost))
      }
      if (isNewSnapshot) {
        positions.forget()
        store.writeSetting(SNAPSHOT_TAKEN, snapshot)
      }
    })
    return recover === true || lost !== undefined || isNewSnapshot
  }

  /** As far as headquarters had heard of this store when it was restored from a backup. */
  restoredFrom(): Position | undefined {
    const saved = this.#parts.store.readSetting(RESTORED_FROM)
    return saved === undefined ? undefined : (JSON.parse(saved) as Position)
  }

  /** The last fresh snapshot that headquarters asked for and the branch has begun. */
  snapshotTaken(): string | undefined {
    return this.#parts.store.readSetting(SNAPSHOT_TAKEN)
  }

  /** How often everything has been offered anew: what is answered to an earlier offer settles nothing. */
  generation(): number {
    return Number(this.#parts.store.readSetting(GENERATION) ?? 0)
  }

  /**
   * Headquarters was restored from a backup: the branch goes back to where both still agree and offers everything anew.
   * Merging makes that safe.
   */
  #goBack(write: WriteContext, epochs: Lineage, head: Position): void {
    const { store, positions, receipts, acceptances, known } = this.#parts
    const back = (position: Position) => known.backTo(position, epochs, head)
    positions.goBack(back)
    receipts.forget()
    acceptances.goBack(back)
    for (const { name } of store.declarations) store.table(name).markAllPending(write)
    store.writeSetting(GENERATION, String(this.generation() + 1))
    known.rely(head)
  }
}

function isSamePosition(a: Position | undefined, b: Position): boolean {
  return a?.epoch === b.epoch && a.seq === b.seq
}
