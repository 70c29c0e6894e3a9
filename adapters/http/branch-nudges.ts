/**
 * Live streams to branches: each is told at once when a commit brought it something, so that it need not wait for its
 * timer. A nudge carries no document, and one that is lost costs nothing but time.
 */
import type { BranchPrincipal } from '../../schemas/access.ts'
import type { Nudge } from '../../schemas/protocol/exchange.ts'
import type { Store } from '../sqlite/store.ts'
import type { BranchPresence } from './branch-presence.ts'
import type { EventStream } from './event-stream.ts'
import { newsFor, noteNews, type News } from './nudge-news.ts'
import type { OpenStream } from './route-table.ts'

/** What every branch gets is told to so many at once, and spread for each further one over this long, up to the longest. */
const AT_ONCE = 8
const SPREAD_MS = 4
const LONGEST_SPREAD_MS = 2000

export interface NudgeHooks {
  /** @throws OutpostError where the branch may not come */
  readonly admit: (branch: BranchPrincipal) => void
  /** The highest class of which something waits for the branch, as far as is known. */
  readonly waiting: (branchId: string) => number
  /** Hears of streams; without it nobody asks who is there. */
  readonly presence?: Omit<BranchPresence, 'of' | 'heard' | 'onChange'>
}

interface Listener {
  readonly branch: BranchPrincipal
  readonly stream: EventStream
  /** By `performance.now()`. */
  readonly sinceMs: number
  /** Not sent yet. */
  priority: number
  timer: NodeJS.Timeout | undefined
}

export class BranchNudges {
  readonly #hooks: NudgeHooks
  readonly #listeners = new Map<string, Listener>()
  #news: News = new Map()

  constructor(store: Store, hooks: NudgeHooks) {
    this.#hooks = hooks
    store.onCommit(({ changes }) => {
      if (this.#listeners.size === 0) return
      for (const { table, scope, origin, doc } of changes) {
        if (!table.declaration) continue
        if (this.#news.size === 0) setImmediate(() => this.#tell())
        noteNews(this.#news, { scope, origin, syncClass: table.declaration.syncClass })
        if (table.name === 'branches') this.#endUnlessAdmitted(doc['id'] as string)
      }
    })
  }

  /** A branch has one stream: who comes again has lost the one before. */
  open(branch: BranchPrincipal, openStream: OpenStream): void {
    const { branchId } = branch
    const earlier = this.#listeners.get(branchId)
    const { presence } = this.#hooks
    clearTimeout(earlier?.timer)
    if (earlier) presence?.replaced(branchId, ageOf(earlier))
    earlier?.stream.end()
    const stream = openStream(() => {
      clearTimeout(listener.timer)
      if (!this.#forget(listener)) return
      presence?.ended(branchId, ageOf(listener))
    })
    const listener: Listener = { branch, stream, sinceMs: performance.now(), priority: 0, timer: undefined }
    this.#listeners.set(branchId, listener)
    presence?.opened(branchId)
    stream.send({ priority: this.#hooks.waiting(branchId) } satisfies Nudge)
  }

  #tell(): void {
    const news = this.#news
    this.#news = new Map()
    const spreadMs = this.#listeners.size <= AT_ONCE ? 0 : Math.min(LONGEST_SPREAD_MS, this.#listeners.size * SPREAD_MS)
    for (const [branchId, listener] of this.#listeners) {
      const { own, shared } = newsFor(news, branchId)
      listener.priority = Math.max(listener.priority, own, shared)
      if (own > 0 || (shared > 0 && spreadMs === 0)) send(listener)
      else if (shared > 0) listener.timer ??= setTimeout(() => send(listener), Math.random() * spreadMs)
    }
  }

  #endUnlessAdmitted(branchId: string): void {
    const listener = this.#listeners.get(branchId)
    if (!listener) return
    try {
      this.#hooks.admit(listener.branch)
    } catch {
      this.#forget(listener)
      this.#hooks.presence?.refused(branchId)
      listener.stream.end()
    }
  }

  /** @returns whether it was the branch's latest until now */
  #forget(listener: Listener): boolean {
    const { branchId } = listener.branch
    return this.#listeners.get(branchId) === listener && this.#listeners.delete(branchId)
  }
}

function ageOf({ sinceMs }: Listener): number {
  return performance.now() - sinceMs
}

function send(listener: Listener): void {
  clearTimeout(listener.timer)
  listener.timer = undefined
  listener.stream.send({ priority: listener.priority } satisfies Nudge)
  listener.priority = 0
}
