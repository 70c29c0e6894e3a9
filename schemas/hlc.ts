/**
 * Hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014) as pure functions.
 *
 * A stamp is `wall` (ms, 9 base-36 digits), `counter` (4 base-36 digits) and the writer id, joined so that
 * comparing two stamps as strings compares them as times. Stamps are bounded when they are made and never
 * rewritten: a PC that wakes in 2000 or in 2099 must neither lose its own edits nor overrule everybody else's.
 */
import type { Hlc, WriterId } from './brand.ts'
import { OutpostError } from './outpost-error.ts'

const WALL_DIGITS = 9
const COUNTER_DIGITS = 4
const MIN_STAMP = WALL_DIGITS + COUNTER_DIGITS + 1
const MAX_STAMP = WALL_DIGITS + COUNTER_DIGITS + 16
const WRITER = /^[0-9a-z]{1,16}$/
/** Sorts below every digit. */
const JUST_AFTER = '!'
const MAX_COUNTER = 36 ** COUNTER_DIGITS - 1
export const MAX_WALL_MS = 36 ** WALL_DIGITS - 1

const DAY_MS = 86_400_000
/** How far the operating system's clock may lie after the last cloud time that this node heard. */
export const OS_CLOCK_TRUST_MS = 30 * DAY_MS
/** The cloud refuses stamps further ahead of its own time than this (`CLOCK_AHEAD`). */
export const MAX_AHEAD_MS = 30 * DAY_MS + 5 * 60_000

/** Earlier than this program: a clock that tells less has lost its battery. */
export const EARLIEST_MS = Date.UTC(2026, 0, 1)
/** Times that differ by less tell of a slow answer, not of a wrong clock. */
export const JITTER_MS = 60_000

/** The stamp that every real stamp exceeds: fields that nobody stamped. */
export const NO_STAMP = '' as Hlc

export interface HlcState {
  readonly writer: WriterId
  readonly wallMs: number
  readonly counter: number
}

/** Everything a node knows of the time at one moment; all in milliseconds. */
export interface ClockReading {
  /** The operating system's wall clock. */
  readonly osMs: number
  /** A monotonic clock, origin arbitrary but fixed for the process. */
  readonly monotonicMs: number
  /** The highest wall part that this node has used before, persisted. */
  readonly floorMs: number
  /** The last time that the cloud told, persisted; absent before the first contact. */
  readonly lastCloudMs?: number | undefined
  /** The cloud's time heard in this run, with the monotonic reading at that moment. */
  readonly heard?: { readonly cloudMs: number; readonly monotonicMs: number } | undefined
}

/**
 * The wall part that a new stamp may use: cloud time heard in this run plus the time since; before that the
 * operating system's clock where it is credible, else the floor (the counter then keeps the order).
 */
export function boundedWall(reading: ClockReading): number {
  const { heard, osMs, monotonicMs, floorMs, lastCloudMs } = reading
  if (heard) return clampWall(heard.cloudMs + Math.max(0, monotonicMs - heard.monotonicMs))
  if (isTold(reading)) return clampWall(osMs)
  const latest = lastCloudMs === undefined ? MAX_WALL_MS : lastCloudMs + OS_CLOCK_TRUST_MS
  // A floor that the cloud's last time contradicts is of a clock that was wrong; kept, every stamp would be refused.
  const floor = floorMs <= latest ? floorMs : (lastCloudMs ?? 0)
  return osMs >= floor && osMs <= latest ? clampWall(osMs) : clampWall(floor)
}

/**
 * Whether the reading rests on somebody's word, so that an earlier and later-lying one was wrong: the cloud's, or where
 * there is no cloud to ask (headquarters itself), that of an operating system that lives after this program was made.
 */
export function isTold({ heard, lastCloudMs, osMs }: ClockReading): boolean {
  return heard !== undefined || (lastCloudMs === undefined && osMs >= EARLIEST_MS)
}

/** The next stamp: never below `wallMs`, above the writer's last one and above `after` (the stamps of the edited document). */
export function nextStamp(state: HlcState, wallMs: number, after: Hlc = NO_STAMP): { stamp: Hlc; state: HlcState } {
  const seen = parseStamp(withoutMark(after))
  const ownWall = Math.max(clampWall(wallMs), state.wallMs)
  const ahead = seen !== undefined && seen.wallMs > ownWall
  let wall = ahead ? seen.wallMs : ownWall
  let counter = -1
  if (wall === state.wallMs) counter = state.counter
  if (seen && wall === seen.wallMs) counter = Math.max(counter, seen.counter)
  counter += 1
  if (counter > MAX_COUNTER) {
    wall += 1
    counter = 0
  }
  const stamp = formatStamp(wall, counter, state.writer)
  // A stamp that had to exceed an edited document's own does not raise the writer's clock.
  return { stamp, state: ahead ? state : { writer: state.writer, wallMs: wall, counter } }
}

export function formatStamp(wallMs: number, counter: number, writer: WriterId): Hlc {
  // Merging ignores what is no stamp, so a wrong writer id must not get as far as a document.
  if (!WRITER.test(writer)) throw new OutpostError('INTERNAL', `a writer id is 1 to 16 of 0-9 and a-z: ${writer}`)
  const wall = clampWall(wallMs).toString(36).padStart(WALL_DIGITS, '0')
  return (wall + counter.toString(36).padStart(COUNTER_DIGITS, '0') + writer) as Hlc
}

/** The parts of a stamp; `undefined` for what is none, since stamps also come from strangers. */
export function parseStamp(stamp: string): { wallMs: number; counter: number; writer: WriterId } | undefined {
  if (!isStamp(stamp)) return undefined
  return {
    wallMs: Number.parseInt(stamp.slice(0, WALL_DIGITS), 36),
    counter: Number.parseInt(stamp.slice(WALL_DIGITS, WALL_DIGITS + COUNTER_DIGITS), 36),
    writer: stampWriter(stamp),
  }
}

/** Whether a value has the form of a stamp. Merging takes everything else for no stamp: no new one could exceed it. */
export function isStamp(value: unknown): value is Hlc {
  if (typeof value !== 'string') return false
  if (value === lastStamp) return true
  if (value.length < MIN_STAMP || value.length > MAX_STAMP) return false
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit < 0x30 || unit > 0x7a || (unit > 0x39 && unit < 0x61)) return false
  }
  lastStamp = value
  return true
}

/** One write gives one stamp to all that it changed, so the same one comes many times on end. */
let lastStamp = ''

/** The moment just after a stamp, below every later one: when an unstamped deletion counts as made. */
export function justAfter(stamp: Hlc): Hlc {
  return (withoutMark(stamp) + JUST_AFTER) as Hlc
}

/** Whether a value is a stamp or the moment just after one or after none. */
export function isMoment(value: unknown): value is Hlc {
  return typeof value === 'string' && (value === JUST_AFTER || isStamp(withoutMark(value)))
}

/** The stamp of a moment; a stamp as it is. */
export function withoutMark(moment: string): Hlc {
  return (moment.endsWith(JUST_AFTER) ? moment.slice(0, -1) : moment) as Hlc
}

export function stampWriter(stamp: string): WriterId {
  return stamp.slice(WALL_DIGITS + COUNTER_DIGITS) as WriterId
}

function clampWall(ms: number): number {
  return Number.isFinite(ms) ? Math.min(Math.max(Math.floor(ms), 0), MAX_WALL_MS) : 0
}
