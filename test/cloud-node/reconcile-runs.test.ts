/** Which runs are kept, and what one of them closes of what others have found. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Store } from '../../adapters/sqlite/store.ts'
import { ReconcileRuns, type EndedRun, type NewRun } from '../../cloud-node/reconcile-runs.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { ReconcileFigures } from '../../schemas/protocol/reconciliation.ts'
import { temporaryFolder } from '../support/node-process.ts'

const RIGHT: ReconcileFigures = {
  documents: 0,
  rows: 0,
  different: 0,
  repaired: 0,
  open: 0,
  inFlight: 0,
  parked: 0,
}
const WRONG = { ...RIGHT, different: 150, open: 150 }

let folder: ReturnType<typeof temporaryFolder>
let store: Store
let runs: ReconcileRuns

beforeEach(() => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: false })
  runs = new ReconcileRuns(store)
})
afterEach(() => {
  store.close()
  folder.remove()
})

function ran(wanted: Partial<NewRun>, figures = RIGHT, state: EndedRun['state'] = 'done', atMs = 1): number {
  const { id } = runs.begin({ mirror: 'm', kind: 'all', scope: {}, dryRun: false, fromSeq: 0, ...wanted }, atMs)
  runs.end(id, { state, figures }, atMs)
  return id
}

describe('a check of orders that have come to their end', () => {
  test('closes no other one: it is about its own orders', () => {
    const first = ran({ kind: 'closed', fromSeq: 7 }, WRONG, 'waiting')
    const second = ran({ kind: 'closed', fromSeq: 9 }, { ...RIGHT, different: 1, open: 1 })
    expect(runs.open()).toEqual({ documents: 151, waiting: [first] })
    ran({ kind: 'closed', fromSeq: 7, approves: first })
    expect([runs.open(), runs.run(first).state, runs.run(second).open]).toEqual([
      { documents: 1, waiting: [] },
      'approved',
      1,
    ])
  })

  test('is closed by a run over all that was written since before it, and by one over everything', () => {
    const old = ran({ kind: 'closed', fromSeq: 7 }, WRONG, 'waiting')
    const later = ran({ kind: 'closed', fromSeq: 9 }, WRONG, 'waiting')
    ran({ kind: 'recent', fromSeq: 8 })
    expect([runs.open(), runs.run(later).state]).toEqual([{ documents: 150, waiting: [old] }, 'done'])
    ran({})
    expect(runs.open()).toEqual({ documents: 0, waiting: [] })
  })
})

describe('a dry run', () => {
  test('takes nothing from a person that waits for one, and nothing counts twice by it', () => {
    const waiting = ran({}, WRONG, 'waiting')
    ran({ dryRun: true }, { ...WRONG, different: 151, open: 151 })
    expect([runs.open(), runs.run(waiting).state]).toEqual([{ documents: 151, waiting: [waiting] }, 'waiting'])
    ran({ dryRun: true }, { ...WRONG, different: 149, open: 149 })
    expect(runs.open()).toEqual({ documents: 149, waiting: [waiting] })
    ran({ approves: waiting })
    expect(runs.open()).toEqual({ documents: 0, waiting: [] })
  })

  test('of a table takes nothing from one of another, whose documents count beside its own', () => {
    const waiting = ran({ scope: { table: 'orders' } }, WRONG, 'waiting')
    ran({ scope: { table: 'product' }, dryRun: true }, { ...RIGHT, different: 2, open: 2 })
    expect(runs.open()).toEqual({ documents: 152, waiting: [waiting] })
  })
})

describe('the last thousand are kept', () => {
  /** What is there by now is older than the last thousand. */
  function aThousandLater(): void {
    const last = ran({ kind: 'recent', fromSeq: 1 })
    store.transaction('test', () => {
      store.prepare('UPDATE reconcile_run SET id = id + 1000 WHERE id = ?').run(last)
    })
    ran({ kind: 'recent', fromSeq: 2 })
  }

  test('and of older ones those with something open, with what differs', () => {
    const done = ran({ kind: 'closed', fromSeq: 1 })
    const waiting = ran({ kind: 'closed', fromSeq: 0 }, WRONG, 'waiting')
    const difference = { collection: 'orders', id: 'o1', cause: 'changed', outcome: 'open', rows: [] } as const
    const stays = runs.begin({ mirror: 'm', kind: 'closed', scope: {}, dryRun: false, fromSeq: 0 }, 1).id
    runs.end(stays, { state: 'done', figures: { ...RIGHT, different: 1, open: 1 }, differences: [difference] }, 1)
    aThousandLater()
    expect(runs.open()).toEqual({ documents: 151, waiting: [waiting] })
    expect(runs.report(stays).differences).toEqual([difference])
    expect(() => runs.run(done)).toThrow(`there is no run ${done}`)
    expect(runs.list(10)).toHaveLength(4)
  })

  test("and each mirror's last one over everything, from which the next one is counted", () => {
    ran({}, RIGHT, 'done', 90)
    ran({}, RIGHT, 'done', 100)
    ran({ mirror: 'books' }, RIGHT, 'done', 110)
    ran({}, RIGHT, 'failed', 120)
    aThousandLater()
    expect([runs.lastBegun('m', 'all'), runs.lastBegun('books', 'all')]).toEqual([100, 110])
    expect(runs.list(10)).toHaveLength(4)
  })
})
