import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { branchExceptions } from '../../../adapters/exchange/branch-exceptions.ts'
import { cloudExceptions } from '../../../adapters/exchange/cloud-exceptions.ts'
import type { ExceptionDesk } from '../../../adapters/exchange/exception-desk.ts'
import { takeKept } from '../../../adapters/http/exception-retry.ts'
import { ClientPush } from '../../../adapters/http/client-push.ts'
import { ROW_STATE } from '../../../adapters/sqlite/document-row.ts'
import type { Doc } from '../../../schemas/json.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { SimulatedChain, type SimulatedBranch } from '../../support/simulated-chain.ts'

let folder: { path: string; remove: () => void }
let chain: SimulatedChain
let branch: SimulatedBranch
let other: SimulatedBranch
/** What headquarters, or the branch, cannot take: documents that say this. */
let poison: { cloud: string | undefined; branch: string | undefined }
let woken: number

beforeEach(() => {
  folder = temporaryFolder()
  chain = new SimulatedChain(folder.path, ['b1', 'b2'])
  ;[branch, other] = chain.branches as [SimulatedBranch, SimulatedBranch]
  poison = { cloud: undefined, branch: undefined }
  woken = 0
  chain.cloud.replica.store.derive((_write, changes) => {
    const words = poison.cloud
    if (words !== undefined && changes.some(({ doc }) => JSON.stringify(doc).includes(words))) {
      throw new OutpostError('DOCUMENT_INVALID', 'headquarters cannot take this', { field: 'note' })
    }
  })
  // What cannot be held is told before anything of it is stored.
  const { replica } = branch.branch
  const { validate } = replica
  Object.assign(replica, {
    validate: (...[declaration, doc]: Parameters<typeof validate>) =>
      poison.branch !== undefined && JSON.stringify(doc).includes(poison.branch)
        ? { code: 'DOCUMENT_INVALID', field: 'name', reason: 'this branch cannot hold it' }
        : validate(declaration, doc),
  })
})

afterEach(() => {
  chain.close()
  folder.remove()
})

const LIMITS = () => ({ branchId: 'b1', scopes: ['shared', 'b1'] })

function here(): ExceptionDesk {
  const { branch: side } = branch
  return branchExceptions(side, { take: takeKept(side, LIMITS), wake: () => void (woken += 1) })
}

function atHeadquarters(): ExceptionDesk {
  const { cloud } = chain
  return cloudExceptions(cloud, { take: takeKept(cloud, LIMITS) })
}

const order = (id: string, fields: Doc = {}): Doc => ({
  id,
  branchId: 'b1',
  number: id,
  placedAt: '2026-01-01T00:00:00.000Z',
  status: 'paid',
  round: 1,
  lines: [],
  total: 1,
  currency: 'CNY',
  ...fields,
})
const PRODUCT = { id: 'p1', name: 'Tea', price: 100, currency: 'CNY' }

const sell = (id: string, fields: Doc = {}) => chain.write(branch, 'orders', order(id, fields))
const stored = (at: { replica: SimulatedBranch['branch']['replica'] }, id: string, collection = 'orders') =>
  at.replica.store.table(collection).row(id)
const only = (desk: ExceptionDesk) => {
  const { exceptions } = desk.list()
  expect(exceptions).toHaveLength(1)
  return exceptions[0]!
}

async function cycles(count: number, of = branch): Promise<void> {
  for (let i = 0; i < count; i++) await of.cycle.run()
}

/** An edit of an order that headquarters has, or an order that it never had, is refused until it is parked. */
async function parkOrder(isKnown: boolean): Promise<string> {
  if (isKnown) {
    sell('o1', { note: 'as sold' })
    await cycles(1)
  }
  poison.cloud = 'poison'
  sell('o1', { note: 'poison' })
  await cycles(3)
  expect(stored(branch.branch, 'o1')!.state).toBe(ROW_STATE.parked)
  return only(here()).id
}

/** Afterwards the branch, its neighbour and headquarters hold the same, and nobody has anything left. */
async function expectConverged(): Promise<void> {
  await chain.heal()
  for (const { cycle, branch: side } of chain.branches) {
    expect(cycle.status().verdict.state).toBe('in-sync')
    expect(side.backlog().documents).toBe(0)
    for (const { name } of side.replica.store.declarations) {
      for (const scope of ['shared', side.branchId]) {
        expect(side.replica.store.digest(name, scope)).toEqual(chain.cloud.replica.store.digest(name, scope))
      }
    }
  }
}

describe('what headquarters refuses', () => {
  it('is tried by itself twice more, then waits for a person, and says so', async () => {
    poison.cloud = 'poison'
    sell('o1', { note: 'poison' })
    await cycles(1)
    expect(only(here())).toMatchObject({ waiting: true, standing: 'retry' })
    await cycles(2)
    const view = only(here())
    expect(view).toMatchObject({ direction: 'push', documentId: 'o1', tries: 3, waiting: false, standing: 'parked' })
    expect(view).toMatchObject({ code: 'DOCUMENT_INVALID', field: 'note', retry: 'send', discard: 'replace' })
    expect(view.id).toMatch(/^x[0-9a-f]{12}$/)
    await cycles(2)
    expect(only(here())).toEqual(view)
  })

  it('leaves with the next cycle after a retry, with three new tries, and is cleared when it arrives', async () => {
    const id = await parkOrder(false)
    expect(here().retry(id)).toMatchObject({ does: 'send', exception: { id } })
    expect(woken).toBe(1)
    await cycles(2)
    expect(only(here())).toMatchObject({ tries: 2, waiting: true })
    poison.cloud = undefined
    await cycles(1)
    expect(here().list().exceptions).toEqual([])
    await expectConverged()
  })

  it('is replaced by a newer state, which has three tries of its own', async () => {
    const id = await parkOrder(false)
    sell('o1', { note: 'poison too' })
    expect(only(here())).toMatchObject({ id, standing: 'pending', retry: 'send', discard: 'forget' })
    await cycles(1)
    expect(only(here())).toMatchObject({ id, waiting: true })
    expect(here().show(id).document).toMatchObject({ note: 'poison too' })
    sell('o1', { note: 'corrected' })
    await expectConverged()
    expect(here().list().exceptions).toEqual([])
  })

  it('is sent again in a lane of its own, behind everything fresh', async () => {
    const id = await parkOrder(false)
    here().retry(id)
    const pushed: string[][] = []
    const push = chain.cloud.push.bind(chain.cloud)
    chain.cloud.push = (branchId, request) => {
      pushed.push(request.documents.map(({ document }) => document['id'] as string))
      return push(branchId, request)
    }
    for (let i = 0; i < 12; i++) sell(`fresh${i}`)
    await cycles(1)
    expect(pushed.flat()).toHaveLength(13)
    expect(pushed.at(-1)).toEqual(['o1'])
  })

  it('stays as it is while a person only looks what would happen', async () => {
    const id = await parkOrder(false)
    const before = here().show(id)
    expect(here().retry(id, true)).toMatchObject({ dryRun: true, does: 'send' })
    expect(here().discard(id, true)).toMatchObject({ dryRun: true, does: 'replace', stored: { note: 'poison' } })
    expect(await here().retryAll({}, true)).toEqual({ dryRun: true, retried: 1, refused: 0, skipped: 0 })
    expect(here().show(id)).toEqual(before)
    expect(woken).toBe(0)
  })

  it('is cleared when headquarters’ own state takes in all that it says', async () => {
    await parkOrder(true)
    poison.cloud = undefined
    const { doc } = stored(branch.branch, 'o1')!
    const table = chain.cloud.replica.store.table('orders')
    // Somebody at headquarters has written the very same state in.
    chain.cloud.replica.store.transaction('test', (write) =>
      table.write(write, table.row('o1'), { ...doc }, { state: ROW_STATE.clean, origin: '' }),
    )
    await cycles(1)
    expect(here().list().exceptions).toEqual([])
    await expectConverged()
  })
})

describe('a discard at the branch', () => {
  it('puts headquarters’ state in the place of the branch’s, and both hold the same again', async () => {
    const id = await parkOrder(true)
    const outcome = here().discard(id)
    expect(outcome).toMatchObject({ does: 'replace', discarded: { id, document: { note: 'poison' } } })
    expect(woken).toBe(1)
    expect(only(here())).toMatchObject({ direction: 'pull', code: 'DISCARDED', waiting: true, documentId: 'o1' })
    await expectConverged()
    expect(stored(branch.branch, 'o1')!.doc).toMatchObject({ note: 'as sold' })
    expect(stored(chain.cloud, 'o1')!.doc).toMatchObject({ note: 'as sold' })
    expect(here().list().exceptions).toEqual([])
  })

  it('is newer than what was discarded, so that a tablet that holds that gives it up too', async () => {
    const id = await parkOrder(true)
    const tablet = stored(branch.branch, 'o1')!.doc
    here().discard(id)
    await expectConverged()
    const push = new ClientPush({
      replica: branch.branch.replica,
      declaration: branch.branch.replica.store.declarations.find(({ name }) => name === 'orders')!,
      exceptions: branch.branch.exceptions,
    })
    const { _rev, _meta, _attachments, ...held } = tablet
    const [answer] = push.take(LIMITS(), [{ newDocumentState: held }])
    expect(answer).toMatchObject({ note: 'as sold' })
    expect(stored(branch.branch, 'o1')!.state).toBe(ROW_STATE.clean)
  })

  it('takes headquarters’ state as it is where no write could say it, such as a status that was reached', async () => {
    sell('o1', { status: 'created' })
    await cycles(1)
    poison.cloud = '"cancelled"'
    sell('o1', { status: 'cancelled' })
    await cycles(3)
    here().discard(only(here()).id)
    await expectConverged()
    expect(stored(branch.branch, 'o1')!.doc).toMatchObject({ status: 'created' })
  })

  it('deletes here what headquarters never had, and headquarters hears nothing of it', async () => {
    const id = await parkOrder(false)
    here().discard(id)
    await expectConverged()
    expect(stored(branch.branch, 'o1')!.doc).toMatchObject({ _deleted: true })
    expect(stored(chain.cloud, 'o1')).toBeUndefined()
    expect(branch.branch.replica.store.countLive('orders')).toBe(0)
    expect(here().list().exceptions).toEqual([])
  })

  it('leaves alone what is written after it', async () => {
    const id = await parkOrder(true)
    here().discard(id)
    sell('o1', { note: 'corrected' })
    await expectConverged()
    expect(stored(chain.cloud, 'o1')!.doc).toMatchObject({ note: 'corrected' })
    expect(here().list().exceptions).toEqual([])
  })

  it('holds though the branch restarts before headquarters has answered, and is not done twice', async () => {
    const id = await parkOrder(true)
    here().discard(id)
    const waiting = only(here())
    expect(() => here().discard(waiting.id)).toThrow(expect.objectContaining({ code: 'EXCEPTION_STANDS' }))
    branch.faults = ['lose-request', 'lose-request', 'lose-request']
    await cycles(1)
    await chain.restart(branch)
    await expectConverged()
    expect(stored(branch.branch, 'o1')!.doc).toMatchObject({ note: 'as sold' })
  })

  it('of a newer state that waits to be sent only forgets what failed before', async () => {
    const id = await parkOrder(true)
    sell('o1', { note: 'corrected' })
    expect(here().discard(id)).toMatchObject({ does: 'forget' })
    await expectConverged()
    expect(stored(chain.cloud, 'o1')!.doc).toMatchObject({ note: 'corrected' })
  })
})

describe('what a branch cannot take from headquarters', () => {
  async function parkProduct(): Promise<void> {
    await chain.heal()
    poison.branch = 'Tea'
    chain.writeAtCloud('products', PRODUCT)
    await cycles(4)
    expect(only(here())).toMatchObject({ direction: 'pull', documentId: 'p1', tries: 3, standing: 'absent' })
  }

  it('stands on both sides, is asked for again after a retry here, and is cleared on both when it is taken', async () => {
    await parkProduct()
    expect(only(atHeadquarters())).toMatchObject({ direction: 'pull', branchId: 'b1', tries: 3, standing: 'settled' })
    poison.branch = undefined
    await cycles(2)
    expect(stored(branch.branch, 'p1', 'products')).toBeUndefined()
    expect(here().retry(only(here()).id)).toMatchObject({ does: 'ask' })
    await cycles(1)
    expect(stored(branch.branch, 'p1', 'products')!.doc).toMatchObject({ name: 'Tea' })
    expect([here().list().exceptions, atHeadquarters().list().exceptions]).toEqual([[], []])
    await expectConverged()
  })

  it('is handed out again after a retry at headquarters', async () => {
    await parkProduct()
    poison.branch = undefined
    expect(atHeadquarters().retry(only(atHeadquarters()).id)).toMatchObject({ does: 'resend' })
    await expectConverged()
    expect([here().list().exceptions, atHeadquarters().list().exceptions]).toEqual([[], []])
  })

  it('is forgotten after a discard, and comes with the next comparison of both sides', async () => {
    await parkProduct()
    here().discard(only(here()).id)
    expect(here().list().exceptions).toEqual([])
    poison.branch = undefined
    await expectConverged()
    expect(stored(branch.branch, 'p1', 'products')!.doc).toMatchObject({ id: 'p1' })
    expect(atHeadquarters().list().exceptions).toEqual([])
  })

  it('has tries of its own on both sides when headquarters changes it', async () => {
    await parkProduct()
    chain.writeAtCloud('products', { id: 'p1', price: 120 })
    const request = { ...branch.branch.standpoint(), class: 20, limit: 10, wanted: [] }
    const page = chain.cloud.pull('b1', request)
    const receipts = branch.branch.applyPage(20, page, 0)
    chain.cloud.receipts('b1', { ...branch.branch.standpoint(), class: 20, delivery: page.delivery, receipts })
    expect(only(here())).toMatchObject({ tries: 1, waiting: true })
    expect(only(atHeadquarters())).toMatchObject({ tries: 1, waiting: true })
  })

  it('is only cleared where headquarters no longer has it', async () => {
    const { exceptions, replica } = chain.cloud
    const of = { direction: 'pull', branchId: 'b1', collection: 'products', id: 'gone' } as const
    replica.store.transaction('test', () => exceptions.fail({ ...of, code: 'SCOPE', reason: 'r' }, 0, 3))
    expect(atHeadquarters().retry(only(atHeadquarters()).id)).toMatchObject({ does: 'done' })
    expect(atHeadquarters().list().exceptions).toEqual([])
  })
})

describe('what a client of the branch has sent and the node has refused', () => {
  const push = (newDocumentState: Doc, assumedMasterState?: Doc) => {
    const { replica, exceptions } = branch.branch
    const declaration = replica.store.declarations.find(({ name }) => name === 'orders')!
    const client = new ClientPush({ replica, declaration, exceptions })
    return client.take(LIMITS(), [{ newDocumentState, ...(assumedMasterState && { assumedMasterState }) }])
  }

  it('is tried again from its kept state, told when it is refused once more, and forgotten when it got in', async () => {
    poison.branch = 'poison'
    push(order('o1', { note: 'poison' }))
    const { id } = only(here())
    expect(only(here())).toMatchObject({ direction: 'client', standing: 'absent', retry: 'take', discard: 'forget' })
    expect(here().retry(id)).toMatchObject({ does: 'take', refused: { code: 'DOCUMENT_INVALID', field: 'name' } })
    expect(only(here())).toMatchObject({ id, waiting: false })
    poison.branch = undefined
    const retried = here().retry(id)
    expect(retried).toMatchObject({ does: 'take' })
    expect(retried).not.toHaveProperty('refused')
    expect(here().list().exceptions).toEqual([])
    await expectConverged()
    expect(stored(chain.cloud, 'o1')!.doc).toMatchObject({ note: 'poison' })
  })

  it('is written anew where the client had handed back the clock that it was given', async () => {
    push(order('o1'))
    const { _rev, _meta, _attachments, ...given } = stored(branch.branch, 'o1')!.doc
    poison.branch = '0 sorts'
    push({ ...given, note: '0 sorts before 1' }, given)
    poison.branch = undefined
    here().retry(only(here()).id)
    expect(stored(branch.branch, 'o1')!.doc).toMatchObject({ note: '0 sorts before 1' })
    await expectConverged()
  })

  it('is not lost when the document is sent to headquarters meanwhile, or refused there', async () => {
    push(order('o1'))
    poison.branch = 'wish'
    push({ ...order('o1', { note: 'wish' }) })
    poison.branch = undefined
    sell('o1', { number: 'renamed' })
    await cycles(1)
    expect(only(here())).toMatchObject({ direction: 'client' })
    poison.cloud = 'poison'
    sell('o1', { note: 'poison' })
    await cycles(3)
    const found = here().list().exceptions
    expect(found.map(({ direction }) => direction).toSorted()).toEqual(['client', 'push'])
  })

  it('is forgotten by a discard, which tells it once more', () => {
    poison.branch = 'poison'
    push(order('o1', { note: 'poison' }))
    const outcome = here().discard(only(here()).id)
    expect(outcome).toMatchObject({ does: 'forget', discarded: { document: { id: 'o1', note: 'poison' } } })
    expect(here().list().exceptions).toEqual([])
  })
})

describe('an order in two states that exclude each other', () => {
  it('can neither be tried again nor discarded: a person opens the next round', async () => {
    sell('o1')
    await cycles(1)
    sell('o1', { status: 'refunded' })
    chain.writeAtCloud('orders', { id: 'o1', status: 'closed' })
    await expectConverged()
    for (const desk of [here(), atHeadquarters()]) {
      const { id, ...view } = only(desk)
      expect(view).not.toHaveProperty('retry')
      expect(view).not.toHaveProperty('discard')
      const refused = expect.objectContaining({
        code: 'EXCEPTION_STANDS',
        message: expect.stringContaining('next round') as string,
      }) as Error
      expect(() => desk.retry(id)).toThrow(refused)
      expect(() => desk.discard(id)).toThrow(refused)
      expect(await desk.retryAll()).toEqual({ dryRun: false, retried: 0, refused: 0, skipped: 1 })
    }
    sell('o1', { status: 'closed', round: 2 })
    await expectConverged()
    expect([here().list().exceptions, atHeadquarters().list().exceptions]).toEqual([[], []])
  })
})

describe('what came back from headquarters’ own lost past', () => {
  /** A branch holds a state that headquarters wrote and has lost. */
  async function lose(before: Doc | undefined): Promise<string> {
    if (before) chain.writeAtCloud('products', before)
    await chain.heal()
    const { store } = other.branch.replica
    const table = store.table('products')
    chain.write(other, 'products', { ...PRODUCT, name: 'Lost tea' })
    const { doc, seq } = table.row('p1')!
    store.transaction('test', (write) => table.settle(write, 'p1', seq, ROW_STATE.clean))
    const { _rev, _meta, _attachments, ...state } = doc
    const of = { direction: 'here', branchId: 'b2', collection: 'products', id: 'p1', code: 'LOST_FUTURE' } as const
    const failure = { ...of, reason: 'came back', document: JSON.stringify(state) }
    chain.cloud.replica.store.transaction('test', () => chain.cloud.exceptions.fail(failure, 0, 3))
    expect(only(atHeadquarters())).toMatchObject({ retry: 'restore', discard: 'withdraw' })
    return only(atHeadquarters()).id
  }
  const names = () =>
    [chain.cloud, branch.branch, other.branch].map((at) => {
      const doc = stored(at, 'p1', 'products')?.doc
      return doc?.['_deleted'] === true ? 'deleted' : doc?.['name']
    })

  it.each([undefined, PRODUCT])('goes to every branch after a retry; headquarters had %j', async (before) => {
    const id = await lose(before)
    atHeadquarters().retry(id)
    await expectConverged()
    expect(names()).toEqual(['Lost tea', 'Lost tea', 'Lost tea'])
    expect(atHeadquarters().list().exceptions).toEqual([])
  })

  it('stays away after a discard, and branches delete theirs', async () => {
    const id = await lose(undefined)
    const outcome = atHeadquarters().discard(id)
    expect(outcome).toMatchObject({ does: 'withdraw', discarded: { document: { name: 'Lost tea' } } })
    await expectConverged()
    expect(names()).toEqual(['deleted', 'deleted', 'deleted'])
    expect(atHeadquarters().list().exceptions).toEqual([])
  })

  it('gives way after a discard to what headquarters has', async () => {
    const id = await lose(PRODUCT)
    atHeadquarters().discard(id)
    await expectConverged()
    expect(names()).toEqual(['Tea', 'Tea', 'Tea'])
  })

  it('is decided once where several branches have brought the same back, and again where one brings more', async () => {
    const id = await lose(undefined)
    const { exceptions, replica } = chain.cloud
    const [row] = exceptions.find(id)
    const state = JSON.parse(row!.document!) as Doc
    const newer = {
      ...state,
      price: 900,
      clock: { r: { ...(state['clock'] as { r: object }).r, price: '1zzzzzzzz0000b3' } },
    }
    replica.store.transaction('test', () => {
      exceptions.fail({ ...row!, branchId: 'b1' }, 0, 3)
      exceptions.fail({ ...row!, branchId: 'b3', document: JSON.stringify(newer) }, 0, 3)
    })
    atHeadquarters().retry(id)
    expect(only(atHeadquarters())).toMatchObject({ branchId: 'b3' })
    atHeadquarters().retry(only(atHeadquarters()).id)
    await expectConverged()
    expect(stored(branch.branch, 'p1', 'products')!.doc).toMatchObject({ name: 'Lost tea', price: 900 })
    expect(atHeadquarters().list().exceptions).toEqual([])
  })

  it('is not written where it no longer fits, and stands as before', async () => {
    const id = await lose(undefined)
    const { exceptions, replica } = chain.cloud
    const [row] = exceptions.find(id)
    const broken = { ...row!, document: JSON.stringify({ id: 'p1', clock: { r: {} } }) }
    replica.store.transaction('test', () => exceptions.fail(broken, 0, 3))
    expect(() => atHeadquarters().retry(id)).toThrow(expect.objectContaining({ code: 'DOCUMENT_INVALID' }))
    expect(only(atHeadquarters()).id).toBe(id)
  })
})

describe('the list', () => {
  function fail(id: string, atMs: number, fields: object = {}): void {
    const { exceptions, replica } = chain.cloud
    const of = { direction: 'pull', branchId: 'b1', collection: 'products', id } as const
    const failure = { ...of, code: 'SCOPE', reason: 'r', ...fields }
    replica.store.transaction('test', () => exceptions.fail(failure, atMs, 3))
  }

  it('comes in pages, newest first, each once, though several failed at the same moment', () => {
    for (let i = 0; i < 25; i++) fail(`p${i}`, Math.floor(i / 4))
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = atHeadquarters().list({ limit: 7, ...(after !== undefined && { after }) })
      expect(page.exceptions.length).toBeLessThanOrEqual(7)
      seen.push(...page.exceptions.map(({ documentId }) => documentId))
      after = page.next
    } while (after !== undefined)
    expect(seen).toHaveLength(25)
    expect(new Set(seen).size).toBe(25)
    const moments = seen.map((id) => Math.floor(Number(id.slice(1)) / 4))
    expect(moments).toEqual(moments.toSorted((a, b) => b - a))
  })

  it('is narrowed to a collection, a branch, and what is still tried', () => {
    fail('p1', 1)
    fail('o1', 2, { collection: 'orders' })
    fail('p2', 3, { branchId: 'b2' })
    const { exceptions, replica } = chain.cloud
    const waits = { direction: 'pull', branchId: 'b1', collection: 'products', id: 'p3' } as const
    replica.store.transaction('test', () => exceptions.fail({ ...waits, code: 'SCOPE', reason: 'r' }, 4))
    const ids = (query: Parameters<ExceptionDesk['list']>[0]) =>
      atHeadquarters()
        .list(query)
        .exceptions.map(({ documentId }) => documentId)
    expect(ids({})).toEqual(['p3', 'p2', 'o1', 'p1'])
    expect(ids({ collection: 'products' })).toEqual(['p3', 'p2', 'p1'])
    expect(ids({ branch: 'b2' })).toEqual(['p2'])
    expect(ids({ waiting: 'true' })).toEqual(['p3'])
    expect(ids({ waiting: 'false', branch: 'b1' })).toEqual(['o1', 'p1'])
  })

  it('carries states only when asked for, and then no more of them than a page should hold', () => {
    const document = JSON.stringify({ id: 'x', note: 'x'.repeat(3 * 2 ** 20) })
    for (let i = 0; i < 5; i++) fail(`p${i}`, i, { document })
    expect(JSON.stringify(atHeadquarters().list()).length).toBeLessThan(5000)
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = atHeadquarters().list({ documents: 'true', ...(after !== undefined && { after }) })
      expect(page.exceptions.length).toBeLessThanOrEqual(2)
      seen.push(...page.exceptions.map(({ documentId }) => documentId))
      after = page.next
    } while (after !== undefined)
    expect(seen).toEqual(['p4', 'p3', 'p2', 'p1', 'p0'])
  })

  it('names an exception by the same id again, by the beginning of it too, and never by two', () => {
    fail('p1', 1)
    const { id } = only(atHeadquarters())
    const { exceptions, replica } = chain.cloud
    replica.store.transaction('test', () => exceptions.clear('pull', 'b1', 'products', 'p1'))
    expect(() => atHeadquarters().show(id)).toThrow(expect.objectContaining({ code: 'EXCEPTION_UNKNOWN' }))
    fail('p1', 2)
    expect(only(atHeadquarters()).id).toBe(id)
    expect(atHeadquarters().show(id.slice(0, 6)).documentId).toBe('p1')
    for (let i = 2; i < 400; i++) fail(`p${i}`, i)
    expect(() => atHeadquarters().show('x')).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }))
  })

  it('masks the phones of what it shows, keeps them in what it exports, and tells none in an id or a reason', () => {
    const document = JSON.stringify({ id: '13957041207', phone: '+8613957041207', note: 'n', clock: { r: {} } })
    fail('13957041207', 1, { collection: 'members', document, reason: 'not 139 5704 1207' })
    const { id } = only(atHeadquarters())
    const shown = JSON.stringify([atHeadquarters().list(), atHeadquarters().show(id)])
    expect(shown.replace(/"id":"13957041207"/, '')).not.toMatch(/13957041207|139 5704/)
    expect(atHeadquarters().show(id).document).toMatchObject({ phone: '139****1207', note: 'n' })
    const [exported] = atHeadquarters().list({ documents: 'true' }).exceptions
    expect(exported!.document).toMatchObject({ phone: '+8613957041207' })
  })

  it('retries all that wait for a person, page after page, one that fails again among them', async () => {
    poison.cloud = 'poison'
    for (let i = 0; i < 7; i++) sell(`o${i}`, { note: 'poison' })
    await cycles(8)
    expect(
      here()
        .list()
        .exceptions.filter(({ waiting }) => !waiting),
    ).toHaveLength(7)
    expect(await here().retryAll({ collection: 'products' })).toMatchObject({ retried: 0 })
    expect(await here().retryAll()).toEqual({ dryRun: false, retried: 7, refused: 0, skipped: 0 })
    poison.cloud = undefined
    await cycles(3)
    await expectConverged()
    expect(here().list().exceptions).toEqual([])
  })
})
