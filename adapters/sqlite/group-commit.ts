/** Lets writes that arrive together share one transaction, and so one sync of the disk. */
import type { WriteContext } from './document-table.ts'
import type { Store } from './store.ts'

type Job = {
  readonly context: string
  readonly run: (write: WriteContext) => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** More would hold the event loop too long. */
const MAX_JOBS = 500

export class GroupCommit {
  readonly #store: Store
  #queue: Job[] = []
  #scheduled = false
  #idle: (() => void)[] = []

  constructor(store: Store) {
    this.#store = store
  }

  /** Runs `work` in the next shared transaction; resolves after its commit. `work` must not fail for its own reasons. */
  run<T>(context: string, work: (write: WriteContext) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ context, run: work, resolve: resolve, reject })
      this.#schedule()
    })
  }

  /** Resolves when everything that was asked for has been committed or refused. */
  async idle(): Promise<void> {
    if (this.#queue.length === 0 && !this.#scheduled) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flush()
      if (this.#queue.length > 0) this.#schedule()
      else for (const resolve of this.#idle.splice(0)) resolve()
    })
  }

  /** One transaction for the jobs at the head of the queue that share a context, since events carry one context. */
  #flush(): void {
    while (this.#queue.length > 0) {
      const { context } = this.#queue[0]!
      let count = 1
      while (count < this.#queue.length && count < MAX_JOBS && this.#queue[count]!.context === context) count++
      const jobs = this.#queue.splice(0, count)
      try {
        const results = this.#store.transaction(context, (write) => jobs.map((job) => job.run(write)))
        jobs.forEach((job, i) => job.resolve(results[i] as never))
      } catch (error) {
        for (const job of jobs) job.reject(error)
      }
    }
  }
}
