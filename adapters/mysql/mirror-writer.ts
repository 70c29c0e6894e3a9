/**
 * Writes batches exactly once: rows, parked documents and the feed's position are one transaction, which the fence
 * opens.
 */
import type { FeedPosition } from './change-feed.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import { beginFilling, holdFence, noteFilled, passFence, type FenceOutcome } from './mirror-state.ts'
import { failureKind } from './mysql-failure.ts'
import type { MysqlSession } from './mysql-session.ts'
import { clearParked, countParked, parkDocument } from './parked-documents.ts'
import type { PendingDocument, UnfitDocument } from './pending-document.ts'
import { whyRefused } from './why-refused.ts'
import { clearDocuments, clearRange, writeDocuments } from './write-documents.ts'

export interface Batch {
  readonly documents: readonly PendingDocument[]
  readonly unfit: readonly UnfitDocument[]
}

export interface BatchResult {
  readonly outcome: FenceOutcome
  readonly written: number
  /** Documents of this batch that MySQL or the mapping refused. */
  readonly parked: readonly UnfitDocument[]
}

/** Documents next to each other in the order of ids: all that there are behind `after`, up to `to`. */
export interface RangeBatch extends Batch {
  readonly collection: MirroredCollection
  readonly after: string
  /** `undefined`: there are no more. */
  readonly to: string | undefined
}

type Fenced<T> =
  | { readonly outcome: 'passed'; readonly result: T }
  | { readonly outcome: Exclude<FenceOutcome, 'passed'> }

const COLLISION_ATTEMPTS = 5

export class MirrorWriter {
  readonly #session: MysqlSession
  readonly #name: string
  readonly #term: number
  readonly #now: () => number
  #parkedCount: number

  /** `parkedCount`: how many are parked at the start; `now` in ms since 1970. */
  constructor(options: { session: MysqlSession; name: string; term: number; parkedCount: number; now: () => number }) {
    this.#session = options.session
    this.#name = options.name
    this.#term = options.term
    this.#now = options.now
    this.#parkedCount = options.parkedCount
  }

  get parkedCount(): number {
    return this.#parkedCount
  }

  /** Writes a page of the feed and moves the position to its end. Throws what MySQL throws when it is not well. */
  writePage(batch: Batch, to: FeedPosition): Promise<BatchResult> {
    return this.#write(batch, () => passFence(this.#session, this.#name, this.#term, to))
  }

  /** Writes documents that were parked, whose place in the feed has passed. */
  writeAgain(batch: Batch): Promise<BatchResult> {
    return this.#write(batch, this.#holdFence)
  }

  /** Sets a collection back to its beginning, from which `writeRange` writes it anew. */
  async beginFilling(collection: string, mapping: string): Promise<FenceOutcome> {
    const begun = await this.#fenced(this.#holdFence, () =>
      beginFilling(this.#session, this.#name, collection, mapping),
    )
    this.#parkedCount = await countParked(this.#session, this.#name)
    return begun.outcome
  }

  /** Writes a page of a collection anew, whatever its tables hold there now, and remembers how far it has come. */
  writeRange({ collection, after, to, ...batch }: RangeBatch): Promise<BatchResult> {
    return this.#write(batch, this.#holdFence, async () => {
      const ids = [...batch.documents, ...batch.unfit].map(({ id }) => id)
      await clearRange(this.#session, collection, after, to, ids)
      await noteFilled(this.#session, this.#name, collection.name, to)
    })
  }

  /**
   * Work on a few documents while no other writer can change their rows: `look` reads, and says which of them are to be
   * written anew, whatever is there.
   *
   * @param look its ids without a document in the batch lose their rows
   */
  rewrite(
    collection: MirroredCollection,
    look: (session: MysqlSession) => Promise<Batch & { readonly ids: readonly string[] }>,
  ): Promise<Fenced<{ readonly parked: readonly UnfitDocument[] }>> {
    return this.#fenced(this.#holdFence, async () => {
      const { ids, documents, unfit } = await look(this.#session)
      if (ids.length === 0) return { parked: [] }
      await clearDocuments(this.#session, collection, ids)
      const parked = await this.#writeOrPark({ documents, unfit })
      return { parked }
    })
  }

  readonly #holdFence = (): Promise<FenceOutcome> => holdFence(this.#session, this.#name, this.#term)

  async #write(batch: Batch, fence: () => Promise<FenceOutcome>, before?: () => Promise<void>): Promise<BatchResult> {
    const step = await this.#fenced(fence, async () => {
      await before?.()
      return this.#writeOrPark(batch)
    })
    if (step.outcome !== 'passed') return { outcome: step.outcome, written: 0, parked: [] }
    const written = batch.documents.length + batch.unfit.length - step.result.length
    return { outcome: 'passed', written, parked: step.result }
  }

  /** @returns what is parked now */
  async #writeOrPark({ documents, unfit }: Batch): Promise<readonly UnfitDocument[]> {
    const refused: UnfitDocument[] = [...unfit]
    await this.#isolate(documents, refused)
    this.#parkedInTransaction = await this.#noteParked(documents, refused)
    return refused
  }

  #parkedInTransaction = 0

  /** One transaction behind the fence; repeated when another transaction was in its way. */
  async #fenced<T>(fence: () => Promise<FenceOutcome>, work: () => Promise<T>): Promise<Fenced<T>> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#parkedInTransaction = this.#parkedCount
        const done: Fenced<T> = await this.#session.transaction(async () => {
          const outcome = await fence()
          return outcome === 'passed' ? { outcome, result: await work() } : { outcome }
        })
        this.#parkedCount = this.#parkedInTransaction
        return done
      } catch (error) {
        if (attempt === COLLISION_ATTEMPTS || failureKind(error) !== 'collision') throw error
      }
    }
  }

  /**
   * Writes all documents but those that MySQL refuses, which bisection finds: a refused half is undone and written as
   * two quarters. One bad document in a thousand costs about twenty more statements, in the same transaction.
   */
  async #isolate(documents: readonly PendingDocument[], refused: UnfitDocument[]): Promise<void> {
    if (documents.length === 0) return
    await this.#session.command('SAVEPOINT piece')
    try {
      await writeDocuments(this.#session, this.#term, documents)
      return
    } catch (error) {
      if (failureKind(error) !== 'refused') throw error
      await this.#session.command('ROLLBACK TO SAVEPOINT piece')
      const [document] = documents
      if (documents.length === 1 && document) {
        const why = await whyRefused(this.#session, this.#term, document, error)
        await this.#session.command('ROLLBACK TO SAVEPOINT piece')
        refused.push({ ...why, collection: document.collection, id: document.id, seq: document.seq })
        return
      }
    }
    const middle = documents.length >> 1
    await this.#isolate(documents.slice(0, middle), refused)
    await this.#isolate(documents.slice(middle), refused)
  }

  /** Parks what was refused, clears what was parked before and is written now; how many are parked then. */
  async #noteParked(documents: readonly PendingDocument[], refused: readonly UnfitDocument[]): Promise<number> {
    if (this.#parkedCount === 0 && refused.length === 0) return 0
    const bad = new Set(refused.map(({ collection, id }) => `${collection.name}/${id}`))
    const cleared = new Map<string, string[]>()
    for (const { collection, id } of documents) {
      if (bad.has(`${collection.name}/${id}`)) continue
      const ids = cleared.get(collection.name)
      if (ids) ids.push(id)
      else cleared.set(collection.name, [id])
    }
    if (this.#parkedCount > 0) {
      for (const [collection, ids] of cleared) await clearParked(this.#session, this.#name, collection, ids)
    }
    const at = new Date(this.#now()).toISOString()
    for (const { collection, id, seq, column, reason } of refused) {
      const parked = { collection: collection.name, documentId: id, seq, column, reason, at }
      await parkDocument(this.#session, this.#name, parked)
    }
    return countParked(this.#session, this.#name)
  }
}
