/**
 * Writes batches exactly once: rows, parked documents and the feed's position are one transaction, which the fence
 * opens.
 */
import type { FeedPosition } from './change-feed.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import { holdFence, passFence, type FenceOutcome } from './mirror-state.ts'
import { failureKind, refusedRow } from './mysql-failure.ts'
import type { MysqlSession } from './mysql-session.ts'
import { clearParked, countParked, parkDocument } from './parked-documents.ts'
import type { PendingDocument, UnfitDocument } from './pending-document.ts'
import { deleteLeftoversSql } from './row-statements.ts'
import { writeDocuments } from './write-documents.ts'

interface Batch {
  readonly documents: readonly PendingDocument[]
  readonly unfit: readonly UnfitDocument[]
}

export interface BatchResult {
  readonly outcome: FenceOutcome
  readonly written: number
  /** Documents of this batch that MySQL or the mapping refused. */
  readonly parked: readonly UnfitDocument[]
}

const COLLISION_ATTEMPTS = 5
const LEFTOVERS_PER_TRANSACTION = 10_000

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
    return this.#write(batch, () => holdFence(this.#session, this.#name, this.#term))
  }

  /**
   * Deletes the rows that a rebuild has not written again: their documents are gone, or refused.
   *
   * @param before the rebuild's first version
   */
  async deleteLeftovers(collections: readonly MirroredCollection[], before: string): Promise<FenceOutcome> {
    for (const table of collections.flatMap(({ tables }) => tables.toReversed())) {
      for (;;) {
        const step = await this.#fenced(
          () => holdFence(this.#session, this.#name, this.#term),
          () => this.#session.change(deleteLeftoversSql(table, LEFTOVERS_PER_TRANSACTION), [before]),
        )
        if (step.outcome !== 'passed') return step.outcome
        if (step.result.affectedRows < LEFTOVERS_PER_TRANSACTION) break
      }
    }
    return 'passed'
  }

  async #write({ documents, unfit }: Batch, fence: () => Promise<FenceOutcome>): Promise<BatchResult> {
    const step = await this.#fenced(fence, async () => {
      const refused: UnfitDocument[] = [...unfit]
      await this.#isolate(documents, refused)
      const parkedCount = await this.#noteParked(documents, refused)
      return { refused, parkedCount }
    })
    if (step.outcome !== 'passed') return { outcome: step.outcome, written: 0, parked: [] }
    const { refused, parkedCount } = step.result
    this.#parkedCount = parkedCount
    return { outcome: 'passed', written: documents.length + unfit.length - refused.length, parked: refused }
  }

  /** One transaction behind the fence; repeated when another transaction was in its way. */
  async #fenced<T>(
    fence: () => Promise<FenceOutcome>,
    work: () => Promise<T>,
  ): Promise<{ outcome: 'passed'; result: T } | { outcome: Exclude<FenceOutcome, 'passed'> }> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#session.transaction(async () => {
          const outcome = await fence()
          return outcome === 'passed' ? { outcome, result: await work() } : { outcome }
        })
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
        refused.push({ ...refusedRow(error), collection: document.collection, id: document.id, seq: document.seq })
        return
      }
    }
    const middle = documents.length >> 1
    await this.#isolate(documents.slice(0, middle), refused)
    await this.#isolate(documents.slice(middle), refused)
  }

  /** Parks what was refused, clears what was parked before and is written now. */
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
      for (const [collection, ids] of cleared) await clearParked(this.#session, collection, ids)
    }
    const at = new Date(this.#now()).toISOString()
    for (const { collection, id, seq, column, reason } of refused) {
      await parkDocument(this.#session, { collection: collection.name, documentId: id, seq, column, reason, at })
    }
    return countParked(this.#session)
  }
}
