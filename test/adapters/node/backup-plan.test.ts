import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BACKUP_DEFAULTS,
  expiredBackups,
  planBackup,
  type BackupMoment,
  type PlannedBackup,
} from '../../../adapters/node/backup-plan.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** When a node looks for the first time. */
const START_MS = 5 * 60_000
const at = (month: number, day: number, hour: number, year = 2026) => new Date(year, month - 1, day, hour).getTime()
const numbered = (...timesMs: number[]): PlannedBackup[] => timesMs.map((atMs, i) => ({ number: i + 1, atMs }))

/** A node that has run for an hour by a clock that goes, and whose newest backup an earlier run has made. */
const moment = (nowMs: number, fields: Partial<BackupMoment> = {}): BackupMoment => {
  const upMs = fields.upMs ?? HOUR_MS
  return { nowMs, startedAtMs: nowMs - upMs, upMs, hasChanged: true, ...fields }
}

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
    ['an earlier run made it, and yet it is not older than now', [at(3, 10, 12)], at(3, 10, 12), true],
    ['an earlier run made it at a time at which this one ran already', [at(3, 10, 12) - 1], at(3, 10, 12), true],
  ])('when %s', (_what, times, nowMs, due) => {
    expect(planBackup(numbered(...times), 3, moment(nowMs)).due).toBe(due)
  })

  it.each([
    ['stands, and something was written', { startedAtMs: at(3, 10, 12) }, true],
    ['stands, and nothing was written', { startedAtMs: at(3, 10, 12), hasChanged: false }, false],
    ['goes, and something was written', { startedAtMs: at(3, 10, 11) }, false],
    ['was set back, but not before the newest', { startedAtMs: at(3, 10, 13) }, true],
  ])('after a start on the day of the newest, by a clock that %s', (_what, fields, due) => {
    expect(planBackup(numbered(at(3, 10, 3)), 3, moment(at(3, 10, 12), fields)).due).toBe(due)
  })

  it.each([
    ['a clock that stands says nothing, and half a day has passed', at(3, 10, 12), 12, false],
    ['a clock that stands says nothing, and a day has passed', at(3, 10, 12), 24, true],
    ['the clock was set back by a year, and half a day has passed', at(3, 10, 12, 2025), 12, false],
    ['the clock was set back by a year, and a day has passed', at(3, 10, 12, 2025), 24, true],
    ['the clock goes, the day is over, and it is three hours ago', at(3, 10, 15), 3, false],
    ['the clock goes, the day is over, and it is half a day ago', at(3, 11, 0), 12, true],
    ['summer time ends, and a day has passed but the hour has not come', at(3, 11, 11), 24, false],
  ])('when this run has made the newest at noon, %s', (_what, nowMs, hours, due) => {
    const hour = hours === 24 ? 12 : 14
    const madeAtUpMs = HOUR_MS
    const upMs = madeAtUpMs + hours * HOUR_MS
    const plan = planBackup(numbered(at(3, 10, 12)), hour, moment(nowMs, { upMs, madeAtUpMs }))
    expect(plan.due).toBe(due)
    if (!due) expect(plan.nextAtMs).toBeGreaterThan(nowMs)
  })

  it('says when the next one is', () => {
    const next = (nowMs: number, ...times: number[]) => planBackup(numbered(...times), 3, moment(nowMs))
    expect(next(at(3, 10, 12), at(3, 10, 3))).toEqual({ due: false, nextAtMs: at(3, 11, 3) })
    expect(next(at(3, 10, 2), at(3, 9, 3))).toEqual({ due: false, nextAtMs: at(3, 10, 3) })
    expect(next(at(3, 10, 2))).toEqual({ due: true, nextAtMs: at(3, 10, 2) })
  })

  it('makes one a day, whatever the hours at which the PC is on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 23 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }),
        (hour, steps) => {
          const made: PlannedBackup[] = []
          let nowMs = at(3, 1, 8)
          for (const hours of steps) {
            nowMs += hours * HOUR_MS
            let madeAtUpMs: number | undefined
            const plan = () => planBackup(made, hour, moment(nowMs, { upMs: 60_000, madeAtUpMs }))
            if (plan().due) {
              made.push({ number: made.length + 1, atMs: nowMs })
              madeAtUpMs = 60_000
            }
            expect(plan().due).toBe(false)
            expect(plan().nextAtMs).toBeGreaterThan(nowMs)
            expect(plan().nextAtMs - nowMs).toBeLessThanOrEqual(DAY_MS + HOUR_MS)
          }
          const days = new Set(made.map(({ atMs }) => Math.floor((atMs - at(3, 1, hour)) / DAY_MS)))
          expect(made.length).toBeLessThanOrEqual(days.size + 1)
        },
      ),
    )
  })
})

describe('by a clock that cannot be believed', () => {
  /** What such a clock says to a node that has run for `upMs` on its day `day`, which begins at `realMs`. */
  type Clock = (realMs: number, upMs: number, day: number) => number
  const begins = (realMs: number) => (_: number, upMs: number) => realMs + upMs
  const clocks: [string, Clock][] = [
    ['stands', () => at(6, 1, 12)],
    ['begins with the year 2000 at each start', begins(at(1, 1, 0, 2000))],
    ['begins an hour before the backup’s at each start', begins(at(1, 1, 2, 2000))],
    ['begins in the evening of 2099 at each start', begins(at(12, 31, 20, 2099))],
    [
      'stood in 2099 first and in 2000 then',
      (_, upMs, day) => (day < 5 ? at(1, 1, 0, 2099) : at(1, 1, 0, 2000) + upMs),
    ],
    ['is set back by two days at each start', (realMs, upMs, day) => realMs + upMs - 3 * day * DAY_MS],
    [
      'jumps between 2000 and today each hour',
      (realMs, upMs) => (Math.floor(upMs / HOUR_MS) % 2 === 0 ? at(1, 1, 0, 2000) + upMs : realMs + upMs),
    ],
    ['is right', (realMs, upMs) => realMs + upMs],
  ]

  it.each(clocks)('that %s, a PC that is on for a working day makes about one each day', (_what, clock) => {
    const made = run(clock, 30, 10)
    expect(made.length).toBeGreaterThanOrEqual(29)
    expect(made.length).toBeLessThanOrEqual(33)
  })

  it.each(clocks.filter(([what]) => !what.includes('start')))(
    'that %s, a PC that is never switched off makes about one each day',
    (_what, clock) => {
      const made = run((realMs, upMs) => clock(realMs, upMs, 0), 1, 30 * 24)
      expect(made.length).toBeGreaterThanOrEqual(29)
      // Where each hour says something else, two that are half a day apart are no harm.
      expect(made.length).toBeLessThanOrEqual(61)
    },
  )

  it('and may say anything at each look, never is a day without one, and none is half a day after another', () => {
    const times = fc.array(fc.integer({ min: 0, max: at(1, 1, 0, 2100) }), { minLength: 240, maxLength: 240 })
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 23 }), (timesMs, hour) => {
        const upTimes = run((_realMs, upMs) => timesMs[Math.floor(upMs / HOUR_MS)] ?? 0, 1, 239, hour)
        for (const [i, upMs] of upTimes.entries()) {
          const apart = upMs - (upTimes[i - 1] ?? -DAY_MS)
          expect(apart).toBeLessThanOrEqual(DAY_MS + HOUR_MS)
          expect(apart).toBeGreaterThanOrEqual(DAY_MS / 2)
        }
        expect(upTimes.at(-1)).toBeGreaterThanOrEqual(239 * HOUR_MS - DAY_MS - HOUR_MS)
      }),
    )
  })

  /** @returns for how long the node had run whenever one was made, which asked when it started and each hour */
  function run(clock: Clock, days: number, hours: number, hour = 3): number[] {
    const made: PlannedBackup[] = []
    const upTimes: number[] = []
    for (let day = 0; day < days; day++) {
      let madeAtUpMs: number | undefined
      for (let upMs = START_MS; upMs < hours * HOUR_MS; upMs += HOUR_MS) {
        const says = (up: number) => clock(at(3, 2 + day, 8), up, day)
        const now = { nowMs: says(upMs), startedAtMs: says(0), upMs, madeAtUpMs, hasChanged: true }
        if (!planBackup(made, hour, now).due) continue
        madeAtUpMs = upMs
        made.push({ number: made.length + 1, atMs: now.nowMs })
        upTimes.push(upMs)
        const expired = new Set(expiredBackups(made))
        for (const { number } of made.slice(-BACKUP_DEFAULTS.newest)) {
          expect([...expired].map((backup) => backup.number)).not.toContain(number)
        }
      }
    }
    return upTimes
  }
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
