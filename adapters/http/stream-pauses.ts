/** When a live stream that has ended is opened again, decided purely. */
import { backoffMs } from '../../schemas/backoff.ts'

/** Times in ms. */
export const STREAM_LIMITS = {
  /** From the request to the first sign of the stream: a proxy that buffers shows none. */
  openMs: 10_000,
  /** Headquarters says something every 15 s. */
  silenceMs: 40_000,
  pauseMs: 1000,
  maxPauseMs: 10_000,
  longMs: 60_000,
  shortStreams: 3,
  maxRarePauseMs: 600_000,
} as const

export interface StreamHistory {
  /** Attempts in a row that found no stream. */
  readonly unreached: number
  /** Streams in a row that did not live long. */
  readonly short: number
}

export const NO_STREAMS: StreamHistory = { unreached: 0, short: 0 }

/** How the last attempt ended: nobody answered with a stream, or the stream lived for so long, ms. */
export type StreamEnd = { readonly kind: 'unreached' } | { readonly kind: 'ended'; readonly livedMs: number }

export interface NextStream {
  readonly history: StreamHistory
  readonly pauseMs: number
  /** Something between cuts or buffers streams; until it no longer does, the timer does their work. */
  readonly isRare: boolean
}

/**
 * A link that is down, or a headquarters that is, is tried every few seconds, so that a branch notices its return. Streams
 * that die young are a proxy's doing: they are tried ever more rarely.
 *
 * @param random in [0, 1): spreads branches that lost the link together
 */
export function afterStream({ unreached, short }: StreamHistory, end: StreamEnd, random: number): NextStream {
  const { pauseMs: firstMs, maxPauseMs, maxRarePauseMs, longMs, shortStreams } = STREAM_LIMITS
  if (end.kind === 'unreached') {
    // What was cut with the link is no proxy's doing.
    const history = { unreached: unreached + 1, short: 0 }
    return { history, pauseMs: backoffMs(unreached, { firstMs, capMs: maxPauseMs }, random), isRare: false }
  }
  const history = { unreached: 0, short: end.livedMs >= longMs ? 0 : short + 1 }
  const isRare = history.short >= shortStreams
  const limits = isRare ? { firstMs: maxPauseMs, capMs: maxRarePauseMs } : { firstMs, capMs: maxPauseMs }
  const attempt = isRare ? history.short - shortStreams : Math.max(0, history.short - 1)
  return { history, pauseMs: backoffMs(attempt, limits, random), isRare }
}
