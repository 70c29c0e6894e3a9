/**
 * The live stream on which headquarters says that it has something. It is opened again whenever it ends, and given up
 * when nothing has come for too long: a connection that is half open says nothing for ever.
 */
import { nudgeSchema } from '../../schemas/protocol/exchange.ts'
import type { Log } from '../log.ts'
import type { SignedFetch } from '../access/signed-fetch.ts'
import { EXCHANGE_PATH } from './exchange-path.ts'
import { readEvents } from './read-events.ts'
import { withOwnSignal } from '../own-signal.ts'
import { afterStream, NO_STREAMS, STREAM_LIMITS, type StreamEnd } from './stream-pauses.ts'
import { Waiting } from './waiting.ts'

export interface NudgeStreamOptions {
  readonly send: SignedFetch
  readonly onNudge: (priority: number) => void
  readonly onState: (state: NudgeStreamState) => void
  /** Of any number of tries in a row that find no stream, the first one has ended. */
  readonly onUnreached: () => void
  readonly log: Log
}

/** `polling`: something in between cuts or buffers streams; they are tried now and then. */
export type NudgeStreamState = 'off' | 'connecting' | 'open' | 'polling'

export class NudgeStream {
  readonly #options: NudgeStreamOptions
  readonly #waiting = new Waiting()
  #state: NudgeStreamState = 'off'
  #stopping: AbortController | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(options: NudgeStreamOptions) {
    this.#options = options
  }

  get state(): NudgeStreamState {
    return this.#state
  }

  /** Keeps a stream open from now on. */
  start(): void {
    if (this.#stopping) return
    const stopping = (this.#stopping = new AbortController())
    this.#running = this.#running.then(() => this.#run(stopping.signal))
  }

  /** Something says that the link is back: a stream that waits to be opened again waits no longer. */
  wake(): void {
    this.#waiting.wake()
  }

  /** Resolves when the connection is gone. */
  stop(): Promise<void> {
    this.#stopping?.abort()
    this.#stopping = undefined
    this.#enter('off')
    return this.#running
  }

  #enter(state: NudgeStreamState): void {
    if (state === this.#state) return
    this.#state = state
    this.#options.onState(state)
  }

  async #run(stopping: AbortSignal): Promise<void> {
    let history = NO_STREAMS
    if (!stopping.aborted) this.#enter('connecting')
    while (!stopping.aborted) {
      const end = await withOwnSignal([stopping], (own) => this.#follow(own))
      if (stopping.aborted) return
      const next = afterStream(history, end, Math.random())
      history = next.history
      this.#enter(next.isRare ? 'polling' : 'connecting')
      if (history.unreached === 1) this.#options.onUnreached()
      await this.#waiting.sleep(next.pauseMs, stopping)
    }
  }

  /** One stream, from its request to its end. */
  async #follow(own: AbortController): Promise<StreamEnd> {
    const { send, onNudge, log } = this.#options
    const { signal } = own
    const watchdog = setTimeout(() => own.abort(new Error('nothing was heard')), STREAM_LIMITS.openMs)
    let wasOpened = false
    let openedAtMs: number | undefined
    let alive = watchdog
    const sign = () => {
      if (openedAtMs !== undefined) {
        alive.refresh()
        return
      }
      clearTimeout(watchdog)
      openedAtMs = performance.now()
      alive = setTimeout(() => own.abort(new Error('it fell silent')), STREAM_LIMITS.silenceMs)
      this.#enter('open')
    }
    try {
      const headers = { accept: 'text/event-stream' }
      const response = await send(`${EXCHANGE_PATH}/nudges`, { method: 'GET', headers, signal })
      if (!response.ok || response.headers.get('content-type')?.startsWith('text/event-stream') !== true) {
        await response.body?.cancel()
        throw new Error(`answered ${response.status}`)
      }
      wasOpened = true
      for await (const event of readEvents<unknown>(response, sign, signal)) {
        const nudge = nudgeSchema.safeParse(event)
        if (nudge.success) onNudge(nudge.data.priority)
      }
    } catch (error) {
      log.debug({ reason: error instanceof Error ? error.message : String(error) }, 'the stream of nudges ended')
    } finally {
      clearTimeout(watchdog)
      clearTimeout(alive)
    }
    if (!wasOpened) return { kind: 'unreached' }
    return { kind: 'ended', livedMs: openedAtMs === undefined ? 0 : performance.now() - openedAtMs }
  }
}
