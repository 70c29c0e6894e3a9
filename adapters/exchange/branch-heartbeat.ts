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
import { CLOUD_RECIPIENT, readPublicKeys } from '../bundle/bundle-keys.ts'
import { classBacklogs } from './backlog.ts'
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
  /** Live documents that the branch holds when it has everything, as headquarters last said it. */
  #expected: Readonly<Record<string, number>> = {}
  /** Headquarters has said that it knows the starts of this store. */
  #isKnown = false

  constructor(branch: BranchSide) {
    this.#branch = branch
  }

  request({ host, lastError, disk }: NodeFigures): HeartbeatRequest {
    const { replica, known, exceptions } = this.#branch
    const { store } = replica
    const backlog = this.#branch.backlog()
    const isPending = backlog.documents > 0 || this.#branch.wanted(1).length > 0
    const isIdle = !isPending && this.#branch.openReceipts().length === 0
    const except = isIdle ? exceptions.ids(KNOWN_EXCEPTIONS) : undefined
    const cloudEpoch = known.newestEpoch()
    const restoredFrom = this.#branch.recovery.restoredFrom()
    const snapshotTaken = this.#branch.recovery.snapshotTaken()
    const recovery = store.readSetting(RECOVERY) ?? ''
    const keys = readPublicKeys(store)
    const clockOffsetMs = replica.clock.osAheadMs()
    return {
      protocol: PROTOCOL_VERSION,
      version: VERSION,
      schemas: Object.fromEntries(store.declarations.map(({ name, schema }) => [name, schema.version])),
      ...this.#branch.standpoint(),
      host,
      beat: this.#branch.nextBeat(),
      epochs: this.#isKnown ? [] : store.epochs().slice(-MAX_EPOCHS),
      ...(cloudEpoch !== undefined && { cloudEpoch }),
      ...(restoredFrom && { restoredFrom }),
      ...(recovery !== '' && backlog.documents === 0 && { reoffered: recovery }),
      ...(snapshotTaken !== undefined && { snapshotTaken }),
      ...(keys && { keys }),
      figures: {
        backlog,
        classes: classBacklogs(store, replica.clock.wallMs()),
        exceptions: exceptions.countParked(),
        ...(lastError && { lastError }),
        ...(disk && { disk }),
        ...(clockOffsetMs !== undefined && { clockOffsetMs }),
      },
      ...(except && { digests: this.#digests(except), except }),
    }
  }

  /**
   * Takes an answer, each part in one transaction with what follows from it.
   *
   * @param isLate it was under way for long: its time is past
   * @returns the verdict, and whether the branch has to begin anew with another heartbeat
   */
  take(answer: HeartbeatResponse, isLate = false): { verdict: SyncVerdict; again: boolean } {
    const { replica } = this.#branch
    if (isLate) replica.clock.hearLate(answer.timeMs)
    else replica.clock.hear(answer.timeMs)
    const wasKnown = this.#isKnown
    this.#isKnown = answer.knowsStart === true
    if (wasKnown && !this.#isKnown) return { verdict: answer.verdict, again: true }
    this.#keep(RECOVERY, answer.recovery ?? '')
    if (answer.recipient !== undefined) this.#keep(CLOUD_RECIPIENT, answer.recipient)
    this.#expected = answer.documents
    const again = this.#branch.recovery.take(answer)
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

  /** Also for the next start: a branch without a link may hear of it once only. */
  #keep(name: string, value: string): void {
    const { store } = this.#branch.replica
    if ((store.readSetting(name) ?? '') === value) return
    store.transaction('setting', () => store.writeSetting(name, value))
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

/** The recovery of headquarters for which the branch offers everything again. */
const RECOVERY = 'recovery under way'
/** The first heartbeat of a start stays small; whoever starts more often without ever reaching headquarters loads a little more. */
const MAX_EPOCHS = 200
