/**
 * Keeps a collection of this page (or process) in step with its node: `replicateRxCollection` with handlers that have
 * deadlines, do their own waiting, and never fail for a document's fault. A handler that throws costs RxDB a fixed
 * pause and, in the push, holds up everything behind it; so these return, or wait and try again.
 */
import type { RxCollection, RxReplicationPullStreamItem, RxReplicationWriteToMasterRow, WithDeleted } from 'rxdb'
import { replicateRxCollection } from 'rxdb/plugins/replication'
import { Subject, type Subscription } from 'rxjs'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { isRecord, type Doc } from '../../schemas/json.ts'
import { sidecarOf } from '../../schemas/merge-spec.ts'
import { merge, sameState } from '../../schemas/merge.ts'
import { backoffMs, type BackoffLimits } from '../../schemas/backoff.ts'
import { withDeadline, withOwnSignal } from '../own-signal.ts'
import { Waiting } from './waiting.ts'
import { unsentDocuments, type Replication } from './unsent-documents.ts'

export interface NodeReplicationStatus {
  /** `undefined` before the first answer or failure. */
  readonly reachable: boolean | undefined
  /** Ids of documents that the node has not confirmed yet; `undefined` until they have been looked up. */
  readonly unsent: readonly string[] | undefined
  /** Ids of documents of this run that the node refused; it keeps them among its exceptions. */
  readonly refused: readonly string[]
  readonly problem?: { readonly code: string; readonly message: string }
}

/** Opens the node's stream of nudges (an `EventSource` in a page) and returns what closes it. */
export type OpenNudges = (
  url: string,
  on: { readonly opened: () => void; readonly nudged: () => void; readonly failed: () => void },
) => () => void

export interface NodeReplicationOptions {
  // oxlint-disable-next-line typescript/no-explicit-any -- collections are declared at run time
  readonly collection: RxCollection<any>
  readonly declaration: CollectionDeclaration
  /** Of the node, without a slash at the end; `''` for the page's own origin. */
  readonly baseUrl: string
  readonly fetch?: typeof fetch
  readonly openNudges?: OpenNudges
  readonly onStatus?: (status: NodeReplicationStatus) => void
  /** Ends the replication. */
  readonly signal: AbortSignal
  readonly identifier?: string
  readonly batchSize?: number
  readonly requestTimeoutMs?: number
  /** Asks the node from time to time, since a stream can be dead without saying so. */
  readonly resyncEveryMs?: number
  readonly backoff?: BackoffLimits
  readonly random?: () => number
}

export interface NodeReplication {
  /** Tries at once instead of waiting, and asks the node for what is new. */
  resync(): void
  /** Resolves when the replication has ended after its signal. */
  readonly ended: Promise<void>
}

interface Checkpoint {
  readonly id: string
  readonly lwt: number
}

/** An answer of the node that is no success. */
class NodeAnswer extends Error {
  readonly code: string
  readonly status: number
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

const STATUS_AFTER_MS = 50

export function replicateWithNode(options: NodeReplicationOptions): NodeReplication {
  const client = new NodeReplicationClient(options)
  return { resync: () => client.resync(), ended: client.run() }
}

class NodeReplicationClient {
  readonly #options: NodeReplicationOptions
  readonly #url: string
  readonly #waiting = new Waiting()
  readonly #refused = new Set<string>()
  #replication: Replication | undefined
  #nudges = new Subject<RxReplicationPullStreamItem<Doc, Checkpoint>>()
  #reachable: boolean | undefined
  #problem: NodeReplicationStatus['problem']
  #unsent: readonly string[] | undefined
  #changedSince = false
  #statusTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: NodeReplicationOptions) {
    this.#options = options
    this.#url = `${options.baseUrl}/${options.declaration.name}/${options.declaration.schema.version}`
  }

  resync(): void {
    this.#waiting.wake()
    this.#nudges.next('RESYNC')
  }

  async run(): Promise<void> {
    const { signal } = this.#options
    const wake = () => this.resync()
    const page = globalThis as { addEventListener?: EventListening; removeEventListener?: EventListening }
    page.addEventListener?.('online', wake)
    const regularly = setInterval(() => this.#nudges.next('RESYNC'), this.#options.resyncEveryMs ?? 30_000)
    const listening = this.#listen()
    try {
      while (!signal.aborted) await withOwnSignal([signal], (forgotten) => this.#replicate(forgotten))
    } finally {
      clearInterval(regularly)
      clearTimeout(this.#statusTimer)
      page.removeEventListener?.('online', wake)
      await listening
    }
  }

  /**
   * One life of the replication. It ends with the signal, or when the node does not know our position: then it was
   * restored or replaced, so everything is offered again and fetched again; merging makes that safe.
   */
  async #replicate(forgotten: AbortController): Promise<void> {
    const stop = forgotten.signal
    const { collection, declaration, batchSize = 100 } = this.#options
    this.#nudges = new Subject()
    const replication: Replication = replicateRxCollection<Doc, Checkpoint>({
      replicationIdentifier: this.#options.identifier ?? 'outpost-node',
      collection,
      // The handlers wait themselves; this is only the pause after they end for the signal.
      retryTime: 50,
      // One tab replicates for all. RxDB would start a second one with every tab that becomes visible.
      toggleOnDocumentVisible: false,
      pull: {
        batchSize,
        stream$: this.#nudges,
        handler: (checkpoint) => this.#pull(checkpoint, batchSize, stop, forgotten) as never,
      },
      ...(declaration.direction === 'both' && {
        push: { batchSize, handler: (rows) => this.#push(rows, stop) as Promise<WithDeleted<Doc>[]> },
      }),
    })
    this.#replication = replication
    const changes: Subscription[] = [
      replication.active$.subscribe(() => this.#report()),
      collection.$.subscribe(() => this.#report()),
      replication.error$.subscribe((error) => {
        if (!stop.aborted) this.#noteProblem('REPLICATION', error.message)
      }),
    ]
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve()
      else stop.addEventListener('abort', () => resolve(), { once: true })
    })
    for (const change of changes) change.unsubscribe()
    this.#replication = undefined
    if (this.#options.signal.aborted) await replication.cancel()
    else await replication.remove()
  }

  #pull(
    checkpoint: Checkpoint | undefined,
    limit: number,
    stop: AbortSignal,
    forgotten: AbortController,
  ): Promise<{ documents: Doc[]; checkpoint: Checkpoint }> {
    const position = { id: checkpoint?.id ?? '', lwt: String(checkpoint?.lwt ?? 0), limit: String(limit) }
    return this.#persistently(stop, async () => {
      try {
        const page = await this.#request(`/pull?${new URLSearchParams(position).toString()}`, stop)
        if (isPullPage(page)) return page
        throw new NodeAnswer(200, 'LINK_FAILED', 'the address answers, but not as a node does')
      } catch (error) {
        if (error instanceof NodeAnswer && error.code === 'POSITION_UNKNOWN') forgotten.abort()
        throw error
      }
    })
  }

  async #push(rows: RxReplicationWriteToMasterRow<Doc>[], stop: AbortSignal): Promise<Doc[]> {
    // Repeats of it have the same: the node's sync log shows what became of it.
    const requestId = crypto.randomUUID()
    try {
      const answers = await this.#persistently(stop, async () => {
        const body = JSON.stringify(rows)
        const answer = await this.#request('/push', stop, { body, requestId, isDivisible: rows.length > 1 })
        if (Array.isArray(answer) && answer.every(isRecord)) return answer
        throw new NodeAnswer(200, 'LINK_FAILED', 'the address answers, but not as a node does')
      })
      return this.#conflicts(rows, answers)
    } catch (error) {
      if (!(error instanceof NodeAnswer) || error.status !== 413) throw error
      const half = rows.length >> 1
      return [...(await this.#push(rows.slice(0, half), stop)), ...(await this.#push(rows.slice(half), stop))]
    }
  }

  /**
   * What RxDB has to merge. A state that the node did not take would be merged and pushed for ever: the node keeps it
   * among its exceptions, so it counts as delivered and is reported.
   */
  #conflicts(rows: readonly RxReplicationWriteToMasterRow<Doc>[], answers: readonly Doc[]): Doc[] {
    const { key } = this.#options.declaration.merge
    const answersById = new Map(answers.map((doc) => [doc[key], doc]))
    const conflicts: Doc[] = []
    for (const { newDocumentState } of rows) {
      const pushed = newDocumentState as Doc
      const id = pushed[key] as string
      const answer = answersById.get(id)
      const refused = answer !== undefined && isRefusal(this.#options.declaration, pushed, answer)
      if (refused) this.#refused.add(id)
      else this.#refused.delete(id)
      if (answer && !refused && !sameState(pushed, answer)) conflicts.push(answer)
    }
    return conflicts
  }

  /** Tries until it succeeds; rejects only when stopped, or with an answer that waiting cannot change. */
  async #persistently<T>(stop: AbortSignal, request: () => Promise<T>): Promise<T> {
    const { backoff = { firstMs: 500, capMs: 10_000 }, random = Math.random } = this.#options
    for (let attempt = 0; ; attempt++) {
      try {
        const result = await request()
        this.#noteReachable(true)
        return result
      } catch (error) {
        stop.throwIfAborted()
        if (error instanceof NodeAnswer && error.status === 413) throw error
        if (error instanceof NodeAnswer) this.#noteProblem(error.code, error.message)
        this.#noteReachable(error instanceof NodeAnswer, error)
      }
      await this.#waiting.sleep(backoffMs(attempt, backoff, random()), stop)
      stop.throwIfAborted()
    }
  }

  async #request(path: string, stop: AbortSignal, pushed?: PushedBody): Promise<unknown> {
    const { fetch: send = fetch, requestTimeoutMs = 10_000 } = this.#options
    const headers = { 'content-type': 'application/json', 'x-request-id': pushed?.requestId ?? '' }
    const init = pushed ? { method: 'POST', body: pushed.body, headers } : {}
    const { response, answer } = await withDeadline(requestTimeoutMs, stop, async (own) => {
      const response = await send(this.#url + path, { ...init, signal: own.signal })
      const answer: unknown = await response.json().catch(() => undefined)
      return { response, answer }
    })
    if (response.ok && answer !== undefined) return answer
    const error = isRecord(answer) ? answer : {}
    const code = typeof error['code'] === 'string' ? error['code'] : 'LINK_FAILED'
    const message = typeof error['message'] === 'string' ? error['message'] : `the node answered ${response.status}`
    throw new NodeAnswer(response.status === 413 && pushed?.isDivisible !== true ? 400 : response.status, code, message)
  }

  /** Keeps the stream of nudges open. What happened while it was closed is fetched when it opens. */
  async #listen(): Promise<void> {
    const { openNudges, signal, random = Math.random, backoff = { firstMs: 500, capMs: 10_000 } } = this.#options
    if (!openNudges) return
    for (let attempt = 0; !signal.aborted; attempt++) {
      await new Promise<void>((resolve) => {
        const end = () => {
          signal.removeEventListener('abort', end)
          close()
          resolve()
        }
        const close = openNudges(`${this.#url}/pullStream`, {
          opened: () => {
            attempt = 0
            this.#noteReachable(true)
            this.resync()
          },
          nudged: () => this.#nudges.next('RESYNC'),
          failed: () => {
            if (!signal.aborted) this.#noteReachable(false, undefined)
            end()
          },
        })
        signal.addEventListener('abort', end)
      })
      await this.#waiting.sleep(backoffMs(attempt, backoff, random()), signal)
    }
  }

  #noteReachable(reachable: boolean, error?: unknown): void {
    this.#reachable = reachable
    if (reachable && error === undefined) this.#problem = undefined
    if (!reachable) this.#problem = { code: 'NODE_UNREACHABLE', message: 'the local node does not answer' }
    this.#report()
  }

  #noteProblem(code: string, message: string): void {
    this.#problem = { code, message }
    this.#report()
  }

  /** Changes come in bursts; one report a burst. */
  #report(): void {
    if (!this.#options.onStatus || this.#options.signal.aborted) return
    this.#changedSince = true
    this.#statusTimer ??= setTimeout(() => {
      this.#changedSince = false
      void this.#tell().finally(() => {
        this.#statusTimer = undefined
        if (this.#changedSince) this.#report()
      })
    }, STATUS_AFTER_MS)
  }

  async #tell(): Promise<void> {
    const { signal, onStatus, declaration } = this.#options
    if (this.#replication) {
      // The replication may end while its stores are read.
      const unsent = await unsentDocuments(this.#replication, declaration).catch(() => undefined)
      if (unsent) this.#unsent = unsent.filter((id) => !this.#refused.has(id))
    }
    if (signal.aborted) return
    onStatus?.({
      reachable: this.#reachable,
      unsent: this.#unsent,
      refused: [...this.#refused],
      ...(this.#problem && { problem: this.#problem }),
    })
  }
}

type EventListening = (type: 'online', listener: () => void) => void

interface PushedBody {
  readonly body: string
  readonly requestId: string
  /** It may be sent in two where it is too large. */
  readonly isDivisible: boolean
}

/** A node that took the state answers with one that contains it; one that had no document answers with a bare deletion. */
function isRefusal({ merge: spec }: CollectionDeclaration, pushed: Doc, answer: Doc): boolean {
  if (answer['_deleted'] === true && pushed['_deleted'] !== true && sidecarOf(answer).d === undefined) return true
  return !sameState(merge(spec, pushed, answer), merge(spec, answer, answer))
}

function isPullPage(page: unknown): page is { documents: Doc[]; checkpoint: Checkpoint } {
  return isRecord(page) && Array.isArray(page['documents']) && isRecord(page['checkpoint'])
}
