import { describe, expect, it } from 'vitest'
import { DOCTOR_LIMITS, judgeBackup, judgeClock, judgeDisk } from '../../../adapters/doctor/judge.ts'
import { toldError, worst } from '../../../adapters/doctor/finding.ts'

const MB = 1_000_000
const HOUR_MS = 3_600_000
const NOW_MS = Date.UTC(2026, 2, 10)

describe('the doctor', () => {
  it.each([
    [0, 'ok', 'within 1 s'],
    [DOCTOR_LIMITS.clockMs, 'ok', 'within 60 s'],
    [-61_000, 'warning', '61 s behind'],
    [3 * HOUR_MS, 'warning', '3 h ahead of'],
    [-26 * 365 * 24 * HOUR_MS, 'warning', '9490 days behind'],
  ] as const)('takes a clock that is off by %i ms for %s', (offsetMs, state, words) => {
    expect(judgeClock(offsetMs)).toMatchObject({ state, message: expect.stringContaining(words) as string })
  })

  it.each([
    [5000, 100, 'ok'],
    [1099, 100, 'warning'],
    [199, 100, 'failed'],
  ] as const)('takes %i MB beside a store of %i MB for %s', (free, store, state) => {
    expect(judgeDisk('/data', { free: free * MB, store: store * MB }).state).toBe(state)
  })

  const backup = (ageMs: number, state: 'waiting' | 'off' = 'waiting') => ({
    state,
    folder: '/data/backups',
    last: { file: 'x.sqlite', at: new Date(NOW_MS - ageMs).toISOString(), bytes: 1 },
  })

  it('wants a backup that is younger than two days', () => {
    expect(judgeBackup(backup(47 * HOUR_MS), NOW_MS)).toMatchObject({ state: 'ok' })
    expect(judgeBackup(backup(49 * HOUR_MS), NOW_MS)).toMatchObject({ state: 'warning', code: 'BACKUP_FAILED' })
    expect(judgeBackup({ state: 'waiting', folder: '/data/backups' }, NOW_MS).message).toContain('none in /data')
    expect(judgeBackup(backup(49 * HOUR_MS, 'off'), NOW_MS).remedy).toContain('backup.hour')
  })

  it('says why the last backup failed, however young the one before is', () => {
    const lastError = { code: 'DISK_FULL', message: 'no room', at: '2026-03-10T03:00:00.000Z' } as const
    expect(judgeBackup({ ...backup(HOUR_MS), lastError }, NOW_MS)).toMatchObject({ state: 'failed', code: 'DISK_FULL' })
  })

  it('is as worried as its gravest finding', () => {
    const fine = judgeClock(0)
    const late = judgeClock(HOUR_MS)
    const error = { code: 'LINK_FAILED', message: 'away', at: '2026-03-10T03:00:00.000Z' } as const
    expect(worst([fine])).toBe('ok')
    expect(worst([fine, late])).toBe('warning')
    expect(worst([late, toldError('link', 'failed', error), fine])).toBe('failed')
  })
})
