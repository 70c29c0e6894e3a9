import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Exceptions, MAX_TRIES } from '../../../adapters/exchange/exceptions.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import { temporaryFolder } from '../../support/node-process.ts'

let folder: { path: string; remove: () => void }
let store: Store

beforeEach(() => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 's.sqlite'), declarations: COLLECTIONS, tracksPending: true })
})

afterEach(() => {
  store.close()
  folder.remove()
})

const ORDER = { direction: 'push', branchId: 'b1', collection: 'orders', id: 'o1', code: 'SCOPE', reason: 'r' } as const

it('counts the failures of one state, and those of another anew', () => {
  const exceptions = new Exceptions(store)
  const fail = (seq: number) => store.transaction('test', () => exceptions.fail({ ...ORDER, seq }, 0))
  expect([fail(1), fail(1), fail(1), fail(2)]).toEqual([1, 2, 3, 1])
})

it('keeps its order and its place in time when it is to be tried again', () => {
  const exceptions = new Exceptions(store)
  store.transaction('test', () => {
    exceptions.fail({ ...ORDER, direction: 'pull' }, 1, MAX_TRIES)
    exceptions.fail({ ...ORDER, direction: 'pull', id: 'o2' }, 2, MAX_TRIES)
  })
  expect([exceptions.wanted('pull', ['orders'], 9), exceptions.countParked()]).toEqual([[], 2])
  const before = exceptions.list().map(({ key }) => key)
  store.transaction('test', () => exceptions.resetTries({ ...ORDER, direction: 'pull' }))
  expect(exceptions.wanted('pull', ['orders'], 9)).toEqual([{ collection: 'orders', id: 'o1' }])
  expect(exceptions.wanted('pull', ['products'], 9)).toEqual([])
  expect(exceptions.countParked()).toBe(1)
  expect(exceptions.list().map(({ key }) => key)).toEqual(before)
})
