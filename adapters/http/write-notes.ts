/** Notes what apps, browsers and programs write at a node. */
import type { Request, Response } from 'express'
import { toErrorBody } from '../../schemas/outpost-error.ts'
import { documentKey } from '../exchange/replica.ts'
import type { Store } from '../sqlite/store.ts'
import { CommitWatch, documentsIn, type Written } from '../synclog/commit-watch.ts'
import type { SyncRecorder } from '../synclog/sync-recorder.ts'
import type { SyncLogDocument, SyncLogEntry } from '../../schemas/protocol/sync-log.ts'
import type { ImportResult } from '../import/import-result.ts'
import { noteRequest, type RequestNote } from './note-request.ts'

interface NotedCall {
  readonly req: Request
  readonly res: Response
  /** Of whom it is, where that is known. */
  readonly branchId?: string
}

export interface NotedWrite extends NotedCall {
  readonly documents: readonly { readonly collection: string; readonly id: string }[]
}

export class WriteNotes {
  readonly #recorder: SyncRecorder
  readonly #store: Store
  readonly #watch: CommitWatch
  readonly #nowMs: () => number

  constructor(recorder: SyncRecorder, store: Store, nowMs: () => number) {
    this.#recorder = recorder
    this.#store = store
    this.#watch = new CommitWatch(store)
    this.#nowMs = nowMs
  }

  /**
   * @param work has committed what it commits when it returns
   * @throws what `work` throws, noted
   */
  during<T>({ documents, ...call }: NotedWrite, work: () => T): T {
    const note = this.#begin(call)
    const load = { sent: documents.length, received: 0 }
    return telling(note, () => {
      try {
        const { result, written } = this.#watch.during(work)
        const received = Array.isArray(result) ? result.length : 0
        note.load = { ...load, received, documents: documents.map((one) => this.#named(one, written)) }
        return result
      } catch (error) {
        note.load = { ...load, documents: documents.map((one) => this.#named(one, new Map())) }
        throw error
      }
    })
  }

  /** Records, which become documents only here; those that were written are named. @throws what `work` throws, noted */
  duringImport(call: NotedCall, records: number, work: () => ImportResult[]): ImportResult[] {
    const note = this.#begin(call)
    note.load = { sent: records, received: 0 }
    return telling(note, () => {
      const { result, written } = this.#watch.during(work)
      note.load = { ...note.load, outcomes: countResults(result), documents: documentsIn(written) }
      return result
    })
  }

  /** By names that the store knows: what was refused may have a phone for its id, and any collection. */
  #named(one: NotedWrite['documents'][number], written: Written): SyncLogDocument {
    const { collection, id } = one
    const seq = written.get(documentKey(one))?.seq ?? 0
    const declared = this.#store.declarations.some(({ name }) => name === collection)
    if (!declared) return { collection: '?', id: '?', seq }
    return { collection, id: seq > 0 || this.#isKnown(collection, id) ? id : '?', seq }
  }

  #isKnown(collection: string, id: string): boolean {
    try {
      return this.#store.table(collection).has(id)
    } catch {
      // Whatever the store has failed with is told already.
      return false
    }
  }

  #begin(call: NotedCall): RequestNote {
    return noteRequest({ recorder: this.#recorder, kind: 'write', branchId: undefined, nowMs: this.#nowMs(), ...call })
  }
}

function telling<T>(note: RequestNote, work: () => T): T {
  try {
    return work()
  } catch (error) {
    note.failure = toErrorBody(error).code
    throw error
  }
}

/** What was there already counts as a repeat does. */
function countResults(results: readonly ImportResult[]): NonNullable<SyncLogEntry['outcomes']> {
  const rejected = results.filter(({ outcome }) => outcome === 'rejected').length
  const applied = results.length - rejected
  return { ...(applied > 0 && { applied }), ...(rejected > 0 && { rejected }) }
}
