/** Notes the requests of a branch at the branch, and gives each the id under which headquarters notes it too. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { toErrorBody } from '../../schemas/outpost-error.ts'
import { outcomeOf } from '../../schemas/protocol/sync-log.ts'
import { namesBy, loadOf, type AnswerOf, type ExchangeKind, type RequestOf } from '../synclog/exchange-load.ts'
import { cycleOf } from '../synclog/request-ids.ts'
import { elapsedMs, type SyncRecorder } from '../synclog/sync-recorder.ts'

export interface ClientNotesParts {
  readonly recorder: SyncRecorder
  readonly branchId: string
  readonly declarations: readonly CollectionDeclaration[]
  readonly newId: () => string
  /** Since 1970. */
  readonly nowMs: () => number
}

export class ClientNotes {
  readonly #parts: ClientNotesParts
  readonly #nameOf: ReturnType<typeof namesBy>

  constructor(parts: ClientNotesParts) {
    this.#parts = parts
    this.#nameOf = namesBy(parts.declarations)
  }

  /** @throws what `work` throws, noted unless the node itself gave the request up */
  async during<K extends ExchangeKind>(
    kind: K,
    request: RequestOf<K>,
    signal: AbortSignal,
    work: (note: ClientNote) => Promise<AnswerOf<K>>,
  ): Promise<AnswerOf<K>> {
    const { newId, nowMs } = this.#parts
    const begun = { kind, request, atMs: nowMs(), startedAt: performance.now() }
    const note: ClientNote = { requestId: newId(), sent: 0, received: 0 }
    try {
      const answer = await work(note)
      this.#note(begun, note, { answer })
      return answer
    } catch (error) {
      if (!signal.aborted) this.#note(begun, note, { error })
      throw error
    }
  }

  #note<K extends ExchangeKind>(
    { kind, request, atMs, startedAt }: { kind: K; request: RequestOf<K>; atMs: number; startedAt: number },
    { requestId, sent, received, queuedMs }: ClientNote,
    end: { readonly answer: AnswerOf<K> } | { readonly error: unknown },
  ): void {
    const { recorder, branchId } = this.#parts
    const nameOf = this.#nameOf
    const answered = 'answer' in end ? { request, answer: end.answer, nameOf } : { request, nameOf }
    const { documents, backlog, ...load } = loadOf(kind, answered)
    const cycle = cycleOf(requestId)
    const code = 'error' in end ? toErrorBody(end.error).code : undefined
    recorder.note(
      {
        at: new Date(atMs).toISOString(),
        branchId,
        kind,
        ...load,
        bytesSent: sent,
        bytesReceived: received,
        ms: elapsedMs(startedAt),
        ...(queuedMs !== undefined && { queuedMs }),
        outcome: outcomeOf(code),
        ...(code !== undefined && { code }),
        requestId,
        ...(cycle !== undefined && { cycle }),
      },
      { ...(documents && { documents }), ...(backlog !== undefined && { backlog }) },
    )
  }
}

/** What becomes known of a request while it is under way; bytes of the bodies as they travelled. */
export interface ClientNote {
  readonly requestId: string
  sent: number
  received: number
  queuedMs?: number
}
