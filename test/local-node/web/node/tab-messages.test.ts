import { describe, expect, it } from 'vitest'
import { WriterClock } from '../../../../adapters/rxdb/writer-clock.ts'
import { hearStateMessage, toStateMessage } from '../../../../local-node/web/node/tab-messages.ts'
import type { WriterId } from '../../../../schemas/brand.ts'
import type { BranchNodeStatus } from '../../../../schemas/protocol/status.ts'

const state = { reachable: true, unsent: {}, refused: [] }
const status = { node: 'branch', time: '2026-03-01T09:00:00.000Z' } as BranchNodeStatus

/** Of a tablet that woke in 2000. */
function clockOfTab(): WriterClock {
  const osMs = Date.UTC(2000, 0, 1)
  return new WriterClock({ writer: 'tab2' as WriterId, osMs: () => osMs, monotonicMs: () => 0 })
}

describe('what the leading tab heard of the node', () => {
  it('sets the clock of another tab, with the time that has passed since', () => {
    const clock = clockOfTab()
    const message = toStateMessage(state, { status, atMs: 50_000 }, 54_000)
    hearStateMessage(message, clock, 700)
    expect(clock.now()).toBe('2026-03-01T09:00:04.000Z')
  })

  it('is as old in the other tab, whose own clock runs from another moment', () => {
    const message = toStateMessage(state, { status, atMs: 50_000 }, 54_000)
    expect(hearStateMessage(message, clockOfTab(), 700)).toEqual({ status, atMs: 700 - 4_000 })
  })

  it('changes nothing where the node has not spoken yet', () => {
    const clock = clockOfTab()
    expect(hearStateMessage(toStateMessage(state, undefined, 54_000), clock, 700)).toBeUndefined()
    expect(clock.now()).toBe('2000-01-01T00:00:00.000Z')
  })
})
