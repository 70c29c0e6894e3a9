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

/** The table as the first version made it. */
const OLD = `
CREATE TABLE exception (
  direction TEXT NOT NULL, branch_id TEXT NOT NULL, collection TEXT NOT NULL, document_id TEXT NOT NULL,
  seq INTEGER NOT NULL, tries INTEGER NOT NULL, code TEXT NOT NULL, field TEXT, reason TEXT NOT NULL, document TEXT,
  first_at REAL NOT NULL, last_at REAL NOT NULL,
  PRIMARY KEY (direction, branch_id, collection, document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX exception_of ON exception (collection);
INSERT INTO exception VALUES ('push', 'b1', 'orders', 'o1', 7, 3, 'SCOPE', NULL, 'r', '{}', 1, 2);
INSERT INTO exception VALUES ('push', 'b1', 'orders', 'o2', -1, 3, 'SCOPE', NULL, 'r', '{}', 1, 3);`

it('takes over what a store of before holds, and tells what a client had sent from what headquarters had refused', () => {
  store.ensureTable(OLD)
  const opened = [new Exceptions(store), new Exceptions(store)]
  for (const exceptions of opened) {
    expect(exceptions.list().map(({ id, direction }) => [id, direction])).toEqual([
      ['o2', 'client'],
      ['o1', 'push'],
    ])
  }
  const [o2, o1] = opened[0]!.list()
  expect([o1!.key, o2!.key].every((key) => /^x[0-9a-f]{12}$/.test(key))).toBe(true)
  expect(opened[0]!.find(o1!.key)).toMatchObject([{ id: 'o1', tries: 3 }])
  // Named as it would be by this version.
  store.transaction('test', () => {
    opened[0]!.clear('push', 'b1', 'orders', 'o1')
    opened[0]!.fail(ORDER, 4)
  })
  expect(opened[0]!.list()[0]!.key).toBe(o1!.key)
})

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
  expect([exceptions.wanted('pull', 9), exceptions.countParked()]).toEqual([[], 2])
  const before = exceptions.list().map(({ key }) => key)
  store.transaction('test', () => exceptions.resetTries({ ...ORDER, direction: 'pull' }))
  expect(exceptions.wanted('pull', 9)).toEqual([{ collection: 'orders', id: 'o1' }])
  expect(exceptions.countParked()).toBe(1)
  expect(exceptions.list().map(({ key }) => key)).toEqual(before)
})
