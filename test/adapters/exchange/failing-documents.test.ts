import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FailedAlone } from '../../../adapters/exchange/failed-alone.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

let folder: { path: string; remove: () => void }
let chain: SimulatedChain
let branch: SimulatedBranch
let failing: { readonly id: string; readonly error: () => unknown }[]

beforeEach(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  folder = temporaryFolder()
  chain = new SimulatedChain(folder.path, ['b1'])
  branch = chain.branches[0]!
  failing = []
  chain.cloud.replica.store.derive((_write, changes) => {
    for (const { doc } of changes) for (const { id, error } of failing) if (doc['id'] === id) throw error()
  })
})

afterEach(() => {
  chain.close()
  folder.remove()
  vi.restoreAllMocks()
})

let requests = 0
/** Says something else each time. */
const BUG = () => new TypeError(`cannot read what is not there, request ${++requests}`)

function sell(id: string): void {
  const facts = { branchId: 'b1', number: id, placedAt: '2026-01-01T00:00:00.000Z', status: 'paid', round: 1 }
  chain.write(branch, 'orders', { id, ...facts, lines: [], total: 1, currency: 'CNY' })
}

const arrived = (id: string) => chain.cloud.replica.store.table('orders').get(id) !== undefined

describe('a document that headquarters fails at, for a reason that nobody has foreseen', () => {
  it.each([
    ['a bug', BUG],
    ['a bug that has a code', () => new OutpostError('INTERNAL', 'nobody decided this')],
    ['no error at all', () => 'thrown'],
  ])('ends among the exceptions though nothing else is sent, and what follows arrives: %s', async (_what, error) => {
    failing.push({ id: 'bad', error })
    sell('bad')
    await branch.cycle.run()
    expect(branch.cycle.status().lastError?.code).toBeDefined()
    expect(branch.branch.exceptions.list()).toEqual([])
    sell('good1')
    await branch.cycle.run()
    for (let cycles = 0; cycles < 4; cycles++) await branch.cycle.run()
    sell('good2')
    await branch.cycle.run()
    expect(branch.branch.exceptions.list()).toMatchObject([{ id: 'bad', code: 'INTERNAL', tries: 3 }])
    expect([arrived('good1'), arrived('good2'), arrived('bad')]).toEqual([true, true, false])
    expect(branch.cycle.status().lastError).toBeUndefined()
  })

  it('is tried twice when it is alone, so that a chance failure rejects nothing', async () => {
    failing.push({ id: 'bad', error: BUG })
    sell('bad')
    await branch.cycle.run()
    failing = []
    await branch.cycle.run()
    expect(arrived('bad')).toBe(true)
    expect(branch.branch.exceptions.list()).toEqual([])
  })

  it('lets go of the rest when several fail together', async () => {
    for (const id of ['bad1', 'bad2', 'bad3']) failing.push({ id, error: BUG })
    for (const { id } of failing) sell(id)
    for (let cycles = 0; cycles < 12; cycles++) await branch.cycle.run()
    expect(branch.branch.exceptions.list()).toHaveLength(3)
    expect(branch.branch.exceptions.countParked()).toBe(3)
    sell('good')
    await branch.cycle.run()
    expect(arrived('good')).toBe(true)
  })

  it('is rejected no more once it has been changed and headquarters can take it', async () => {
    failing.push({ id: 'bad', error: BUG })
    sell('bad')
    for (let cycles = 0; cycles < 5; cycles++) await branch.cycle.run()
    failing = []
    chain.write(branch, 'orders', { id: 'bad', note: 'corrected' })
    await branch.cycle.run()
    expect(arrived('bad')).toBe(true)
    expect(branch.branch.exceptions.list()).toEqual([])
  })
})

describe('a failure of the store', () => {
  it.each(['DISK_FULL', 'DISK_FAILED', 'STORE_LOCKED', 'STORE_READ_ONLY'] as const)(
    'is no fault of a document, however often it comes: %s',
    async (code) => {
      failing.push({ id: 'o1', error: () => new OutpostError(code, 'the disk') })
      sell('o1')
      sell('o2')
      for (let cycles = 0; cycles < 6; cycles++) await branch.cycle.run()
      expect(branch.branch.exceptions.list()).toEqual([])
      expect(branch.cycle.status().lastError).toMatchObject({ code })
      failing = []
      await branch.cycle.run()
      expect([arrived('o1'), arrived('o2')]).toEqual([true, true])
    },
  )
})

describe('the memory of what failed alone', () => {
  const state = (seq: number) => ({ branchId: 'b1', collection: 'orders', id: 'o1', seq })

  it('knows a state and the kind of its failure, whatever the message says', () => {
    const failures = new FailedAlone()
    failures.note(state(1), BUG())
    expect(failures.has(state(1), BUG())).toBe(true)
    expect(failures.has(state(1), new RangeError('another'))).toBe(false)
    expect(failures.has(state(2), BUG())).toBe(false)
    expect(failures.has({ ...state(1), branchId: 'b2' }, BUG())).toBe(false)
  })

  it('forgets the oldest beyond its limit', () => {
    const failures = new FailedAlone(2)
    for (const seq of [1, 2, 1, 3]) failures.note(state(seq), BUG())
    expect([1, 2, 3].map((seq) => failures.has(state(seq), BUG()))).toEqual([true, false, true])
  })
})
