import { expect, test } from 'vitest'
import {
  choiceOf,
  endsEarly,
  fromLocal,
  paramsOf,
  problemOf,
  toLocal,
  withFilter,
} from '../../../../cloud-node/web/log/log-choice.ts'

test('what is chosen stands in the address, in one order and without what is no filter', () => {
  const choice = choiceOf(new URLSearchParams('to=2026-03-01T10:00:00.000Z&entry=4&branch=north&kind='))
  expect(choice).toEqual({ branch: 'north', to: '2026-03-01T10:00:00.000Z' })
  expect(withFilter(choice, 'code', ' TOO_BUSY ').toString()).toBe(
    'branch=north&code=TOO_BUSY&to=2026-03-01T10%3A00%3A00.000Z',
  )
  expect(paramsOf(choiceOf(withFilter(choice, 'branch', ''))).has('branch')).toBe(false)
})

test('what the node would refuse is said before it is asked', () => {
  expect(problemOf('document', 'o-1')).toBe('document')
  expect(problemOf('document', 'orders/a/b')).toBeUndefined()
  expect(problemOf('request', 'two words')).toBe('request')
  expect(problemOf('request', '')).toBeUndefined()
  expect(problemOf('code', 'anything')).toBeUndefined()
})

test('a moment goes to its field and back as it is', () => {
  expect(fromLocal(toLocal('2026-03-01T10:05:00.000Z'))).toBe('2026-03-01T10:05:00.000Z')
  expect([toLocal(undefined), toLocal('never'), fromLocal('')]).toEqual(['', '', ''])
})

test('what no field could show is as if it were not there, and a time that ends before it begins is said', () => {
  const odd = new URLSearchParams('kind=zzz&outcome=zzz&from=tomorrow&to=2026-03-01T10:00:00.000Z&code=zzz')
  expect(choiceOf(odd)).toEqual({ code: 'zzz', to: '2026-03-01T10:00:00.000Z' })
  const span = (from: string, to: string) => endsEarly({ from: `2026-03-01T${from}Z`, to: `2026-03-01T${to}Z` })
  expect([span('10:00', '09:00'), span('10:00', '10:00'), span('09:00', '10:00'), endsEarly({})]).toEqual([
    true,
    true,
    false,
    false,
  ])
})
