import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  nextStep,
  pauseAfter,
  SYNC_DEFAULTS,
  type CycleStep,
  type CycleView,
} from '../../../local-node/sync/cycle-state.ts'

const REST: CycleView = { openReceipts: 0, ours: 0, theirs: 0, retried: false, retries: 0 }

describe('nextStep', () => {
  const cases: readonly (readonly [string, Partial<CycleView>, CycleStep])[] = [
    [
      '000 §三.2-3.1: receipts that are not confirmed go first',
      { openReceipts: 1, ours: 9, theirs: 9 },
      { step: 'confirm' },
    ],
    ['000 §三.2-5: ours higher: send', { ours: 100, theirs: 80 }, { step: 'push', class: 100 }],
    ['ours as high: send', { ours: 80, theirs: 80 }, { step: 'push', class: 80 }],
    ['000 §三.2-6: theirs higher: fetch', { ours: 80, theirs: 100 }, { step: 'pull', class: 100 }],
    ['000 §三.1-1: only ours left', { ours: 20 }, { step: 'push', class: 20 }],
    ['000 §三.1-3: only theirs left', { theirs: 20 }, { step: 'pull', class: 20 }],
    ['what failed before comes when nothing fresh is left', { retries: 2 }, { step: 'retry' }],
    ['and once a cycle', { retries: 2, retried: true }, { step: 'rest' }],
    ['and never before fresh changes', { retries: 2, ours: 10 }, { step: 'push', class: 10 }],
    ['000 §三.1-1: both at 0: the timer is armed', {}, { step: 'rest' }],
  ]
  for (const [name, view, step] of cases) {
    it(name, () => expect(nextStep({ ...REST, ...view })).toEqual(step))
  }

  it('rests exactly when neither side has anything', () => {
    const view = fc.record({
      openReceipts: fc.nat(2),
      ours: fc.constantFrom(0, 10, 100),
      theirs: fc.constantFrom(0, 10, 100),
      retried: fc.boolean(),
      retries: fc.nat(1),
    })
    fc.assert(
      fc.property(view, (seen) => {
        const idle = seen.openReceipts === 0 && seen.ours === 0 && seen.theirs === 0
        expect(nextStep(seen).step === 'rest').toBe(idle && (seen.retries === 0 || seen.retried))
      }),
    )
  })
})

describe('pauseAfter', () => {
  it('keeps the interval for three failures, then doubles with jitter up to ten minutes', () => {
    const pauses = [0, 1, 2, 3, 4, 5, 20].map((failures) => pauseAfter(failures, 10_000, 1))
    expect(pauses).toEqual([10_000, 10_000, 10_000, 10_000, 20_000, 40_000, SYNC_DEFAULTS.maxBackoffMs])
    expect(pauseAfter(5, 10_000, 0)).toBe(20_000)
  })
})
