/** Looks at the chain every few seconds and after changes, keeps what wants a person's attention, and has people told. */
import { stepAlerts, NO_ALERTS, toAlert, type AlertRecord, type AlertsState } from '../adapters/alerts/alert-states.ts'
import type { MessageSettings } from '../adapters/alerts/alert-message.ts'
import type { Channel } from '../adapters/alerts/channel.ts'
import type { ChainSnapshot } from '../adapters/alerts/chain-snapshot.ts'
import { Messenger, type Outcome } from '../adapters/alerts/messenger.ts'
import { isQuietAt, type QuietHours } from '../adapters/alerts/quiet-hours.ts'
import { findTroubles, type Troubles } from '../adapters/alerts/rules.ts'
import { ALERT_LEVELS, reached, type Thresholds } from '../adapters/alerts/thresholds.ts'
import { afterTelling, isOwed } from '../adapters/alerts/what-to-tell.ts'
import type { Log } from '../adapters/log.ts'
import type { ErrorCode } from '../schemas/error-catalogue.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { Alert, AlertLevel, AlertsView } from '../schemas/protocol/alerts.ts'
import type { AlertsStatus } from '../schemas/protocol/status.ts'
import type { AlertBook } from './alert-book.ts'

export interface AlertPlan extends Pick<MessageSettings, 'language' | 'link'> {
  readonly thresholds: Thresholds
  readonly quietHours: QuietHours | undefined
  /** IANA; of the quiet hours. */
  readonly timeZone: string
  /** How often what is critical and not acknowledged is told; `undefined`: once. */
  readonly repeatMs: number | undefined
  /** Files that name a way to people each. */
  readonly channelFiles: readonly string[]
}

export interface AlertsParts {
  readonly book: AlertBook
  readonly plan: Omit<AlertPlan, 'channelFiles'>
  readonly channels: readonly Channel[]
  /** @throws OutpostError where the store cannot be read */
  readonly snapshot: () => ChainSnapshot
  /** Calls back when a snapshot may have changed; returns the unsubscribe function. */
  readonly onChange: (listener: () => void) => () => void
  readonly nowMs: () => number
  /** From any origin: the wall clock may be set. */
  readonly steadyMs: () => number
  readonly log: Log
}

const EVERY_MS = 5000
/** After changes, at most so often. */
const SHORTEST_PAUSE_MS = 1000
const ENDED_SHOWN = 100
/** An ended alert is nobody's business any more. */
const OLD_MS = 86_400_000
/** Longer than a message is under way. */
const TELLING_MS = 60_000
/** While the store takes nothing; more than all rules find of hundreds of branches. */
const MOST_UNKEPT = 5000

const STORAGE_CODES: readonly ErrorCode[] = ['DISK_FULL', 'DISK_FAILED', 'STORE_INVALID']

export class Alerts {
  readonly #parts: AlertsParts
  readonly #messenger: Messenger
  readonly #listeners = new Set<() => void>()
  #state: AlertsState = NO_ALERTS
  /** Ended ones, by key, of which somebody may not know yet. */
  readonly #owed = new Map<string, AlertRecord>()
  /** What the store has not taken yet, by key and beginning. */
  readonly #unkept = new Map<string, AlertRecord>()
  #names: ReadonlyMap<string, string> = new Map()
  #timer: NodeJS.Timeout | undefined
  #soon: NodeJS.Timeout | undefined
  #stopListening: (() => void) | undefined
  #revision: number
  /** Said once, until they can be again: a broken disk has no room for the same words every second. */
  #isBlind = false
  #isFailing = false

  constructor(parts: AlertsParts) {
    const { book, plan, channels, nowMs, steadyMs, log } = parts
    this.#parts = parts
    // One that somebody has seen before a start does not come again.
    this.#revision = nowMs()
    const open = new Map(book.open().map((record) => [record.key, record]))
    this.#state = { ...NO_ALERTS, open }
    // Of those with one key the newest has what channels were told of the others.
    for (const record of book.ended(ENDED_SHOWN)) {
      if (!open.has(record.key) && !this.#owed.has(record.key)) this.#owed.set(record.key, record)
    }
    this.#messenger = new Messenger({
      channels,
      settings: { ...plan, nameOf: (about) => this.#names.get(about) },
      repeatMs: plan.repeatMs,
      isQuietAt: (atMs) => plan.quietHours !== undefined && isQuietAt(plan.quietHours, atMs, plan.timeZone),
      note: (outcome) => this.#note(outcome),
      nowMs,
      steadyMs,
      log,
    })
  }

  start(): void {
    this.#timer = setInterval(() => this.evaluate(), EVERY_MS).unref()
    const soon = () => {
      this.#soon = undefined
      this.evaluate()
    }
    this.#stopListening = this.#parts.onChange(() => {
      this.#soon ??= setTimeout(soon, SHORTEST_PAUSE_MS).unref()
    })
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    clearTimeout(this.#soon)
    this.#stopListening?.()
    await this.#messenger.stop()
  }

  /** Looks once, and sends what is due. Never throws. */
  evaluate(): void {
    const now = { nowMs: this.#parts.nowMs(), steadyMs: this.#parts.steadyMs() }
    const { state, changed } = stepAlerts(this.#state, this.#look(), now)
    this.#state = state
    this.#keep(changed.flatMap((record) => this.#resumed(record)))
    this.#save([])
    this.#forgetTold()
    this.#messenger.tell([...this.#state.open.values(), ...this.#owed.values()])
  }

  /** Resolves once every message that is under way has arrived or failed. */
  settled(): Promise<void> {
    return this.#messenger.settled()
  }

  view(): AlertsView {
    const open = [...this.#state.open.values()].toSorted(
      (a, b) => ALERT_LEVELS.indexOf(a.level) - ALERT_LEVELS.indexOf(b.level) || b.sinceMs - a.sinceMs,
    )
    return {
      open: open.map(toAlert),
      ended: this.#parts.book.ended(ENDED_SHOWN).map(toAlert),
      channels: this.#messenger.view(),
    }
  }

  status(): AlertsStatus {
    const unseen = [...this.#state.open.values()].filter(({ acknowledged }) => !acknowledged)
    const count = (level: AlertLevel) => unseen.filter((record) => record.level === level).length
    return {
      critical: count('critical'),
      warning: count('warning'),
      notice: count('notice'),
      revision: this.#revision,
    }
  }

  /** Nobody is told of it again unless it becomes graver. @throws OutpostError NOT_FOUND */
  acknowledge(key: string, by: string): Alert {
    const record = this.#state.open.get(key)
    if (!record) throw new OutpostError('NOT_FOUND', 'there is no such alert, or it is over', { field: 'key' })
    const taken = record.acknowledged ? record : { ...record, acknowledged: { by, atMs: this.#parts.nowMs() } }
    this.#keep([taken])
    return toAlert(taken)
  }

  /** @throws OutpostError NOT_FOUND, TOO_MANY_REQUESTS */
  test(channel?: string): ReturnType<Messenger['test']> {
    return this.#messenger.test(channel)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A store that cannot be read is a trouble by itself, and says nothing of the others. */
  #look(): Troubles {
    const { snapshot, plan, log } = this.#parts
    try {
      const now = snapshot()
      if (this.#isBlind) log.info({}, 'the alerts are looked at again')
      this.#isBlind = false
      this.#names = new Map(now.status.branches.map(({ id, name }) => [id, name]))
      return findTroubles(now, plan.thresholds)
    } catch (err) {
      if (!this.#isBlind) log.error({ err }, 'the alerts cannot be looked at')
      this.#isBlind = true
      const others = [...this.#state.open.keys()].filter((key) => key !== 'storage')
      const grave = reached(1, plan.thresholds.storage, false)
      const isStorage = err instanceof OutpostError && STORAGE_CODES.includes(err.code)
      const findings = isStorage && grave ? [{ key: 'storage', rule: 'storage' as const, value: 1, ...grave }] : []
      return { findings, unknown: new Set(others) }
    }
  }

  /** What begins again before anybody has heard that it was over goes on for them. */
  #resumed(record: AlertRecord): readonly AlertRecord[] {
    const owed = this.#owed.get(record.key)
    if (!owed || record.endedMs !== undefined || record.sinceMs <= owed.sinceMs) return [record]
    this.#owed.delete(record.key)
    const told = Object.fromEntries(Object.entries(owed.told).filter(([, { isOver }]) => !isOver))
    return [{ ...record, told: { ...told, ...record.told } }]
  }

  #forgetTold(): void {
    const nowMs = this.#parts.nowMs()
    for (const [key, record] of this.#owed) {
      const ageMs = nowMs - record.endedMs!
      // One that ended ahead of a clock that was set back is as old as any.
      const isPast = ageMs > TELLING_MS || ageMs < 0
      if (ageMs > OLD_MS || (isPast && !isOwed(record))) this.#owed.delete(key)
    }
  }

  #note({ channel, news, atMs, reason }: Outcome): void {
    const told = [...news.begun, ...news.lasting, ...news.ended].flatMap((as) => {
      const known = [this.#state.open.get(as.key), this.#owed.get(as.key)]
      const record = known.find((one) => one?.sinceMs === as.sinceMs)
      return record ? [afterTelling(record, { channel, as, atMs, reason })] : []
    })
    this.#keep(told)
  }

  /** In memory and, where it can, in the store. */
  #keep(records: readonly AlertRecord[]): void {
    if (records.length === 0) return
    const open = new Map(this.#state.open)
    for (const record of records) {
      if (record.endedMs === undefined) open.set(record.key, record)
      else this.#owed.set(record.key, record)
    }
    this.#state = { ...this.#state, open }
    this.#save(records)
    this.#revision += 1
    for (const listener of this.#listeners) listener()
  }

  /** People are told even where the store cannot keep it; it is kept as soon as that can. */
  #save(records: readonly AlertRecord[]): void {
    for (const record of records) {
      const key = `${record.key} ${record.sinceMs}`
      this.#unkept.delete(key)
      this.#unkept.set(key, record)
    }
    if (this.#unkept.size === 0) return
    try {
      this.#parts.book.save([...this.#unkept.values()])
      this.#unkept.clear()
      this.#isFailing = false
    } catch (err) {
      if (!this.#isFailing) this.#parts.log.error({ err }, 'the alerts cannot be kept')
      this.#isFailing = true
      this.#forgetUnkept()
    }
  }

  /** The oldest first. */
  #forgetUnkept(): void {
    for (const key of this.#unkept.keys()) {
      if (this.#unkept.size <= MOST_UNKEPT) return
      this.#unkept.delete(key)
    }
  }
}
