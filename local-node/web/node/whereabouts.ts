/**
 * How far the orders on the screen have come. This device knows what it has not sent; of the rest the node is asked, when
 * its status changes and every now and then while something shown is still under way. What was heard last stays while the
 * node is away.
 */
import { computed, effect, signal, untracked, type ReadonlySignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { isRecord } from '../../../schemas/json.ts'
import type { AppState } from '../frame/app-state.ts'
import { askNode } from './ask-node.ts'
import {
  AT_NODE,
  hasArrived,
  NOTHING_SENT,
  whereaboutOf,
  withUnsent,
  withWritten,
  type AtNode,
  type MirrorState,
  type Whereabout,
} from './whereabouts-state.ts'

export type { Whereabout } from './whereabouts-state.ts'

/** The node's answer to `POST /api/whereabouts`. */
interface Answer {
  readonly at: Readonly<Record<string, AtNode>>
  readonly mirror: MirrorState
}

const MOST_AT_ONCE = 200
const SOONEST_MS = 2_000
/** While nothing moves. */
const LATEST_MS = 30_000
/** A node of an earlier version does not know the question. */
const NOT_KNOWN_MS = 60_000
const PATIENCE_MS = 8_000

/** @param ids of the orders on the screen */
export function useWhereabouts(state: AppState, ids: readonly string[]): (id: string) => Whereabout {
  const tracker = trackerOf(state)
  const key = ids.join()
  const token = useMemo(() => Symbol('shown'), [])
  useEffect(() => tracker.show(token, ids), [key])
  useEffect(() => () => tracker.hide(token), [])
  return tracker.where.value
}

/** Whether headquarters keeps books, as the node said last. */
export function mirrorState(state: AppState): MirrorState {
  return trackerOf(state).mirror.value
}

/** Whether the node has said of an order, in its present state, where it is. */
export function isHeard(state: AppState, id: string): boolean {
  return trackerOf(state).heard.value.has(id)
}

const trackers = new WeakMap<AppState, Tracker>()

function trackerOf(state: AppState): Tracker {
  let tracker = trackers.get(state)
  if (!tracker) trackers.set(state, (tracker = new Tracker(state)))
  return tracker
}

/** Asks for all screens of the tab. */
class Tracker {
  readonly where: ReadonlySignal<(id: string) => Whereabout>
  readonly mirror = signal<MirrorState>('unknown')
  readonly heard = signal<ReadonlyMap<string, AtNode | 'absent'>>(new Map())
  readonly #sent = signal(NOTHING_SENT)
  readonly #shown = new Map<symbol, readonly string[]>()
  /** Changed after a question was asked: what is answered is of the earlier state. */
  readonly #changed = new Set<string>()
  #asking = false
  #askedMs = -LATEST_MS
  #pauseMs = SOONEST_MS
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor({ store, link }: AppState) {
    this.where = computed(() => {
      const { unsent, refused } = link.state.value
      const ids = unsent?.['orders']
      const known = {
        unsent: ids && new Set(ids),
        refused: new Set(refused),
        sent: this.#sent.value.sent,
        heard: this.heard.value,
      }
      return (id) => whereaboutOf(id, known)
    })
    effect(() => {
      const { unsent, refused } = link.state.value
      const ids = unsent?.['orders']
      this.#sent.value = withUnsent(this.#sent.peek(), ids && new Set(ids), new Set(refused))
    })
    store.orders.$.subscribe(({ documentId }) => {
      this.#changed.add(documentId)
      this.#sent.value = withWritten(this.#sent.peek(), documentId)
      if (!this.heard.value.has(documentId)) return
      const heard = new Map(this.heard.value)
      heard.delete(documentId)
      this.heard.value = heard
      this.#hurry()
    })
    effect(() => {
      void link.heard.value
      const { reachable } = link.state.value
      void link.state.value.unsent
      if (reachable !== false) untracked(() => this.#hurry())
    })
    document.addEventListener('visibilitychange', () => this.#hurry())
  }

  show(token: symbol, ids: readonly string[]): void {
    this.#shown.set(token, ids)
    this.#hurry()
  }

  hide(token: symbol): void {
    this.#shown.delete(token)
  }

  /** Something may have moved. */
  #hurry(): void {
    this.#pauseMs = SOONEST_MS
    this.#arm()
  }

  #arm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#asking || document.visibilityState === 'hidden' || this.#open().length === 0) return
    const afterMs = Math.max(0, this.#askedMs + this.#pauseMs - performance.now())
    this.#timer = setTimeout(() => void this.#ask(), afterMs)
  }

  /** What is shown and has not arrived; what is only here the node cannot know. */
  #open(): string[] {
    const where = this.where.peek()
    const mirror = this.mirror.peek()
    const heard = this.heard.peek()
    const shown = new Set([...this.#shown.values()].flat())
    return [...shown].filter((id) => {
      const at = where(id)
      return at !== 'refused' && !hasArrived(at, mirror) && (at !== 'device' || heard.get(id) === 'absent')
    })
  }

  async #ask(): Promise<void> {
    this.#asking = true
    this.#askedMs = performance.now()
    const ids = this.#open()
    let moved = false
    for (let from = 0; from < ids.length; from += MOST_AT_ONCE) {
      const some = ids.slice(from, from + MOST_AT_ONCE)
      this.#changed.clear()
      const reply = await askNode<unknown>({
        method: 'POST',
        path: '/api/whereabouts',
        body: { collection: 'orders', ids: some },
        patienceMs: PATIENCE_MS,
      })
      const answer = reply.kind === 'done' ? parseAnswer(reply.body) : undefined
      if (!answer) {
        if (reply.kind === 'refused' && reply.status === 404) this.#askedMs = performance.now() + NOT_KNOWN_MS
        break
      }
      moved = this.#take(some, answer) || moved
    }
    this.#asking = false
    this.#pauseMs = moved ? SOONEST_MS : Math.min(this.#pauseMs * 2, LATEST_MS)
    this.#arm()
  }

  /** @returns whether anything has moved */
  #take(ids: readonly string[], answer: Answer): boolean {
    const heard = new Map(this.heard.value)
    let moved = false
    for (const id of ids) {
      if (this.#changed.has(id)) continue
      const at = answer.at[id] ?? 'absent'
      moved ||= heard.get(id) !== at
      heard.set(id, at)
    }
    if (moved) this.heard.value = heard
    this.mirror.value = answer.mirror
    return moved
  }
}

function parseAnswer(body: unknown): Answer | undefined {
  if (!isRecord(body) || !isRecord(body['at'])) return undefined
  const at = Object.entries(body['at']).filter(([, where]) => AT_NODE.some((one) => one === where))
  const mirror = body['mirror']
  return {
    at: Object.fromEntries(at) as Record<string, AtNode>,
    mirror: mirror === 'on' || mirror === 'off' ? mirror : 'unknown',
  }
}
