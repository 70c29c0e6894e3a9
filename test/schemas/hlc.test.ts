import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Hlc, WriterId } from '../../schemas/brand.ts'
import {
  boundedWall,
  formatStamp,
  isMoment,
  isStamp,
  isTold,
  justAfter,
  MAX_AHEAD_MS,
  MAX_WALL_MS,
  nextStamp,
  NO_STAMP,
  OS_CLOCK_TRUST_MS,
  parseStamp,
  stampWriter,
  withoutMark,
  type HlcState,
} from '../../schemas/hlc.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'

const RUNS = { numRuns: 1000 }
const MAX_COUNTER = 36 ** 4 - 1
const writer = fc.stringMatching(/^[0-9a-z]{1,16}$/).map((text) => text as WriterId)
/** Leaves room to exceed: at the last millisecond of the format there is none. */
const wall = fc.oneof(fc.integer({ min: 0, max: MAX_WALL_MS - 2 }), fc.integer({ min: 0, max: 3 }))
const counter = fc.oneof(fc.integer({ min: 0, max: MAX_COUNTER }), fc.constantFrom(0, 1, MAX_COUNTER - 1, MAX_COUNTER))
const parts = fc.record({ wallMs: wall, counter, writer })
const reading = fc.oneof(wall, fc.constantFrom(0, Number.NaN, -5, Infinity, -Infinity, 1.5, Date.UTC(2099, 0)))

const DAY = 86_400_000
const NOW = Date.UTC(2026, 4, 1)
const W = 'w1' as WriterId

function stampsOf(state: HlcState, walls: readonly number[]): Hlc[] {
  let clock = state
  return walls.map((wallMs) => {
    const next = nextStamp(clock, wallMs)
    clock = next.state
    return next.stamp
  })
}

describe('stamps of one writer', () => {
  test('strictly increase under any readings of the wall clock', () => {
    const finite = fc.oneof(wall, fc.constantFrom(0, Number.NaN, -5, 1.5))
    fc.assert(
      fc.property(parts, fc.array(finite, { minLength: 2 }), (state, walls) => {
        const stamps = stampsOf(state, walls)
        for (let i = 1; i < stamps.length; i++) expect(stamps[i]! > stamps[i - 1]!).toBe(true)
        expect(stamps[0]! > formatStamp(state.wallMs, state.counter, state.writer)).toBe(true)
      }),
      RUNS,
    )
  })

  test('exceed every stamp of the edited document, also the moment just after one', () => {
    fc.assert(
      fc.property(parts, reading, parts, (state, wallMs, seen) => {
        const after = formatStamp(seen.wallMs, seen.counter, seen.writer)
        const { stamp } = nextStamp({ ...state, wallMs: Math.min(state.wallMs, MAX_WALL_MS - 2) }, wallMs, after)
        if (Math.max(wallMs, 0) >= MAX_WALL_MS) return
        expect(stamp > after).toBe(true)
        expect(nextStamp(state, wallMs, justAfter(after)).stamp > justAfter(after)).toBe(true)
      }),
      RUNS,
    )
  })

  test('go on with the next millisecond when the counter is full', () => {
    const full = { writer: W, wallMs: 5, counter: MAX_COUNTER }
    expect(nextStamp(full, 5)).toEqual({ stamp: formatStamp(6, 0, W), state: { writer: W, wallMs: 6, counter: 0 } })
    const seen = formatStamp(900, MAX_COUNTER, 'x' as WriterId)
    expect(nextStamp(full, 5, seen)).toEqual({ stamp: formatStamp(901, 0, W), state: full })
  })

  test('are not raised by a stamp from the future that an edited document carries', () => {
    fc.assert(
      fc.property(parts, wall, parts, (state, wallMs, seen) => {
        const own = Math.max(wallMs, state.wallMs)
        const after = formatStamp(seen.wallMs, seen.counter, seen.writer)
        const next = nextStamp(state, wallMs, after)
        // One millisecond more only where the counter was full.
        expect(next.state.wallMs).toBeLessThanOrEqual(own + 1)
        if (seen.wallMs > own) expect(next.state).toEqual(state)
      }),
      RUNS,
    )
  })

  test('take what is no stamp for none', () => {
    const state = { writer: W, wallMs: 0, counter: 0 }
    for (const odd of ['', '!', 'zzzz', '~', 'ZZZZZZZZZZZZZZ', '中']) {
      expect(nextStamp(state, 7, odd as Hlc).stamp).toBe(formatStamp(7, 0, W))
    }
  })

  test('need a writer id that a stamp can carry', () => {
    for (const odd of ['', 'W1', 'a-b', 'a'.repeat(17)]) {
      expect(() => formatStamp(1, 0, odd as WriterId)).toThrow(OutpostError)
    }
  })
})

describe('the text of a stamp', () => {
  test('gives its parts back', () => {
    fc.assert(
      fc.property(parts, (stamp) => {
        const text = formatStamp(stamp.wallMs, stamp.counter, stamp.writer)
        expect(parseStamp(text)).toEqual(stamp)
        expect(stampWriter(text)).toBe(stamp.writer)
        expect(isStamp(text) && isMoment(text) && text > NO_STAMP).toBe(true)
      }),
      RUNS,
    )
  })

  test('sorts by wall, then counter, then writer', () => {
    const near = fc.record({
      wallMs: fc.oneof(fc.constantFrom(34, 35, 36), wall),
      counter: fc.oneof(fc.constantFrom(35, 36), counter),
      writer: fc.oneof(fc.constantFrom('a', 'a0', 'b'), writer).map((text) => text as WriterId),
    })
    fc.assert(
      fc.property(near, near, (a, b) => {
        const order =
          a.wallMs - b.wallMs || a.counter - b.counter || (a.writer < b.writer ? -1 : +(a.writer > b.writer))
        const textA = formatStamp(a.wallMs, a.counter, a.writer)
        const textB = formatStamp(b.wallMs, b.counter, b.writer)
        expect(textA < textB ? -1 : +(textA > textB)).toBe(Math.sign(order))
      }),
      RUNS,
    )
  })

  test('is strict, since stamps also come from strangers', () => {
    for (const odd of [
      '',
      'x',
      '0000000000000',
      '000000000000A1',
      '0000000000000w!',
      '0'.repeat(30),
      '0000000000000 w',
    ]) {
      expect(parseStamp(odd)).toBeUndefined()
      expect(isStamp(odd)).toBe(false)
    }
    for (const odd of [1, null, undefined, {}, ['0000000000000w']]) expect(isStamp(odd) || isMoment(odd)).toBe(false)
  })

  test('the moment just after one lies below every later stamp', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const stamp = formatStamp(a.wallMs, a.counter, a.writer)
        const other = formatStamp(b.wallMs, b.counter, b.writer)
        expect(justAfter(stamp) > stamp && isMoment(justAfter(stamp)) && !isStamp(justAfter(stamp))).toBe(true)
        expect(justAfter(justAfter(stamp))).toBe(justAfter(stamp))
        expect(withoutMark(justAfter(stamp))).toBe(stamp)
        expect(justAfter(stamp) < other).toBe(stamp < other)
        expect(justAfter(NO_STAMP) < stamp).toBe(true)
      }),
      RUNS,
    )
  })
})

describe('the wall time that stamps may use', () => {
  const base = { osMs: NOW, monotonicMs: 1000, floorMs: NOW - DAY, lastCloudMs: NOW - DAY }

  test("is the cloud's once it was heard, plus the time since, whatever the PC believes", () => {
    for (const osMs of [0, Date.UTC(2000, 0), NOW, Date.UTC(2099, 0), Number.NaN]) {
      const heard = { cloudMs: NOW, monotonicMs: 400 }
      expect(boundedWall({ ...base, osMs, heard, floorMs: Date.UTC(2099, 0) })).toBe(NOW + 600)
    }
    expect(boundedWall({ ...base, heard: { cloudMs: NOW, monotonicMs: 5000 } })).toBe(NOW)
  })

  test("is the PC's before that, where it is credible", () => {
    expect(boundedWall(base)).toBe(NOW)
    expect(boundedWall({ ...base, osMs: base.floorMs })).toBe(base.floorMs)
    expect(boundedWall({ ...base, osMs: base.lastCloudMs + OS_CLOCK_TRUST_MS })).toBe(base.lastCloudMs + 30 * DAY)
  })

  test('is the floor on a PC that wakes in 2000 or in 2099', () => {
    expect(boundedWall({ ...base, osMs: Date.UTC(2000, 0) })).toBe(base.floorMs)
    expect(boundedWall({ ...base, osMs: Date.UTC(2099, 0) })).toBe(base.floorMs)
    expect(boundedWall({ ...base, osMs: base.lastCloudMs + OS_CLOCK_TRUST_MS + 1 })).toBe(base.floorMs)
    expect(boundedWall({ ...base, osMs: Number.NaN })).toBe(base.floorMs)
  })

  test('does not follow a floor of 2099 from before the first contact once the cloud is known', () => {
    const floorMs = Date.UTC(2099, 0)
    expect(boundedWall({ ...base, floorMs })).toBe(NOW)
    expect(boundedWall({ ...base, floorMs, osMs: floorMs })).toBe(base.lastCloudMs)
  })

  test("is the PC's where there is no cloud to ask, unless that is older than the program", () => {
    const alone = { ...base, lastCloudMs: undefined }
    expect(boundedWall({ ...alone, floorMs: Date.UTC(2099, 0) })).toBe(NOW)
    expect(boundedWall({ ...alone, osMs: Date.UTC(2099, 0) })).toBe(Date.UTC(2099, 0))
    expect(boundedWall({ ...alone, osMs: Date.UTC(2000, 0) })).toBe(base.floorMs)
    expect([NOW, Date.UTC(2000, 0)].map((osMs) => isTold({ ...alone, osMs }))).toEqual([true, false])
    expect(isTold(base)).toBe(false)
    expect(isTold({ ...base, heard: { cloudMs: NOW, monotonicMs: 0 } })).toBe(true)
  })

  test('is never so far ahead that the cloud that was heard last would refuse it', () => {
    const ms = fc.oneof(reading, fc.integer({ min: NOW - 100 * DAY, max: NOW + 100 * DAY }))
    fc.assert(
      fc.property(ms, ms, fc.integer({ min: 0, max: NOW }), (osMs, floorMs, lastCloudMs) => {
        const bounded = boundedWall({ osMs, floorMs, lastCloudMs, monotonicMs: 0 })
        expect(bounded).toBeGreaterThanOrEqual(0)
        expect(bounded).toBeLessThanOrEqual(lastCloudMs + MAX_AHEAD_MS)
        expect(Number.isInteger(bounded)).toBe(true)
      }),
      RUNS,
    )
  })

  test('lets a PC whose clock jumps about stamp in the order of its writes', () => {
    const walls = [Date.UTC(2000, 0), NOW, Date.UTC(2099, 0), 0, NOW + 1].map((osMs) => boundedWall({ ...base, osMs }))
    const stamps = stampsOf({ writer: W, wallMs: 0, counter: 0 }, walls)
    expect(stamps).toEqual(stamps.toSorted())
    expect(parseStamp(stamps.at(-1)!)!.wallMs).toBe(NOW + 1)
  })
})
