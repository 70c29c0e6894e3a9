import { describe, expect, test } from 'vitest'
import {
  ALERT_RULES,
  areInOrder,
  parseThresholds,
  reached,
  thresholdsInWords,
  USUAL_THRESHOLDS,
} from '../../../adapters/alerts/thresholds.ts'
import { cloudConfigSchema } from '../../../adapters/config/cloud-config.ts'
import { parseConfig } from '../../../adapters/config/parse-config.ts'
import { alertPlan } from '../../../cloud-node/cli/alert-plan.ts'

describe('thresholds', () => {
  test('are those of requirement 003 §5.3 unless somebody sets others', () => {
    expect(USUAL_THRESHOLDS).toMatchObject({
      'success-rate': { critical: 95, warning: 99, notice: 99.9 },
      'consecutive-failures': { critical: 20 },
      differences: { critical: 100 },
      delay: { warning: 180 },
      backlog: { warning: 50 },
      retries: { notice: 10 },
    })
    expect(alertPlan({})).toMatchObject({
      thresholds: USUAL_THRESHOLDS,
      language: 'zh',
      quietHours: undefined,
      repeatMs: 3_600_000,
      timeZone: 'Asia/Shanghai',
      channelFiles: [],
    })
  })

  test('are set by rule', () => {
    const alerts = {
      silentBranch: 'critical 3600, warning 300',
      burnRate: 'off',
      quietHours: '22:00-07:30',
      repeat: 'off',
    } as const
    expect(alertPlan({ alerts, timeZone: 'UTC' })).toMatchObject({
      thresholds: { 'silent-branch': { critical: 3600, warning: 300 }, 'burn-rate': {}, delay: { warning: 180 } },
      quietHours: { from: 1320, to: 450 },
      repeatMs: undefined,
      timeZone: 'UTC',
    })
  })

  test.each(Object.entries(USUAL_THRESHOLDS))('of %s are read as they are written', (_, usual) => {
    expect(parseThresholds(thresholdsInWords(usual))).toEqual(usual)
  })

  test.each([
    '',
    'warning',
    'warning 5 s',
    'fatal 5',
    'warning 5, warning 6',
    'warning -1',
    'warning 5;notice 6',
    'off, warning 5',
  ])('are not "%s"', (text) => expect(parseThresholds(text)).toBeUndefined())

  test.each([
    ['backlog', 'critical 10, warning 50'],
    ['retries', 'critical 60, notice 70'],
    ['success-rate', 'critical 99, warning 95'],
    ['success-rate', 'warning 100.1'],
  ] as const)('of %s are not %s, which would never be told as it says', (rule, text) => {
    expect(areInOrder(rule, parseThresholds(text)!)).toBe(false)
    const key = { backlog: 'backlog', retries: 'retries', 'success-rate': 'successRate' }[rule]
    expect(parseConfig(`alerts:\n  ${key}: ${text}\n`, cloudConfigSchema)).toMatchObject({
      mistakes: [
        { path: ['alerts', key], line: 2, message: expect.stringContaining('the graver the further out') as string },
      ],
    })
  })

  test.each([
    ['backlog', 'critical 50, warning 50'],
    ['disk', 'critical 100, notice 5000'],
    ['success-rate', 'notice 100'],
    ['burn-rate', 'critical 5, warning 6'],
    ['retries', 'off'],
  ] as const)('of %s may be %s', (rule, text) => expect(areInOrder(rule, parseThresholds(text)!)).toBe(true))

  test('that are graver lie further out, so that the gravest one that is reached counts', () => {
    for (const [rule, { usual, isBelow = false }] of Object.entries(ALERT_RULES)) {
      const figures = [usual.critical, usual.warning, usual.notice].filter((one) => one !== undefined)
      expect([rule, figures]).toEqual([rule, figures.toSorted((a, b) => (isBelow ? a - b : b - a))])
    }
    expect(reached(50, { critical: 95, warning: 99 }, true)).toEqual({ level: 'critical', threshold: 95 })
    expect(reached(99, { critical: 95, warning: 99 }, true)).toBeUndefined()
  })
})
