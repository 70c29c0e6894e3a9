import { beforeEach, expect, it } from 'vitest'
import { Refreshes } from '../../../local-node/sync/refreshes.ts'

let nowMs: number
let refreshes: Refreshes

beforeEach(() => {
  nowMs = 1000
  refreshes = new Refreshes(() => nowMs)
})

const product = (id: string) => ({ collection: 'products', id })

it('asks for a document once in thirty seconds, however often it is opened', () => {
  expect(refreshes.add(product('p1'))).toBe(true)
  refreshes.settle([product('p1')])
  nowMs += 29_999
  expect(refreshes.add(product('p1'))).toBe(false)
  expect(refreshes.add({ collection: 'orders', id: 'p1' })).toBe(true)
  nowMs += 1
  expect(refreshes.add(product('p1'))).toBe(true)
  expect(refreshes.list()).toEqual([{ collection: 'orders', id: 'p1' }, product('p1')])
})

it('asks for no document twice at once, though the first question takes longer than that', () => {
  refreshes.add(product('p1'))
  nowMs += 60_000
  expect(refreshes.add(product('p1'))).toBe(false)
  expect(refreshes.size).toBe(1)
})

it('asks for twenty at once, and for others when those are answered', () => {
  const ids = Array.from({ length: 20 }, (_, i) => product(`p${i}`))
  expect(ids.map((one) => refreshes.add(one))).not.toContain(false)
  expect(refreshes.add(product('more'))).toBe(false)
  refreshes.settle(ids.slice(0, 1))
  expect(refreshes.add(product('more'))).toBe(true)
  expect(refreshes.size).toBe(20)
})

it('remembers the last five hundred, so that its memory stays bounded', () => {
  for (let i = 0; i <= 500; i++) {
    refreshes.add(product(`p${i}`))
    refreshes.settle([product(`p${i}`)])
  }
  expect(refreshes.add(product('p500'))).toBe(false)
  expect(refreshes.add(product('p1'))).toBe(false)
  expect(refreshes.add(product('p0'))).toBe(true)
})

it('keeps nothing of those that nobody is asked for any more: they may be opened again at once', () => {
  refreshes.add(product('p1'))
  refreshes.settle([product('p1')])
  refreshes.add(product('p2'))
  refreshes.drop()
  expect(refreshes.list()).toEqual([])
  expect(refreshes.add(product('p1'))).toBe(false)
  expect(refreshes.add(product('p2'))).toBe(true)
})
