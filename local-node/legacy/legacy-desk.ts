/** What the node does for its legacy database: takes batches, whoever read them, and says how it stands. */
import type { ImportContext } from '../../adapters/import/import-records.ts'
import type { LegacyBatch, LegacyProgress, LegacySink, LegacyTaken } from '../../adapters/legacy/legacy-batch.ts'
import { LegacyBook } from '../../adapters/legacy/legacy-book.ts'
import { takeBatch } from '../../adapters/legacy/take-batch.ts'
import type { LegacyStatus, LegacyView } from '../../schemas/protocol/legacy.ts'
import type { LegacyService } from './legacy-service.ts'

const MOST_LISTED = 1000

export class LegacyDesk implements LegacySink {
  readonly #context: ImportContext
  readonly #book: LegacyBook
  readonly #running: () => LegacyService | undefined

  /** @param running the service, where the configuration names a legacy database and the node runs */
  constructor(context: ImportContext, running: () => LegacyService | undefined = () => undefined) {
    this.#context = context
    this.#book = new LegacyBook(context.replica.store)
    this.#running = running
  }

  progress(source: string): Promise<LegacyProgress | undefined> {
    return Promise.resolve(this.#book.progress(source))
  }

  /** What is thrown rejects, as it does where the node is another process. */
  async take(batch: LegacyBatch): Promise<LegacyTaken> {
    return takeBatch(this.#context, this.#book, batch)
  }

  countRejects(): number {
    return this.#book.countRejects()
  }

  status(): LegacyStatus | undefined {
    return this.#running()?.status()
  }

  onChange(listener: () => void): () => void {
    return this.#running()?.onChange(listener) ?? (() => undefined)
  }

  view(): LegacyView {
    const status = this.status()
    return { ...(status && { status }), rejects: this.#book.rejects(MOST_LISTED) }
  }
}
