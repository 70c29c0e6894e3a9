/**
 * Compares documents with their rows in one mirror and repairs what differs, while everything else goes on. A scan beside
 * the mirror names what may be wrong; the mirror itself settles it between two of its pages, so what is only on its way is no difference.
 */
import { withDeadline } from '../own-signal.ts'
import type { ChangeFeed, FeedChange } from '../mysql/change-feed.ts'
import type { MirroredCollection } from '../mysql/mirrored-collection.ts'
import type { MysqlSession } from '../mysql/mysql-session.ts'
import { STATE_TABLE } from '../mysql/own-tables.ts'
import type { DocumentDifference, Settlement } from '../mysql/settle-documents.ts'
import type { DifferenceOutcome, DifferenceView, ReconcileFigures } from '../../schemas/protocol/reconciliation.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { differenceView } from './difference-view.ts'
import type { DocumentFilter } from './document-filter.ts'
import { scanCollection, scanDocuments, type ScanRequest, type ScannedChunk } from './scan-collection.ts'

/** What is asked of a mirror; `Mirror` is one. */
export interface ReconciledMirror {
  readonly name: string
  aside<T>(work: (session: MysqlSession) => Promise<T>): Promise<T>
  level(signal?: AbortSignal): Promise<void>
  status(): { readonly state: string; readonly filling: readonly { readonly collection: string }[] }
  /** @param signal gives it up as long as it has not begun */
  settle(collection: string, ids: readonly string[], repair: boolean, signal?: AbortSignal): Promise<Settlement>
}

export interface ReconciledPart {
  readonly collection: MirroredCollection
  readonly filter?: DocumentFilter | undefined
  /** These documents only; without it all documents and rows of the collection. */
  readonly changes?: Iterable<readonly FeedChange[]>
}

export interface ReconcileRequest {
  readonly mirror: ReconciledMirror
  readonly feed: ChangeFeed
  readonly parts: readonly ReconciledPart[]
  /** So many documents are repaired at most, all or none; without a number each, as it is found. */
  readonly repairUpTo: number | undefined
  readonly signal: AbortSignal
  /** Called now and then with all that was found so far: it is what there is of a run that is given up. */
  readonly onProgress?: (found: ReconcileResult) => void
  /** Resolves once what other programs have changed until now has become documents: those rows do not differ. */
  readonly takeChanges?: () => Promise<void>
}

export interface ReconcileResult extends ReconcileFigures {
  /** The first ones. */
  readonly differences: readonly DifferenceView[]
}

/** Differences that are told one by one. */
export const MOST_KEPT = 1000
/** Of what stands in their rows, characters; beyond it the documents alone are named. */
const MOST_KEPT_LENGTH = 2_000_000
/** What is under way is waited for, not for ever: the mirror may be slow, and then the next run sees it. */
const LEVEL_MS = 60_000
const SETTLE_MINUTES = 5
/** Documents under way that are looked at once more. */
const MOST_AWAITED = 10_000
const MOST_AT_ONCE = 1000

/** @throws OutpostError MIRROR_UNAVAILABLE, MIRROR_TABLES; the signal's reason */
export async function reconcileMirror(request: ReconcileRequest): Promise<ReconcileResult> {
  request.signal.throwIfAborted()
  if (request.mirror.status().state === 'paused') throw new OutpostError('MIRROR_UNAVAILABLE', 'the mirror is paused')
  await levelOff(request)
  const names = new Set(request.parts.map(({ collection }) => collection.name))
  const filled = request.mirror.status().filling.find(({ collection }) => names.has(collection))
  if (filled) {
    throw new OutpostError('MIRROR_UNAVAILABLE', `${filled.collection} is being written anew; compare it afterwards`)
  }
  const run = new Reconciling(request)
  await request.mirror.aside(async (session) => {
    // A statement that takes long ends with its connection.
    const give = (): void => session.destroy()
    request.signal.addEventListener('abort', give, { once: true })
    try {
      const term = await termOf(session, request.mirror.name)
      for (const part of request.parts) await run.look(part, session, term)
    } catch (error) {
      request.signal.throwIfAborted()
      throw error
    } finally {
      request.signal.removeEventListener('abort', give)
    }
  })
  await run.repairFew()
  return run.result()
}

/** What was committed before is in MySQL, unless that takes too long. */
async function levelOff({ mirror, signal }: ReconcileRequest): Promise<void> {
  try {
    await withDeadline(LEVEL_MS, signal, (own) => mirror.level(own.signal))
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof DOMException)) throw error
  }
}

async function termOf(session: MysqlSession, name: string): Promise<number> {
  const sql = `SELECT term FROM ${STATE_TABLE.name} WHERE name = ?`
  const [row] = await session.rows<{ term: number | string }>(sql, [name])
  return Number(row?.term ?? 0)
}

class Reconciling {
  readonly #request: ReconcileRequest
  readonly #kept = new Map<string, DifferenceView>()
  /** Ids by collection, while there are no more than may be repaired. */
  readonly #few = new Map<string, string[]>()
  #keptLength = 0
  readonly #figures = { documents: 0, rows: 0, different: 0, repaired: 0, gone: 0, inFlight: 0, parked: 0 }

  constructor(request: ReconcileRequest) {
    this.#request = request
  }

  async look({ collection, filter, changes }: ReconciledPart, session: MysqlSession, term: number): Promise<void> {
    const { feed, signal } = this.#request
    const request: ScanRequest = { feed, session, collection, term, filter, signal }
    const underWay = new Set<string>()
    for await (const chunk of chunksOf(request, changes)) {
      this.#figures.documents += chunk.documents
      this.#figures.rows += chunk.rows
      for (const id of await this.#settle(collection.name, chunk.suspects)) {
        if (underWay.size < MOST_AWAITED) underWay.add(id)
        else this.#figures.inFlight += 1
      }
      this.#tell()
    }
    if (underWay.size === 0) return
    await levelOff(this.#request)
    const ids = [...underWay]
    for (let start = 0; start < ids.length; start += MOST_AT_ONCE) {
      const still = await this.#settle(collection.name, ids.slice(start, start + MOST_AT_ONCE))
      this.#figures.inFlight += still.length
    }
    this.#tell()
  }

  /** Repairs what was found, where that is not too much. */
  async repairFew(): Promise<void> {
    const { repairUpTo } = this.#request
    if (repairUpTo === undefined || this.#figures.different > repairUpTo) return
    for (const [collection, ids] of this.#few) {
      for (let start = 0; start < ids.length; start += MOST_AT_ONCE) {
        await this.#repair(collection, ids.slice(start, start + MOST_AT_ONCE))
      }
    }
  }

  result(): ReconcileResult {
    const { gone, ...figures } = this.#figures
    const open = figures.different - figures.repaired - gone
    return { ...figures, open, differences: [...this.#kept.values()] }
  }

  #tell(): void {
    this.#request.onProgress?.(this.result())
  }

  /** @returns those that are under way */
  async #settle(collection: string, suspects: readonly string[]): Promise<readonly string[]> {
    if (suspects.length === 0) return []
    const { different, parked, inFlight } = await this.#ask(collection, suspects, false)
    this.#figures.parked += parked.length
    for (const difference of different) this.#note(difference)
    this.#tell()
    if (this.#request.repairUpTo === undefined) {
      const ids = different.map(({ id }) => id)
      for (let start = 0; start < ids.length; start += MOST_AT_ONCE) {
        await this.#repair(collection, ids.slice(start, start + MOST_AT_ONCE))
      }
    }
    return inFlight
  }

  #note(difference: DocumentDifference): void {
    const { collection, id } = difference
    this.#figures.different += 1
    if (this.#kept.size < MOST_KEPT) this.#keep(difference)
    const { repairUpTo } = this.#request
    if (repairUpTo === undefined || this.#figures.different > repairUpTo) return this.#few.clear()
    const ids = this.#few.get(collection)
    if (ids) ids.push(id)
    else this.#few.set(collection, [id])
  }

  #keep(difference: DocumentDifference): void {
    const view = differenceView(difference, this.#request.feed.head().seq)
    this.#keptLength += JSON.stringify(view.rows).length
    const isTooLong = this.#keptLength > MOST_KEPT_LENGTH
    const kept = isTooLong ? { ...view, rows: [], moreRows: difference.rows.length } : view
    this.#kept.set(keyOf(view.collection, view.id), kept)
  }

  async #repair(collection: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    const written = await this.#ask(collection, ids, true)
    // Whether the rows are as they were written is asked of MySQL once more: a trigger may have had its say.
    const looked = await this.#ask(collection, ids, false)
    const rewritten = new Set(written.different.map(({ id }) => id))
    const wrong = new Set(looked.different.map(({ id }) => id))
    const refused = new Set([...written.parked, ...looked.parked])
    for (const id of ids) {
      const outcome: DifferenceOutcome =
        wrong.has(id) || refused.has(id) ? 'stays' : rewritten.has(id) ? 'repaired' : 'gone'
      if (outcome === 'repaired') this.#figures.repaired += 1
      if (outcome === 'gone') this.#figures.gone += 1
      const kept = this.#kept.get(keyOf(collection, id))
      if (kept) this.#kept.set(keyOf(collection, id), { ...kept, outcome })
    }
    this.#tell()
  }

  /** Not for ever: the mirror may be slow. What has been given up is not done later, when nobody would keep what it was. */
  async #ask(collection: string, ids: readonly string[], repair: boolean): Promise<Settlement> {
    const { mirror, signal, takeChanges } = this.#request
    const settle = async (own: AbortSignal): Promise<Settlement> => {
      await takeChanges?.()
      own.throwIfAborted()
      return mirror.settle(collection, ids, repair, own)
    }
    try {
      return await withDeadline(SETTLE_MINUTES * 60_000, signal, (own) => unlessAborted(own.signal, settle(own.signal)))
    } catch (error) {
      if (signal.aborted || !(error instanceof DOMException)) throw error
      const wanted = repair ? 'writing' : 'comparing'
      const message = `the mirror did not get to ${wanted} documents of ${collection} within ${SETTLE_MINUTES} minutes`
      throw new OutpostError('MIRROR_UNAVAILABLE', message, { cause: error })
    }
  }
}

async function* chunksOf(
  request: ScanRequest,
  changes: Iterable<readonly FeedChange[]> | undefined,
): AsyncGenerator<ScannedChunk> {
  if (!changes) yield* scanCollection(request)
  else for (const page of changes) yield* scanDocuments(request, page)
}

function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    // Also where it is too late for it: a failure that nobody hears ends the process.
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function keyOf(collection: string, id: string): string {
  return `${collection}/${id}`
}
