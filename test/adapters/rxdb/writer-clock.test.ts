import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WriterClock, type ClockMemory } from '../../../adapters/rxdb/writer-clock.ts'
import type { Hlc, WriterId } from '../../../schemas/brand.ts'
import {
  EARLIEST_MS,
  formatStamp,
  JITTER_MS,
  MAX_AHEAD_MS,
  NO_STAMP,
  OS_CLOCK_TRUST_MS,
  parseStamp,
  stampWriter,
} from '../../../schemas/hlc.ts'

const RUNS = { numRuns: 1000 }
const NOW = Date.UTC(2026, 4, 1)
const HOUR = 3_600_000
const DAY = 24 * HOUR
const FAR = Date.UTC(2099, 0)

/** A PC of which the test sets the clock. */
class Pc {
  osMs: number
  monotonicMs = 5_000
  sets = 0
  clock: WriterClock
  #starts = 0

  constructor(osMs: number, memory: Partial<ClockMemory> = {}) {
    this.osMs = osMs
    this.clock = this.#start(memory)
  }

  /** Its process ends and starts again, with or without having remembered. */
  restart(memory: Partial<ClockMemory> = this.clock.memory()): void {
    // As it is stored: what is undefined is not there.
    this.clock = this.#start(JSON.parse(JSON.stringify(memory)) as Partial<ClockMemory>)
  }

  pass(ms: number): void {
    this.monotonicMs += ms
    this.osMs += ms
  }

  stampMs(exceeds: Hlc = NO_STAMP): number {
    return parseStamp(this.clock.stamp(exceeds))!.wallMs
  }

  #start(memory: Partial<ClockMemory>): WriterClock {
    this.#starts += 1
    const writer = this.#starts.toString(36).padStart(8, '0') as WriterId
    return new WriterClock({
      writer,
      ...memory,
      osMs: () => this.osMs,
      monotonicMs: () => this.monotonicMs,
      onSet: () => (this.sets += 1),
    })
  }
}

describe('a clock that hears the time of headquarters', () => {
  it('stamps by it at once, though it stamped 2099 before, and as another writer', () => {
    const pc = new Pc(FAR)
    const before = pc.clock.stamp(NO_STAMP)
    expect(parseStamp(before)!.wallMs).toBe(FAR)
    pc.clock.hear(NOW)
    pc.pass(1_000)
    const after = pc.clock.stamp(NO_STAMP)
    expect(parseStamp(after)!.wallMs).toBe(NOW + 1_000)
    expect(stampWriter(after)).not.toBe(stampWriter(before))
    expect(pc.clock.now()).toBe('2026-05-01T00:00:01.000Z')
  })

  it('follows headquarters whose clock was a year ahead for an hour, without a restart', () => {
    const pc = new Pc(NOW, { floorMs: NOW, lastCloudMs: NOW })
    pc.clock.hear(NOW + 365 * DAY)
    expect(pc.stampMs()).toBe(NOW + 365 * DAY)
    pc.pass(HOUR)
    pc.clock.hear(NOW + HOUR)
    expect(pc.stampMs()).toBe(NOW + HOUR)
    expect(pc.clock.memory()).toMatchObject({ floorMs: NOW + HOUR, lastCloudMs: NOW + HOUR })
  })

  it('stays the same writer, and in order, where an answer was only slow', () => {
    const pc = new Pc(NOW)
    pc.clock.hear(NOW)
    const stamps = [NOW, NOW - 900, NOW + 40, NOW + 40 - JITTER_MS].map((heardMs) => {
      pc.clock.hear(heardMs)
      return pc.clock.stamp(NO_STAMP)
    })
    expect(stamps).toEqual(stamps.toSorted())
    expect(new Set(stamps.map(stampWriter)).size).toBe(1)
    expect(pc.sets).toBe(1)
  })

  it('still exceeds the stamps of the document that it edits', () => {
    const pc = new Pc(FAR)
    const first = pc.clock.stamp(NO_STAMP)
    pc.clock.hear(NOW)
    const second = pc.clock.stamp(first)
    expect(second > first).toBe(true)
    expect(pc.stampMs()).toBe(NOW)
  })

  it('does not hear what is no time, or one from before the program', () => {
    const pc = new Pc(NOW, { lastCloudMs: NOW })
    for (const odd of [Number.NaN, Infinity, -Infinity, 0, Date.UTC(2000, 0), EARLIEST_MS - 1]) pc.clock.hear(odd)
    expect([pc.clock.wallMs(), pc.sets]).toEqual([NOW, 0])
  })

  it('says when what is remembered of it is out of date: at the first word, and when it was wrong', () => {
    const pc = new Pc(NOW, { floorMs: NOW, lastCloudMs: NOW })
    const sets = [NOW, NOW + 500, NOW + DAY, NOW + DAY + 500].map((heardMs) => {
      pc.clock.hear(heardMs)
      return pc.sets
    })
    expect(sets).toEqual([1, 1, 2, 2])
  })
})

describe('what a clock remembers', () => {
  it('is no floor of 2099 once headquarters has spoken', () => {
    const pc = new Pc(FAR)
    pc.stampMs()
    expect(pc.clock.memory().floorMs).toBe(FAR)
    pc.clock.hear(NOW)
    expect(pc.clock.memory().floorMs).toBe(NOW)
    pc.restart()
    expect(pc.stampMs()).toBe(NOW)
    pc.osMs = NOW + HOUR
    expect(pc.stampMs()).toBe(NOW + HOUR)
  })

  it('keeps a PC that wakes in 2000 or in 2099 at the time of its last contact', () => {
    for (const osMs of [Date.UTC(2000, 0), FAR]) {
      const pc = new Pc(NOW)
      pc.clock.hear(NOW)
      pc.restart()
      pc.osMs = osMs
      expect(pc.stampMs()).toBe(NOW)
    }
  })

  it('is the latest time that headquarters told, though its clock was set right since', () => {
    const pc = new Pc(NOW + 365 * DAY)
    pc.clock.wallMs()
    pc.osMs = NOW
    expect([pc.stampMs(), pc.clock.ceilingMs()]).toEqual([NOW, NOW + 365 * DAY])
    pc.restart()
    expect([pc.stampMs(), pc.clock.ceilingMs()]).toEqual([NOW, NOW + 365 * DAY])
  })
})

type Event =
  | { readonly kind: 'os'; readonly ms: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'hear'; readonly ms: number }
  | { readonly kind: 'restart'; readonly remembers: boolean }
  | { readonly kind: 'new' }
  | { readonly kind: 'edit'; readonly seenMs: number }

const anyMs = fc.oneof(
  fc.integer({ min: 0, max: Date.UTC(2100, 0) }),
  fc.integer({ min: NOW - 90 * DAY, max: NOW + 90 * DAY }),
  fc.constantFrom(0, Date.UTC(2000, 0), FAR, NOW, Number.NaN),
)
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('os' as const), ms: anyMs }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 3 * DAY }) }),
  fc.record({ kind: fc.constant('hear' as const), ms: anyMs }),
  fc.record({ kind: fc.constant('restart' as const), remembers: fc.boolean() }),
  fc.record({ kind: fc.constant('new' as const) }),
  fc.record({
    kind: fc.constant('edit' as const),
    seenMs: fc.integer({ min: 0, max: Date.UTC(2100, 0) }),
  }),
)

describe('under any readings, words of headquarters and restarts', () => {
  it('no writer stamps new documents twice or backwards, and an edit exceeds what it edits', () => {
    fc.assert(
      fc.property(anyMs, fc.array(event, { maxLength: 40 }), (osMs, events) => {
        const pc = new Pc(osMs)
        const newest = new Map<WriterId, Hlc>()
        for (const one of events) {
          play(pc, one, {})
          if (one.kind === 'new') {
            const stamp = pc.clock.stamp(NO_STAMP)
            expect(stamp > (newest.get(stampWriter(stamp)) ?? NO_STAMP)).toBe(true)
            newest.set(stampWriter(stamp), stamp)
          } else if (one.kind === 'edit') {
            const seen = formatStamp(one.seenMs, 7, 'somebody' as WriterId)
            expect(pc.clock.stamp(seen) > seen).toBe(true)
          }
        }
      }),
      RUNS,
    )
  })

  it('no writer makes one stamp of one document twice, whatever it edits in between', () => {
    fc.assert(
      fc.property(anyMs, fc.array(event, { maxLength: 40 }), (osMs, events) => {
        const pc = new Pc(osMs)
        let document = NO_STAMP
        for (const one of events) {
          play(pc, one, {})
          if (one.kind !== 'new') continue
          const stamp = pc.clock.stamp(document)
          expect(stamp > document).toBe(true)
          document = stamp
        }
      }),
      RUNS,
    )
  })

  it('a new document is stamped at the time of headquarters once it is heard, and never so late that it is refused', () => {
    fc.assert(
      fc.property(anyMs, fc.array(event, { maxLength: 40 }), (osMs, events) => {
        const pc = new Pc(osMs)
        // What headquarters would say now, as far as the test knows: the last time told and the time since.
        let cloudMs: number | undefined
        let heardInThisRun = false
        const saved: { memory?: ClockMemory } = {}
        for (const one of events) {
          play(pc, one, saved)
          if (one.kind === 'pass' && cloudMs !== undefined) cloudMs += one.ms
          if (one.kind === 'restart') heardInThisRun = false
          if (one.kind === 'hear' && one.ms >= EARLIEST_MS) {
            cloudMs = one.ms
            heardInThisRun = true
            // As the node does when the clock says that it was set.
            saved.memory = pc.clock.memory()
          }
          if (one.kind !== 'new' || cloudMs === undefined) continue
          const stampMs = pc.stampMs()
          if (heardInThisRun) expect(Math.abs(stampMs - cloudMs)).toBeLessThanOrEqual(JITTER_MS)
          expect(stampMs).toBeLessThanOrEqual(cloudMs + Math.max(JITTER_MS, OS_CLOCK_TRUST_MS))
          expect(stampMs).toBeLessThan(cloudMs + MAX_AHEAD_MS)
        }
      }),
      RUNS,
    )
  })
})

/** @param saved where the node keeps what the clock remembers; a process that is killed starts with what is there */
function play(pc: Pc, one: Event, saved: { memory?: ClockMemory }): void {
  if (one.kind === 'os') pc.osMs = one.ms
  else if (one.kind === 'pass') pc.pass(one.ms)
  else if (one.kind === 'hear') pc.clock.hear(one.ms)
  else if (one.kind === 'restart') {
    if (one.remembers) saved.memory = pc.clock.memory()
    pc.restart(saved.memory ?? {})
  }
}

describe("how far the PC's clock is off", () => {
  it('is known once headquarters has told the time, and follows whoever sets it', () => {
    const pc = new Pc(NOW)
    expect(pc.clock.osAheadMs()).toBeUndefined()
    pc.clock.hear(NOW - 90_000)
    pc.pass(HOUR)
    expect(pc.clock.osAheadMs()).toBe(90_000)
    pc.osMs -= DAY
    expect(pc.clock.osAheadMs()).toBe(90_000 - DAY)
  })
})
