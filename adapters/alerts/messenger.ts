/**
 * Tells channels what is new to them: gathered for a moment, then in one message, and the next one only after a pause that
 * grows while there is always something new. A channel that cannot be reached is tried again, more and more rarely.
 */
import type { AlertsView } from '../../schemas/protocol/alerts.ts'
import { backoffMs } from '../../schemas/backoff.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import type { Log } from '../log.ts'
import { withDeadline } from '../own-signal.ts'
import { composeMessage, testMessage, type MessageSettings } from './alert-message.ts'
import type { AlertRecord } from './alert-states.ts'
import { PartlySent, type Channel } from './channel.ts'
import { isNothing, whatToTell, type News } from './what-to-tell.ts'

export interface MessengerParts {
  readonly channels: readonly Channel[]
  readonly settings: MessageSettings
  readonly repeatMs: number | undefined
  readonly isQuietAt: (atMs: number) => boolean
  /** Hears what became of a message. */
  readonly note: (outcome: Outcome) => void
  readonly nowMs: () => number
  /** Of pauses: the wall clock may be set. */
  readonly steadyMs: () => number
  readonly log: Log
  readonly random?: () => number
}

/** What became of telling a channel of some alerts. */
export interface Outcome {
  readonly channel: string
  readonly news: News
  readonly atMs: number
  /** Why it could not be told. */
  readonly reason?: string
}

/** Times by the steady clock, ms. */
interface Line {
  readonly channel: Channel
  /** Since when something waits to be told. */
  waitingMs?: number | undefined
  sentMs?: number
  pauseMs: number
  failures: number
  retryMs: number
  sending?: Promise<void> | undefined
  testedMs?: number
  lastError?: { readonly at: string; readonly reason: string } | undefined
}

/** Things seldom come alone. */
const GATHER_MS = 10_000
/** What is critical waits for its like no longer. */
const GATHER_CRITICAL_MS = 2000
const PAUSE = { firstMs: 30_000, capMs: 10 * 60_000, capCriticalMs: 5 * 60_000 } as const
const RETRY = { firstMs: 10_000, capMs: 10 * 60_000 } as const
const DEADLINE_MS = 10_000
const TEST_PAUSE_MS = 5000

export class Messenger {
  readonly #parts: MessengerParts
  readonly #lines: readonly Line[]
  readonly #stopping = new AbortController()

  constructor(parts: MessengerParts) {
    this.#parts = parts
    this.#lines = parts.channels.map((channel) => ({
      channel,
      pauseMs: PAUSE.firstMs,
      failures: 0,
      retryMs: -Infinity,
    }))
  }

  /** Sends what is due. @param records open ones, and ended ones of which somebody may not know yet */
  tell(records: readonly AlertRecord[]): void {
    const nowMs = this.#parts.nowMs()
    const steadyMs = this.#parts.steadyMs()
    for (const line of this.#lines) {
      if (line.sending || this.#stopping.signal.aborted) continue
      const { name, levels, isForPeople } = line.channel
      const { repeatMs } = this.#parts
      const isQuiet = isForPeople && this.#parts.isQuietAt(nowMs)
      const news = whatToTell(records, { channel: name, levels, nowMs, isQuiet, repeatMs })
      if (isNothing(news)) {
        line.waitingMs = undefined
        if (steadyMs - (line.sentMs ?? -Infinity) > PAUSE.capMs) line.pauseMs = PAUSE.firstMs
      } else if (steadyMs >= dueMs(line, news, steadyMs)) line.sending = this.#send(line, news)
    }
  }

  /** Resolves once every message that is under way has arrived or failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#lines.flatMap(({ sending }) => sending ?? []))
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the node was stopped'))
    await this.settled()
  }

  /**
   * Sends a message that says that it is a test.
   *
   * @param name of one channel; all without one
   * @throws OutpostError NOT_FOUND, TOO_MANY_REQUESTS
   */
  async test(name?: string): Promise<readonly { channel: string; reason?: string }[]> {
    const lines = this.#lines.filter(({ channel }) => name === undefined || channel.name === name)
    if (lines.length === 0) throw new OutpostError('NOT_FOUND', 'there is no such channel', { field: 'channel' })
    const steadyMs = this.#parts.steadyMs()
    // A robot that is used too often is shut for ten minutes.
    if (lines.some(({ testedMs }) => testedMs !== undefined && steadyMs - testedMs < TEST_PAUSE_MS)) {
      const message = 'a test was sent a moment ago'
      throw new OutpostError('TOO_MANY_REQUESTS', message, { retryAfterS: TEST_PAUSE_MS / 1000 })
    }
    const message = testMessage(this.#parts.settings, this.#parts.nowMs())
    return Promise.all(
      lines.map(async (line) => {
        line.testedMs = steadyMs
        await this.#try(line, message)
        return { channel: line.channel.name, ...(line.lastError && { reason: line.lastError.reason }) }
      }),
    )
  }

  view(): AlertsView['channels'] {
    return this.#lines.map(({ channel: { name, kind, levels }, lastError }) => ({
      name,
      kind,
      levels,
      ...(lastError && { lastError }),
    }))
  }

  /** Never rejects. */
  async #send(line: Line, news: News): Promise<void> {
    const { settings, note, nowMs, steadyMs, log, random = Math.random } = this.#parts
    const channel = line.channel.name
    const reason = await this.#try(line, composeMessage(news, settings, nowMs()))
    const atMs = nowMs()
    line.sending = undefined
    // Whoever starts next knows no better than to tell it again.
    if (reason !== undefined && this.#stopping.signal.aborted) return
    if (reason === undefined) {
      line.failures = 0
      line.waitingMs = undefined
      if (line.sentMs !== undefined) line.pauseMs = Math.min(PAUSE.capMs, line.pauseMs * 2)
      line.sentMs = steadyMs()
    } else {
      line.retryMs = steadyMs() + backoffMs(line.failures, RETRY, random())
      line.failures += 1
      log.warn({ channel, reason }, 'an alert could not be told')
    }
    note({ channel, news, atMs, ...(reason !== undefined && { reason }) })
  }

  /** @returns why nobody was reached. Where one person was, the others are not rung up again */
  async #try(line: Line, message: ReturnType<typeof composeMessage>): Promise<string | undefined> {
    try {
      const { channel } = line
      const deadlineMs = channel.deadlineMs ?? DEADLINE_MS
      await withDeadline(deadlineMs, this.#stopping.signal, ({ signal }) => channel.send(message, signal))
      line.lastError = undefined
      return undefined
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'it failed'
      line.lastError = { at: new Date(this.#parts.nowMs()).toISOString(), reason }
      if (!(error instanceof PartlySent)) return reason
      this.#parts.log.warn({ channel: line.channel.name, reason }, 'an alert did not reach everybody')
      return undefined
    }
  }
}

function dueMs(line: Line, { begun }: News, steadyMs: number): number {
  if (!line.channel.isForPeople) return line.retryMs
  line.waitingMs ??= steadyMs
  const isCritical = begun.some(({ level }) => level === 'critical')
  const gathered = line.waitingMs + (isCritical ? GATHER_CRITICAL_MS : GATHER_MS)
  const pauseMs = isCritical ? Math.min(line.pauseMs, PAUSE.capCriticalMs) : line.pauseMs
  const rested = line.sentMs === undefined ? -Infinity : line.sentMs + pauseMs
  return Math.max(gathered, rested, line.retryMs)
}
