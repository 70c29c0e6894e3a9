import { expect, it } from 'vitest'
import { isTooBad } from '../../../../adapters/ui/sync/figure-tones.ts'

it('finds a figure too bad beyond the limits of the requirement, not at them', () => {
  expect([0.999, 0.9989].map((rate) => isTooBad('successRate', rate))).toEqual([false, true])
  expect([300_000, 300_001].map((ms) => isTooBad('meanDelayMs', ms))).toEqual([false, true])
  expect([10, 11].map((count) => isTooBad('failedLastHour', count))).toEqual([false, true])
  expect([100, 101].map((count) => isTooBad('backlog', count))).toEqual([false, true])
})

it('does not judge what nobody has measured', () => {
  expect(isTooBad('successRate', undefined)).toBe(false)
  expect(isTooBad('meanDelayMs', undefined)).toBe(false)
})
