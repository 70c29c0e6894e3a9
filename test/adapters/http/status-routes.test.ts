import { expect, test } from 'vitest'
import { pauseAfter } from '../../../adapters/http/status-routes.ts'

test('a status of few branches is told four times a second, one of hundreds as often as a line of 1.2 Mbit/s takes it', () => {
  expect([0, 3000, 37_500].map(pauseAfter)).toEqual([250, 250, 250])
  expect(pauseAfter(450_000)).toBe(3000)
})
