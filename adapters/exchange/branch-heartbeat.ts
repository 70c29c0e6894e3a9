/**
 * What a branch says of itself with a heartbeat, and what it does with the answer: it hears of the time, of headquarters'
 * other starts, of a restored store on either side, of a snapshot that it is to take.
 */
import { SHARED_SCOPE } from '../../schemas/brand.ts'
import {
  PROTOCOL_VERSION,
  type Figures,
  type HeartbeatRequest,
  type HeartbeatResponse,
} from '../../schemas/protocol/exchange.ts'
import type { SyncVerdict } from '../../schemas/protocol/status.ts'
import { VERSION } from '../../schemas/version.ts'
import type { BranchSide } from './branch-side.ts'
import { digestExcept } from './digest-except.ts'
import { KNOWN_EXCEPTIONS } from './exceptions.ts'

/** What the node knows beside its store. */
export interface NodeFigures {
  readonly host: string
  readonly lastError?: Figures['lastError']
  readonly disk?: Figures['disk']
}

export class BranchHeartbeat {
  readonly #branch: BranchSide
  #beat = 0
  #recovery: string | undefined
  /** Live documents that the branch holds when it has everything, as headquarters last said it. */
  #expected: Readonly<Record<string, number>> = {}

  constructor(branch: BranchSide) {
    this.#branch = branch
  }

  request({ host, lastError, disk }: NodeFigures): HeartbeatRequest {
    const { replica, known, exceptions } = this.#branch
    const { store } = replica
    const backlog = this.#branch.backlog()
    const isIdle = backlog.documents === 0 && this.#branch.openReceipts().length === 0
    const except = isIdle ? exceptions.ids(KNOWN_EXCEPTIONS) : undefined
    const cloudEpoch = known.newestEpoch()
    const restoredFrom = this.#branch.restoredFrom()
    const snapshotTaken = this.#branch.snapshotTaken()
    this.#beat += 1
    return {
      protocol: PROTOCOL_VERSION,
      version: VERSION,
      schemas: Object.fromEntries(store.declarations.map(({ name, schema }) => [name, schema.version])),
      ...this.#branch.standpoint(),
      host,
      beat: this.#beat,
      epochs: store.epochs().slice(-MAX_EPOCHS),
      ...(cloudEpoch !== undefined && { cloudEpoch }),
      ...(restoredFrom && { restoredFrom }),
      ...(this.#recovery !== undefined && backlog.documents === 0 && { reoffered: this.#recovery }),
      ...(snapshotTaken !== undefined && { snapshotTaken }),
      figures: {
        backlog,
        classes: this.#branch.classBacklogs(),
        exceptions: exceptions.countParked(),
        ...(lastError && { lastError }),
        ...(disk && { disk }),
      },
      ...(except && { digests: this.#digests(except), except }),
    }
  }

  /**
   * Takes an answer, each part in one transaction with what follows from it.
   *
   * @returns the verdict, and whether the branch has to begin anew with another heartbeat
   */
  take(answer: HeartbeatResponse): { verdict: SyncVerdict; again: boolean } {
    const { replica } = this.#branch
    replica.clock.hear(answer.timeMs)
    this.#recovery = answer.recovery
    this.#expected = answer.documents
    const again = this.#branch.takeHeartbeat(answer)
    if (!again) this.#branch.standAt(answer.level, answer.head)
    return { verdict: answer.verdict, again }
  }

  /** How far the first load of a class's collections has come: documents here, and those that there are. */
  loading(): { here: number; of: number } | undefined {
    const { store } = this.#branch.replica
    const names = this.#branch.collectionsLoading()
    if (names.length === 0) return undefined
    let [here, of] = [0, 0]
    for (const name of names) {
      here += store.countLive(name)
      of += this.#expected[name] ?? 0
    }
    return { here, of: Math.max(here, of) }
  }

  #digests(except: readonly { collection: string; id: string }[]): NonNullable<HeartbeatRequest['digests']> {
    const { branchId, replica } = this.#branch
    return Object.fromEntries(
      replica.store.declarations.map(({ name }) => [
        name,
        Object.fromEntries(
          [SHARED_SCOPE, branchId].map((scope) => [scope, digestExcept(replica.store, name, scope, except)]),
        ),
      ]),
    )
  }
}

/** A heartbeat stays small; whoever starts more often without ever reaching headquarters loads a little more. */
const MAX_EPOCHS = 200
