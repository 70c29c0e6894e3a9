import { describe, expect, test } from 'vitest'
import { longestOf, rowsAfter, type FailureRows } from '../../../adapters/synclog/failure-rows.ts'
import type { SyncLogEntry } from '../../../schemas/protocol/sync-log.ts'

type Exchange = Pick<SyncLogEntry, 'kind' | 'outcome' | 'cycle'>

/** `push! c1`: a push of the cycle `c1` that failed; `?` for one that was refused. */
function exchangeOf(text: string): Exchange {
  const [, kind, mark, cycle] = /^(\w+)([!?]?)(?: (\S+))?$/.exec(text)!
  const outcome = mark === '!' ? 'failed' : mark === '?' ? 'refused' : 'ok'
  return { kind: kind as Exchange['kind'], outcome, ...(cycle !== undefined && { cycle }) }
}

function after(...exchanges: string[]): number {
  const rows = exchanges.map(exchangeOf).reduce<FailureRows | undefined>(rowsAfter, undefined)
  return longestOf(rows)
}

const cycles = (count: number, of: (cycle: string) => string[]): string[] =>
  Array.from({ length: count }, (_, i) => of(`c${i}`)).flat()

describe('a row of failures', () => {
  test('grows while every push fails, though heartbeats and pulls go well', () => {
    const failing = cycles(6, (c) => [`heartbeat ${c}`, `pull ${c}`, ...Array<string>(4).fill(`push! ${c}`)])
    expect(after(...failing)).toBe(24)
    expect(after(...failing, 'push c5')).toBe(0)
  })

  test('of heartbeats ends with one that goes well', () => {
    expect(after('heartbeat!', 'heartbeat!')).toBe(2)
    expect(after('heartbeat!', 'heartbeat!', 'heartbeat')).toBe(0)
  })

  test('is that of what failed most often, and not of different requests together', () => {
    expect(after('stats!', 'push!', 'push!', 'push')).toBe(1)
    expect(after('stats!', 'push!', 'push!', 'stats')).toBe(2)
  })

  test('of what is not tried any more ends after cycles in which nothing failed', () => {
    const failing = cycles(6, (c) => [`heartbeat ${c}`, `push! ${c}`])
    expect(after(...failing, 'heartbeat d1', 'heartbeat d2')).toBe(6)
    expect(after(...failing, 'heartbeat d1', 'heartbeat d2', 'heartbeat d3')).toBe(0)
    expect(after('whereabouts!', 'heartbeat a', 'pull a', 'heartbeat a', 'heartbeat b')).toBe(1)
  })

  test('goes on where each failure is noted in the cycle after its own', () => {
    const late = cycles(30, (c) => [`heartbeat ${c}`, `push! c${Number(c.slice(1)) - 1}`])
    expect(after(...late)).toBe(30)
  })

  test('neither grows nor ends where somebody is not let in', () => {
    expect(after('heartbeat?', 'heartbeat?')).toBe(0)
    expect(after('push!', 'push!', 'heartbeat?', 'push?')).toBe(2)
  })
})
