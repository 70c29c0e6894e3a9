/** Notes the requests of branches at headquarters, each once it is over: whoever asks waits for nothing of it. */
import type { Request, Response } from 'express'
import { toErrorBody } from '../../schemas/outpost-error.ts'
import type { CloudSide } from '../exchange/cloud-side.ts'
import { documentKey } from '../exchange/replica.ts'
import { CommitWatch, delayOf, type Written } from '../synclog/commit-watch.ts'
import {
  namesBy,
  loadOf,
  type AnswerOf,
  type ExchangeKind,
  type ExchangeLoad,
  type RequestOf,
} from '../synclog/exchange-load.ts'
import type { SyncRecorder } from '../synclog/sync-recorder.ts'
import { noteRequest, type NotedLoad, type RequestNote } from './note-request.ts'

export class ExchangeNotes {
  readonly #cloud: CloudSide
  readonly #recorder: SyncRecorder
  readonly #watch: CommitWatch
  readonly #nameOf: ReturnType<typeof namesBy>

  constructor(cloud: CloudSide, recorder: SyncRecorder) {
    this.#cloud = cloud
    this.#recorder = recorder
    this.#watch = new CommitWatch(cloud.replica.store)
    this.#nameOf = namesBy(cloud.replica.store.declarations)
  }

  /**
   * What a request of a branch does, noted when its answer has gone or the branch has.
   *
   * @throws what `work` throws
   */
  async during<K extends ExchangeKind, T>(
    { kind, branchId, req, res }: { kind: K; branchId: string; req: Request; res: Response },
    work: (note: ExchangeNote<K>) => Promise<T>,
  ): Promise<T> {
    const nowMs = this.#cloud.replica.clock.wallMs()
    const note = noteRequest({ recorder: this.#recorder, kind, branchId, nowMs, req, res })
    const answering: ExchangeNote<K>['answering'] = (request, answer) => this.#answering(note, kind, request, answer)
    try {
      return await work(Object.assign(note, { answering }))
    } catch (error) {
      note.failure = toErrorBody(error).code
      throw error
    }
  }

  /** Nothing of the messages is kept until the answer has gone. */
  #answering<K extends ExchangeKind>(
    note: RequestNote,
    kind: K,
    request: RequestOf<K>,
    answer: () => AnswerOf<K>,
  ): AnswerOf<K> {
    const asked = { request, nameOf: this.#nameOf }
    try {
      const { result, written } = this.#watch.during(answer)
      const load = loadOf(kind, { ...asked, answer: result })
      note.load = kind === 'push' ? this.#taken(load, written) : load
      return result
    } catch (error) {
      const load = loadOf(kind, asked)
      note.load = kind === 'push' ? this.#taken(load, new Map()) : load
      throw error
    }
  }

  /** With what became of the documents that were sent. */
  #taken(load: ExchangeLoad, written: Written): NotedLoad {
    const { clock } = this.#cloud.replica
    const nowMs = clock.wallMs()
    const changes = load.documents?.map((one) => written.get(documentKey(one))) ?? []
    // What comes back to a restored headquarters was here in time, before it was lost.
    const isLate = this.#cloud.recovery.isRunning
    return {
      ...load,
      documents: load.documents?.map((one, i) => ({ ...one, seq: changes[i]?.seq ?? 0 })) ?? [],
      delaysMs: isLate ? [] : changes.flatMap((change) => (change ? delayOf(change, nowMs) : [])),
    }
  }
}

export interface ExchangeNote<K extends ExchangeKind> extends RequestNote {
  /** @param answer has committed what it commits when it returns */
  readonly answering: (request: RequestOf<K>, answer: () => AnswerOf<K>) => AnswerOf<K>
}
