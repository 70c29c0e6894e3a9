import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from '../../../adapters/http/link-failure.ts'
import { afterStream, NO_STREAMS, STREAM_LIMITS, type StreamEnd } from '../../../adapters/http/stream-pauses.ts'

const CUT: StreamEnd = { kind: 'ended', livedMs: 2000 }
const LONG: StreamEnd = { kind: 'ended', livedMs: STREAM_LIMITS.longMs }
const NOBODY: StreamEnd = { kind: 'unreached' }

function pausesAfter(ends: readonly StreamEnd[]): { pauses: number[]; rare: boolean[] } {
  let history = NO_STREAMS
  const pauses: number[] = []
  const rare: boolean[] = []
  for (const end of ends) {
    const next = afterStream(history, end, 1)
    history = next.history
    pauses.push(next.pauseMs)
    rare.push(next.isRare)
  }
  return { pauses, rare }
}

describe('a live stream', () => {
  it('is tried every few seconds while nobody answers, so that the return of the link is noticed', () => {
    const { pauses, rare } = pausesAfter(Array.from({ length: 30 }, () => NOBODY))
    expect(pauses.slice(0, 5)).toEqual([1000, 2000, 4000, 8000, 10_000])
    expect(Math.max(...pauses)).toBe(STREAM_LIMITS.maxPauseMs)
    expect(rare).not.toContain(true)
  })
  it('is tried ever more rarely where something cuts it young again and again, and keeps being tried', () => {
    const { pauses, rare } = pausesAfter(Array.from({ length: 12 }, () => CUT))
    expect(rare.indexOf(true)).toBe(STREAM_LIMITS.shortStreams - 1)
    expect(pauses.slice(2, 5)).toEqual([10_000, 20_000, 40_000])
    expect(pauses.at(-1)).toBe(STREAM_LIMITS.maxRarePauseMs)
  })
  it('is no proxy’s victim where the link itself was cut, or once it has lived long', () => {
    expect(pausesAfter([CUT, CUT, NOBODY, CUT]).rare).not.toContain(true)
    expect(pausesAfter([CUT, CUT, LONG, CUT]).rare).not.toContain(true)
  })
})

describe('Retry-After', () => {
  it('is read in seconds and as a date, within the cap', () => {
    const now = Date.parse('2026-03-01T10:00:00Z')
    expect(parseRetryAfter('7', now)).toBe(7000)
    expect(parseRetryAfter('Sun, 01 Mar 2026 10:00:05 GMT', now)).toBe(5000)
    expect(parseRetryAfter('Sun, 01 Mar 2026 09:00:00 GMT', now)).toBe(0)
    expect(parseRetryAfter('999999', now)).toBe(600_000)
    expect(parseRetryAfter('soon', now)).toBeUndefined()
    expect(parseRetryAfter(null, now)).toBeUndefined()
  })
})
