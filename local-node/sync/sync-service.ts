/** Synchronisation of a running node: the cycle, its client, and the live stream that wakes it. */
import type { BranchSide } from '../../adapters/exchange/branch-side.ts'
import type { DayFigures } from '../../adapters/exchange/day-sales.ts'
import { ClientNotes } from '../../adapters/http/client-notes.ts'
import { createExchangeClient, type HttpExchangeClient } from '../../adapters/http/exchange-client.ts'
import { NudgeStream, type NudgeStreamState } from '../../adapters/http/nudge-stream.ts'
import type { SignedFetch } from '../../adapters/access/signed-fetch.ts'
import type { Log } from '../../adapters/log.ts'
import { CycleIds, newRequestId } from '../../adapters/synclog/request-ids.ts'
import type { SyncRecorder } from '../../adapters/synclog/sync-recorder.ts'
import type { BranchKey } from '../branch-key.ts'
import { KeyRotation } from '../key-rotation.ts'
import type { CycleStatus } from './cycle-status.ts'
import { diskFigures } from './disk-figures.ts'
import type { WhereaboutsRequest, WhereaboutsResponse } from '../../schemas/protocol/exchange.ts'
import type { OpenedDocument } from './refreshes.ts'
import { SyncCycle } from './sync-cycle.ts'
import type { SyncSettings } from './sync-settings.ts'

export interface SyncServiceOptions {
  readonly branch: BranchSide
  /** Of headquarters, as messages name it. */
  readonly host: string
  readonly send: SignedFetch
  readonly key: BranchKey
  readonly log: Log
  readonly enabled: () => boolean
  readonly settings: () => SyncSettings
  readonly figures: () => DayFigures
  readonly intervalMs: number | undefined
  readonly batchSize: number | undefined
  /** Where each request is noted. */
  readonly recorder: SyncRecorder
}

export class SyncService {
  readonly #cycle: SyncCycle
  readonly #beside: HttpExchangeClient
  readonly #stream: NudgeStream
  readonly #rotation: KeyRotation
  readonly #enabled: () => boolean
  readonly #listeners = new Set<() => void>()
  /** Cycles in a row that had failed when one ended last. */
  #failures = 0

  constructor({ branch, host, send, key, log, intervalMs, batchSize, recorder, ...seams }: SyncServiceOptions) {
    const { store, clock } = branch.replica
    const ids = new CycleIds()
    const { branchId } = branch
    const noted = { recorder, branchId, declarations: store.declarations, nowMs: () => clock.wallMs() }
    const client = createExchangeClient(send, host, new ClientNotes({ ...noted, newId: () => ids.next() }))
    // What is asked beside exchanges teaches nothing of how large they may be.
    const beside = createExchangeClient(send, host, new ClientNotes({ ...noted, newId: newRequestId }))
    this.#beside = beside
    const { file } = store
    this.#rotation = new KeyRotation({ key, send, nowMs: () => clock.wallMs(), log })
    this.#enabled = seams.enabled
    this.#cycle = new SyncCycle({
      branch,
      client,
      log,
      ...seams,
      traffic: () => {
        const [exchanges, questions] = [client.traffic(), beside.traffic()]
        const [sent, received] = [exchanges.sent + questions.sent, exchanges.received + questions.received]
        return { ...exchanges, sent, received }
      },
      disk: () => diskFigures(file),
      ...(intervalMs !== undefined && { intervalMs }),
      ...(batchSize !== undefined && { batchSize }),
    })
    this.#cycle.onCycle(() => {
      ids.begin()
      const { failures, refused } = this.#cycle.status()
      // The link is back.
      if (failures === 0 && this.#failures > 0) this.#stream.wake()
      this.#failures = failures
      const end = refused?.code === 'KEY_UNKNOWN' ? 'key-unknown' : failures === 0 ? 'good' : 'other'
      if (this.#rotation.afterCycle(end)) void this.#cycle.run()
    })
    this.#stream = new NudgeStream({
      send,
      onNudge: (priority) => this.#cycle.nudge(priority),
      onState: (state) => {
        if (state === 'open') this.#cycle.linked()
        for (const listener of this.#listeners) listener()
      },
      onUnreached: () => this.#cycle.unlinked(),
      log,
    })
  }

  start(): void {
    this.#followSetting()
    this.#cycle.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#stream.stop(), this.#cycle.stop(), this.#rotation.stop()])
  }

  /** Runs one cycle, also after synchronisation was just switched on. */
  run(): Promise<void> {
    this.#followSetting()
    return this.#cycle.run()
  }

  /** What people set has changed. */
  settingsChanged(): void {
    this.#followSetting()
    this.#cycle.settingsChanged()
  }

  /** As `SyncCycle.refresh`. */
  refresh(opened: OpenedDocument): boolean {
    return this.#cycle.refresh(opened)
  }

  /** As `SyncCycle.contact`. */
  contact(): number | undefined {
    return this.#cycle.contact()
  }

  /** Beside whatever is under way. */
  askWhereabouts(request: WhereaboutsRequest, signal: AbortSignal): Promise<WhereaboutsResponse> {
    return this.#beside.whereabouts(request, signal)
  }

  status(): CycleStatus & { readonly stream: NudgeStreamState } {
    return { ...this.#cycle.status(), stream: this.#stream.state }
  }

  /** Calls back after each cycle, and when the stream comes or goes. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    const stop = this.#cycle.onCycle(listener)
    return () => {
      this.#listeners.delete(listener)
      stop()
    }
  }

  #followSetting(): void {
    if (this.#enabled()) this.#stream.start()
    else void this.#stream.stop()
  }
}
