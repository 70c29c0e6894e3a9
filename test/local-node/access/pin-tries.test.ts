import { expect, it } from 'vitest'
import { begunTry, NO_TRIES, pinWaitMs, waitingOn } from '../../../local-node/access/pin-tries.ts'
import { pinProblem } from '../../../schemas/protocol/staff.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')

it('lets five be wrong, then waits ever longer, a quarter of an hour at most', () => {
  let tries = NO_TRIES
  const waits = Array.from({ length: 12 }, () => {
    tries = begunTry(tries, NOW)
    return pinWaitMs(tries, NOW) / 1000
  })
  expect(waits).toEqual([0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900])
})

it('is over when the time is', () => {
  const tries = { wrong: 5, lastMs: NOW }
  expect(pinWaitMs(tries, NOW + 29_999)).toBe(1)
  expect(pinWaitMs(tries, NOW + 30_000)).toBe(0)
})

it('waits no longer than it would have when the clock was set back by a year', () => {
  const tries = { wrong: 5, lastMs: NOW }
  const yearBefore = NOW - 365 * 86_400_000
  expect(pinWaitMs(tries, yearBefore)).toBe(30_000)
  expect(pinWaitMs(waitingOn(tries, yearBefore), yearBefore + 30_000)).toBe(0)
  expect(waitingOn(tries, NOW + 1)).toBe(tries)
})

it.each(['0000', '1234', '4321', '123456', '987654', '1212', '12341234', '123123', '7890', '2580', '5201314'])(
  'refuses the PIN %s, which a thief tries first',
  (pin) => {
    expect(pinProblem(pin, 'cashier')).toBe('guessable')
  },
)

it.each(['', '123', '12345678901', '12a4', '１２３４', ' 8317', '8317\n', '-831'])('takes "%s" for no PIN', (pin) => {
  expect(pinProblem(pin, 'cashier')).toBe('form')
})

it.each(['8317', '0417', '1984', '2846193057'])('takes the PIN %s', (pin) => {
  expect(pinProblem(pin, 'cashier')).toBeUndefined()
})

it('wants six digits of a manager', () => {
  for (const pin of ['8317', '83174']) expect(pinProblem(pin, 'manager')).toBe('form')
  expect(pinProblem('831746', 'manager')).toBeUndefined()
  expect(pinProblem('123456', 'manager')).toBe('guessable')
})
