/** Notes what apps, browsers and programs write at a node. */
import type { Request, Response } from 'express'
import { toErrorBody } from '../../schemas/outpost-error.ts'
import { documentKey } from '../exchange/replica.ts'
import type { Store } from '../sqlite/store.ts'
import { CommitWatch } from '../synclog/commit-watch.ts'
import type { SyncRecorder } from '../synclog/sync-recorder.ts'
import { noteRequest } from './note-request.ts'

export interface NotedWrite {
  readonly req: Request
  readonly res: Response
  /** Of whom it is, where that is known. */
  readonly branchId?: string
  readonly documents: readonly { readonly collection: string; readonly id: string }[]
}

export class WriteNotes {
  readonly #recorder: SyncRecorder
  readonly #watch: CommitWatch
  readonly #nowMs: () => number

  constructor(recorder: SyncRecorder, store: Store, nowMs: () => number) {
    this.#recorder = recorder
    this.#watch = new CommitWatch(store)
    this.#nowMs = nowMs
  }

  /**
   * @param work has committed what it commits when it returns
   * @throws what `work` throws, noted
   */
  during<T>({ req, res, branchId, documents }: NotedWrite, work: () => T): T {
    const noted = { recorder: this.#recorder, kind: 'write', branchId, nowMs: this.#nowMs(), req, res } as const
    const note = noteRequest(noted)
    const load = { sent: documents.length, received: 0 }
    note.load = { ...load, documents: documents.map((one) => ({ ...one, seq: 0 })) }
    try {
      const { result, written } = this.#watch.during(work)
      const received = Array.isArray(result) ? result.length : 0
      const carried = documents.map((one) => ({ ...one, seq: written.get(documentKey(one))?.seq ?? 0 }))
      note.load = { ...load, received, documents: carried }
      return result
    } catch (error) {
      note.failure = toErrorBody(error).code
      throw error
    }
  }
}
