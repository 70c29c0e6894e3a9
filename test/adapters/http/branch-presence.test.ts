import { beforeEach, describe, expect, it } from 'vitest'
import { BranchPresence } from '../../../adapters/http/branch-presence.ts'
import { STREAM_LIMITS } from '../../../adapters/http/stream-pauses.ts'

const LONG_MS = STREAM_LIMITS.longMs
const SHORT_MS = LONG_MS - 1

let nowMs: number
let presence: BranchPresence

beforeEach(() => {
  nowMs = Date.parse('2026-03-01T00:00:00.000Z')
  presence = new BranchPresence(() => nowMs)
})

/** Streams of north, one after another, each so long. */
function hold(...lives: number[]): void {
  for (const livedMs of lives) {
    presence.opened('north')
    nowMs += livedMs
    presence.ended('north', livedMs)
  }
}

describe('the link of a branch', () => {
  it('is open from the moment a stream is, for that branch alone', () => {
    presence.opened('north')
    expect(presence.of('north')).toEqual({ state: 'open', since: '2026-03-01T00:00:00.000Z' })
    expect(presence.of('south')).toBeUndefined()
  })

  it('is lost when a stream ends that had lasted', () => {
    hold(LONG_MS)
    expect(presence.of('north')).toEqual({ state: 'lost', since: '2026-03-01T00:01:00.000Z' })
  })

  it('is not known when streams are cut short and none has ever lasted', () => {
    hold(SHORT_MS, SHORT_MS)
    expect(presence.of('north')).toBeUndefined()
  })

  it('is lost with a short one too where an earlier one had lasted', () => {
    hold(LONG_MS, SHORT_MS)
    expect(presence.of('north')?.state).toBe('lost')
  })

  it('stays open when another stream takes the place of one, which counts as one that has lasted', () => {
    presence.opened('north')
    presence.replaced('north', LONG_MS)
    presence.opened('north')
    expect(presence.of('north')?.state).toBe('open')
    presence.ended('north', 1)
    expect(presence.of('north')?.state).toBe('lost')
  })

  it('is not lost any more once the branch is heard, and open for all that is heard', () => {
    hold(LONG_MS)
    presence.heard('north')
    expect(presence.of('north')).toBeUndefined()
    presence.opened('north')
    presence.heard('north')
    expect(presence.of('north')?.state).toBe('open')
  })

  it('is not lost where headquarters itself has ended it', () => {
    hold(LONG_MS)
    presence.opened('north')
    presence.refused('north')
    expect(presence.of('north')).toBeUndefined()
  })

  it('is told of with each change and with nothing else', () => {
    const told: string[] = []
    presence.onChange((branchId) => told.push(`${branchId} ${presence.of(branchId)?.state}`))
    presence.heard('north')
    hold(LONG_MS)
    presence.heard('north')
    presence.heard('north')
    hold(1)
    expect(told).toEqual(['north open', 'north lost', 'north undefined', 'north open', 'north lost'])
  })
})
