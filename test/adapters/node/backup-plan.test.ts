import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BACKUP_DEFAULTS, expiredBackups, planBackup, type PlannedBackup } from '../../../adapters/node/backup-plan.ts'

const DAY_MS = 24 * 3_600_000
const at = (month: number, day: number, hour: number, year = 2026) => new Date(year, month - 1, day, hour).getTime()
const numbered = (...timesMs: number[]): PlannedBackup[] => timesMs.map((atMs, i) => ({ number: i + 1, atMs }))

describe('when a backup is due', () => {
  it.each([
    ['there is none yet', [], at(3, 10, 12), true],
    ['today’s was made', [at(3, 10, 3)], at(3, 10, 12), false],
    ['the hour of today has not come', [at(3, 9, 3)], at(3, 10, 2), false],
    ['the hour has come', [at(3, 9, 3)], at(3, 10, 3), true],
    ['the PC was off at the hour', [at(3, 9, 3)], at(3, 10, 9), true],
    ['the PC was off for a week', [at(3, 1, 3)], at(3, 10, 9), true],
    ['it was made up late yesterday', [at(3, 9, 23)], at(3, 10, 2), false],
    ['the newest comes from a clock that was a year ahead', [at(3, 9, 3), at(3, 9, 3, 2027)], at(3, 10, 2), true],
    ['the clock is in the year 2000', [at(3, 9, 3)], at(1, 1, 0, 2000), true],
    ['a clock a few minutes ahead was corrected', [at(3, 10, 3) + 60_000], at(3, 10, 3), false],
  ])('when %s', (_what, times, nowMs, due) => {
    expect(planBackup(numbered(...times), nowMs, 3).due).toBe(due)
  })

  it('says when the next one is', () => {
    expect(planBackup(numbered(at(3, 10, 3)), at(3, 10, 12), 3)).toEqual({ due: false, nextAtMs: at(3, 11, 3) })
    expect(planBackup(numbered(at(3, 9, 3)), at(3, 10, 2), 3)).toEqual({ due: false, nextAtMs: at(3, 10, 3) })
    expect(planBackup([], at(3, 10, 2), 3)).toEqual({ due: true, nextAtMs: at(3, 10, 2) })
  })

  it('makes one a day, whatever the hours at which the PC is on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 23 }), fc.array(fc.nat(40), { maxLength: 60 }), (hour, steps) => {
        const made: PlannedBackup[] = []
        let nowMs = at(3, 1, 8)
        for (const hours of steps) {
          nowMs += hours * 3_600_000
          if (planBackup(made, nowMs, hour).due) made.push({ number: made.length + 1, atMs: nowMs })
          const plan = planBackup(made, nowMs, hour)
          expect(plan.due).toBe(false)
          expect(plan.nextAtMs).toBeGreaterThan(nowMs)
          expect(plan.nextAtMs - nowMs).toBeLessThanOrEqual(DAY_MS + 3_600_000)
        }
      }),
    )
  })
})

describe('what expires', () => {
  it('keeps a week of days and the last one of each of the four weeks before', () => {
    let kept: PlannedBackup[] = []
    // 1 March 2026 is a Sunday.
    for (let day = 0; day < 100; day++) {
      kept.push({ number: day + 1, atMs: at(3, 1 + day, 3) })
      const gone = new Set(expiredBackups(kept))
      kept = kept.filter((backup) => !gone.has(backup))
    }
    const days = kept.map(({ number }) => number).toSorted((a, b) => b - a)
    expect(days).toEqual([100, 99, 98, 97, 96, 95, 94, 92, 85, 78, 71])
    for (const number of days.slice(7)) expect(new Date(at(3, number, 3)).getDay()).toBe(0)
  })

  it('never touches the newest, whatever their times say, and never keeps more than its number', () => {
    const times = fc.array(fc.integer({ min: 0, max: at(1, 1, 0, 2100) }), { maxLength: 40 })
    fc.assert(
      fc.property(times, (timesMs) => {
        const existing = numbered(...timesMs)
        const expired = expiredBackups(existing)
        const { newest, weeks } = BACKUP_DEFAULTS
        for (const { number } of expired) expect(number).toBeLessThanOrEqual(existing.length - newest)
        expect(existing.length - expired.length).toBeLessThanOrEqual(newest + weeks)
      }),
    )
  })

  it('lets a clock that jumps a year ahead, and back, delete nothing that it would have kept', () => {
    const before = numbered(...Array.from({ length: 10 }, (_, i) => at(3, 1 + i, 3)))
    const jumped = [...before, { number: 11, atMs: at(3, 11, 3, 2027) }]
    expect(expiredBackups(jumped).map(({ number }) => number)).toEqual([4, 3, 2])
    const back = [...jumped, { number: 12, atMs: at(3, 12, 3) }]
    // Without the jump, 6 to 12 would be the newest; the Sunday of the week before stays either way.
    const gone = expiredBackups(back).map(({ number }) => number)
    expect(gone).not.toContain(1)
    for (const number of [12, 11, 10, 9, 8, 7, 6]) expect(gone).not.toContain(number)
  })
})
