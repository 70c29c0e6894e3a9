/**
 * A node's status, kept current: the event stream tells of changes, and a request now and then proves that the stream
 * still lives. Ages are counted from the node's own clock, since a tablet's may be years off.
 */
import { signal, type ReadonlySignal } from '@preact/signals'
import { backoffMs } from '../../schemas/backoff.ts'
import { pageClock, pageNow } from './page-clock.ts'

const RECONNECT_MS = 2_000
/** After refusals: what is refused now is likely to be refused again. */
const REFUSED_BACKOFF = { firstMs: RECONNECT_MS, capMs: 60_000 } as const
const PROOF_EVERY_MS = 10_000
const DEADLINE_MS = 5_000

/** Told when the device has slept. */
const sleepers = new Set<() => void>()

export type StreamState = 'connecting' | 'open' | 'broken'

export interface Heard<Status> {
  readonly status: Status
  /** `pageNow()` when it was received. */
  readonly atMs: number
}

export interface LiveStatus<Status> {
  readonly heard: ReadonlySignal<Heard<Status> | undefined>
  readonly stream: ReadonlySignal<StreamState>
  /** The node is there, and has first to know who asks. */
  readonly refused: ReadonlySignal<boolean>
  /** Asks the node at once whether it still answers. */
  doubt(): void
  close(): void
}

export function watchStatus<Status extends { readonly time: string }>(baseUrl = ''): LiveStatus<Status> {
  const heard = signal<Heard<Status> | undefined>(undefined)
  const stream = signal<StreamState>('connecting')
  const refused = signal(false)
  let source: EventSource | undefined
  let reconnect: ReturnType<typeof setTimeout> | undefined
  let closed = false
  /** In a row. */
  let refusals = 0

  const hear = (status: Status) => {
    refused.value = false
    refusals = 0
    heard.value = { status, atMs: pageNow() }
  }
  const lose = () => {
    source?.close()
    stream.value = 'broken'
    clearTimeout(reconnect)
    if (closed) return
    reconnect = setTimeout(open, refusals === 0 ? RECONNECT_MS : backoffMs(refusals, REFUSED_BACKOFF, Math.random()))
  }
  function open(): void {
    source?.close()
    const opening = new EventSource(`${baseUrl}/api/status/stream`)
    source = opening
    opening.addEventListener('open', () => (stream.value = 'open'))
    opening.addEventListener('error', () => {
      // It is closed where the node has answered, and says by no word what.
      if (opening.readyState === EventSource.CLOSED) ask()
      lose()
    })
    opening.addEventListener('message', (event) => {
      try {
        hear(JSON.parse(event.data as string) as Status)
        stream.value = 'open'
      } catch {
        lose()
      }
    })
  }
  const ask = () => {
    fetch(`${baseUrl}/api/status`, { signal: AbortSignal.timeout(DEADLINE_MS) })
      .then(async (response) => {
        if (closed) return
        if (response.ok) return hear((await response.json()) as Status)
        refused.value = response.status === 401
        // A node in trouble, or a proxy before one that is away, is asked again as soon as one that is not there.
        refusals = response.status < 500 ? refusals + 1 : 0
        lose()
      })
      .catch(lose)
  }
  const proof = setInterval(() => {
    if (stream.value === 'open') ask()
  }, PROOF_EVERY_MS)
  // Nobody knows what became of the link meanwhile, and a stream says nothing of its own end.
  const wake = () => {
    lose()
    clearTimeout(reconnect)
    open()
  }
  sleepers.add(wake)
  open()
  return {
    heard,
    stream,
    refused,
    doubt: ask,
    close: () => {
      closed = true
      clearInterval(proof)
      clearTimeout(reconnect)
      sleepers.delete(wake)
      source?.close()
    },
  }
}

/** Counts up once a second; a component that reads it shows ages that tick. */
export const tick = signal(pageNow())
setInterval(() => {
  const slept = pageClock.beat(Date.now(), performance.now())
  tick.value = pageNow()
  if (slept) for (const wake of sleepers) wake()
}, 1_000)

/** The node's time now, ms since 1970, by the time that it told and the time since. */
export function nodeNow(heard: Heard<{ readonly time: string }>): number {
  return Date.parse(heard.status.time) + Math.max(0, tick.value - heard.atMs)
}
