/** Lets writes that arrive together share one transaction, and so one sync of the disk. */
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { WriteContext } from './document-table.ts'
import type { Store } from './store.ts'

interface Job {
  readonly context: string
  readonly run: (write: WriteContext) => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** More in one turn of the event loop would hold it too long. */
const MAX_JOBS = 500

export class GroupCommit {
  readonly #store: Store
  #queue: Job[] = []
  #scheduled = false

  constructor(store: Store) {
    this.#store = store
  }

  /** Runs `work` in the next shared transaction; resolves after its commit. */
  run<T>(context: string, work: (write: WriteContext) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ context, run: work, resolve, reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  /** One transaction for the jobs at the head of the queue that share a context, since events carry one context. */
  #flush(): void {
    const [first] = this.#queue
    if (!first) return
    const { context } = first
    let count = 1
    while (count < this.#queue.length && count < MAX_JOBS && this.#queue[count]!.context === context) count++
    const jobs = this.#queue.splice(0, count)
    if (this.#queue.length > 0) this.#schedule()
    this.#commit(context, jobs)
  }

  #commit(context: string, jobs: readonly Job[]): void {
    try {
      const results = this.#store.transaction(context, (write) => jobs.map((job) => job.run(write)))
      jobs.forEach((job, i) => job.resolve(results[i] as never))
    } catch (error) {
      // What one job did wrong must not refuse the others; what the disk did concerns all of them.
      if (jobs.length === 1 || error instanceof OutpostError) {
        for (const job of jobs) job.reject(error)
        return
      }
      const half = jobs.length >> 1
      this.#commit(context, jobs.slice(0, half))
      this.#commit(context, jobs.slice(half))
    }
  }
}
