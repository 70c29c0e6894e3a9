/** The comparisons that headquarters makes, on real stores and MariaDB; only the hours are the test's. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { withLocalFields } from '../../adapters/exchange/local-fields.ts'
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import { createChangeFeed } from '../../adapters/sqlite/store-change-feed.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { Mirrors } from '../../cloud-node/mirrors.ts'
import type { ReconcilePlan } from '../../cloud-node/reconcile-schedule.ts'
import { Reconciliation, type ReconciliationParts } from '../../cloud-node/reconciliation.ts'
import type { Hlc } from '../../schemas/brand.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { eraseDocument } from '../../schemas/erasure.ts'
import type { Doc } from '../../schemas/json.ts'
import type { ReconcileReport, ReconciliationStatus } from '../../schemas/protocol/reconciliation.ts'
import { line, member, order, product, statusBecomes } from '../adapters/mysql/mirror-fixture.ts'
import { lockTable } from '../support/lock-table.ts'
import { createTestDatabase, type TestDatabase } from '../support/mysql-database.ts'
import { temporaryFolder } from '../support/node-process.ts'

const NEVER: ReconcilePlan = { repairUpTo: 2, timeZone: 'UTC' }
const VERDICT = { id: 'b1', verdict: { state: 'in-sync' } } as const

let folder: ReturnType<typeof temporaryFolder>
let store: Store
let db: TestDatabase
let mirrors: Mirrors
const log: string[] = []
const write = (level: string) => (_details: object, message: string) => void log.push(`${level}: ${message}`)
const LOG = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
const running: Reconciliation[] = []

beforeEach(async () => {
  folder = temporaryFolder()
  db = await createTestDatabase()
  store = new Store({ file: join(folder.path, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: false })
  mirrors = new Mirrors({
    targets: [{ name: 'outpost', url: db.url, declarations: COLLECTIONS }],
    store,
    feed: createChangeFeed(store),
    log: LOG,
  })
  mirrors.start()
})
afterEach(async () => {
  vi.useRealTimers()
  for (const one of running.splice(0)) await one.stop()
  await mirrors.stop()
  await db.drop()
  store.close()
  folder.remove()
  log.length = 0
})

function partsOf(plan: ReconcilePlan, takeChanges = () => Promise.resolve()): ReconciliationParts {
  return {
    store,
    feed: createChangeFeed(store),
    mirrors: {
      names: mirrors.names,
      named: (name) => mirrors.named(name),
      takeChanges,
      countAgain: (name) => mirrors.countAgain(name),
    },
    plan,
    branches: () => [VERDICT],
    nowMs: () => Date.now(),
    log: LOG,
  }
}

function reconciliation(plan: ReconcilePlan = NEVER, takeChanges = () => Promise.resolve()): Reconciliation {
  const made = new Reconciliation(partsOf(plan, takeChanges))
  made.start()
  running.push(made)
  return made
}

function put(collection: string, ...docs: Doc[]): void {
  store.transaction('test', (context) => {
    for (const doc of docs) {
      store
        .table(collection)
        .put(context, withLocalFields(doc, undefined, store.epoch), { state: ROW_STATE.clean, origin: '' })
    }
  })
}

async function products(): Promise<void> {
  put('products', product('tea'), product('rice'), product('salt'), product('oil'))
  await mirrors.named('outpost').level()
}

/** Resolves at the change itself. */
function statusWhere(
  one: Reconciliation,
  is: (status: ReconciliationStatus) => boolean,
): Promise<ReconciliationStatus> {
  return new Promise((resolve) => {
    const look = (): void => {
      const status = one.status()!
      if (!is(status)) return
      unsubscribe()
      resolve(status)
    }
    const unsubscribe = one.onChange(look)
    look()
  })
}

async function ended(one: Reconciliation, id: number): Promise<ReconcileReport> {
  await statusWhere(one, ({ running: now }) => now?.id !== id)
  return one.report(id)
}

const run = async (one: Reconciliation, wanted: Parameters<Reconciliation['begin']>[0] = {}) =>
  ended(one, (await one.begin(wanted)).id)

describe('what a person asks for', () => {
  test('repairs what differs, keeps what it was and why, and closes what was only looked at before', async () => {
    const one = reconciliation()
    await products()
    await db.query("UPDATE product SET price = 1 WHERE id = 'tea'")
    const looked = await run(one, { dryRun: true })
    expect(looked).toMatchObject({ state: 'done', dryRun: true, different: 1, repaired: 0, open: 1 })
    expect(one.status()).toMatchObject({ open: 1, waiting: [], last: { id: looked.id } })

    const repaired = await run(one)
    expect(repaired).toMatchObject({
      state: 'done',
      kind: 'all',
      documents: 4,
      rows: 4,
      different: 1,
      repaired: 1,
      open: 0,
      branches: [VERDICT],
      differences: [
        {
          collection: 'products',
          id: 'tea',
          cause: 'changed',
          outcome: 'repaired',
          rows: [{ table: 'product', key: ['tea'], fields: [{ column: 'price', expected: '450', found: '1' }] }],
        },
      ],
    })
    expect(one.status()).toMatchObject({ open: 0, waiting: [] })
    expect(one.report(looked.id)).toMatchObject({ open: 0, differences: [{ outcome: 'open' }] })
    expect(one.list().map(({ id }) => id)).toEqual([repaired.id, looked.id])
    expect(await run(one)).toMatchObject({ different: 0, differences: [] })
  })

  test('with documents that MySQL refuses it is not logged that all rows are as they should be', async () => {
    const allIsWell = 'info: the rows of the mirror are as their documents say'
    const one = reconciliation()
    await products()
    expect(await run(one)).toMatchObject({ state: 'done', parked: 0 })
    expect(log.filter((line) => line === allIsWell)).toHaveLength(1)
    await db.query(
      "CREATE TRIGGER refuse BEFORE INSERT ON product FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not now'",
    )
    put('products', product('flour'))
    await mirrors.named('outpost').level()
    expect(await run(one)).toMatchObject({ state: 'done', different: 0, parked: 1 })
    expect(log.filter((line) => line === allIsWell)).toHaveLength(1)
    expect(log).toContain(
      'warn: documents that MySQL refuses have no rows as they say; the other rows are as theirs say',
    )
  })

  test('above the number waits for a person, says so in the log, and is repaired once approved', async () => {
    const one = reconciliation()
    await products()
    await db.query('UPDATE product SET price = 1')
    const waiting = await run(one)
    expect(waiting).toMatchObject({ state: 'waiting', different: 4, repaired: 0, open: 4 })
    expect(one.status()).toMatchObject({ open: 4, waiting: [waiting.id] })
    expect(log).toContain('error: more rows differ from their documents than is repaired without a person')
    expect(await db.query('SELECT DISTINCT price FROM product')).toEqual([{ price: 1 }])

    const approved = await ended(one, (await one.approve(waiting.id)).id)
    expect(approved).toMatchObject({ state: 'done', approves: waiting.id, different: 4, repaired: 4, open: 0 })
    expect(one.report(waiting.id)).toMatchObject({ state: 'approved', open: 0 })
    expect(one.status()).toMatchObject({ open: 0, waiting: [] })
    await expect(one.approve(waiting.id)).rejects.toThrow(`run ${waiting.id} waits for nobody: it is approved`)
  })

  test('goes on one at a time, about tables that there are', async () => {
    const one = reconciliation()
    await products()
    const first = await one.begin({})
    await expect(one.begin({})).rejects.toMatchObject({ code: 'RECONCILING' })
    await ended(one, first.id)
    await expect(one.begin({ table: 'nothing' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(one.begin({ mirror: 'books' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(() => one.report(99)).toThrow('there is no run 99')
    expect(await run(one, { table: 'order_line' })).toMatchObject({ table: 'order_line', documents: 0 })
  })

  test('is about a branch that there is, and about something that can be of one, or of a day', async () => {
    const one = reconciliation()
    await expect(one.begin({ branch: 'nowhere' })).rejects.toMatchObject({ code: 'BRANCH_UNKNOWN', field: 'branch' })
    const ofBranch = one.begin({ table: 'product', branch: 'b1' })
    await expect(ofBranch).rejects.toMatchObject({ code: 'BAD_REQUEST', field: 'branch' })
    const ofDay = one.begin({ table: 'product', date: '2026-03-01' })
    await expect(ofDay).rejects.toMatchObject({ code: 'BAD_REQUEST', field: 'date' })
    expect(one.list()).toEqual([])
    expect(await run(one, { branch: 'b1' })).toMatchObject({ state: 'done', branches: [VERDICT] })
  })

  test('has the rows counted again, which another program may have taken away', async () => {
    const one = reconciliation()
    await products()
    const counted = () => mirrors.status()[0]!.rows['product']
    await expect.poll(counted, { timeout: 10_000 }).toBe(4)
    await db.query('TRUNCATE product')
    expect(await run(one, { dryRun: true })).toMatchObject({ state: 'done', different: 4 })
    await expect.poll(counted, { timeout: 10_000 }).toBe(0)
  })

  test('fails where MySQL is not followed, and says why', async () => {
    const one = reconciliation()
    await products()
    await mirrors.pause('outpost')
    await db.query('UPDATE product SET price = 1')
    expect(await run(one)).toMatchObject({ state: 'failed', error: { code: 'MIRROR_UNAVAILABLE' } })
  })

  test('fails where a table is gone, says that it is written anew, and finds all as it should be afterwards', async () => {
    const one = reconciliation()
    await products()
    await db.query('DROP TABLE product')
    expect(await run(one)).toMatchObject({
      state: 'failed',
      error: { code: 'MIRROR_TABLES', message: expect.stringContaining('writes it anew') as string },
    })
    const mirror = mirrors.named('outpost')
    await statusBecomes(
      mirror,
      ({ state, written, filling }) => state === 'running' && written === 8 && !filling.length,
    )
    expect(await run(one)).toMatchObject({ state: 'done', documents: 4, rows: 4, different: 0 })
  })

  test('says so once too where the table goes while it is under way', async () => {
    const one = reconciliation(NEVER, async () => void (await db.query('DROP TABLE product')))
    await products()
    await db.query('UPDATE product SET price = 1')
    const { state, error } = await run(one)
    expect(state).toBe('failed')
    expect(error?.message.match(/writes it anew/g)).toHaveLength(1)
  })

  test('is stopped with the node, and one that was killed is not shown as running', async () => {
    const one = reconciliation()
    await products()
    const { id } = await one.begin({})
    await one.stop()
    expect(one.report(id)).toMatchObject({ state: 'stopped', error: { message: 'the node was stopped' } })
    store.transaction('test', () => void store.prepare("UPDATE reconcile_run SET state = 'running'").run())
    expect(reconciliation().report(id)).toMatchObject({ state: 'stopped', error: { message: 'the node was stopped' } })
  })

  test('can be stopped by a person: it keeps what it has found, and the next one may begin', async () => {
    const one = reconciliation()
    put('orders', order('o1', [line('tea')]))
    await products()
    await db.query("UPDATE orders SET note = 'by hand' WHERE id = 'o1'")
    const unlock = await lockTable(db, 'product')
    const { id } = await one.begin({})
    await statusWhere(one, ({ running: now }) => now?.different === 1)
    expect(await one.stopRun(id)).toMatchObject({ state: 'stopped', different: 1, repaired: 0, open: 1 })
    const report = one.report(id)
    expect(report).toMatchObject({ differences: [{ id: 'o1', cause: 'changed', outcome: 'open' }] })
    expect(report.error).toBeUndefined()
    expect(one.status()).toMatchObject({ open: 1, waiting: [], last: { id, state: 'stopped' } })
    await unlock()

    expect(await run(one)).toMatchObject({ state: 'done', different: 1, repaired: 1, documents: 5 })
    expect(one.status()).toMatchObject({ open: 0 })
    await expect(one.stopRun(id)).rejects.toThrow(`run ${id} is not under way: it is stopped`)
    await expect(one.stopRun(99)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('forgets the values of a member that is erased, whenever that was', async () => {
    const one = reconciliation()
    put('members', member('m1'), member('m2'))
    await mirrors.named('outpost').level()
    await db.query("UPDATE member SET name = 'by hand'")
    const { id, differences } = await run(one)
    expect(differences).toHaveLength(2)
    const { merge } = COLLECTIONS.find(({ name }) => name === 'members')!
    put('members', eraseDocument(merge, member('m1'), '0mbz1p7k00000001hq' as Hlc))
    expect(one.report(id).differences.map((difference) => difference.id)).toEqual(['m2'])
  })
})

describe('by itself', () => {
  test('an order is compared once it has come to its end, and kept only where it differs', async () => {
    const one = reconciliation()
    put('orders', order('o1', [line('tea')]), order('o2', [line('tea')]), order('o3', []))
    await mirrors.named('outpost').level()
    await db.query(
      "CREATE TRIGGER meddle BEFORE UPDATE ON orders FOR EACH ROW SET NEW.note = IF(NEW.id = 'o2', 'meddled', NEW.note)",
    )
    put('orders', order('o1', [line('tea')], { status: 'closed' }), order('o2', [line('tea')], { status: 'refunded' }))
    const { last } = await statusWhere(one, ({ closed, running: now }) => closed === 2 && !now)
    expect(one.report(last!.id)).toMatchObject({
      kind: 'closed',
      differences: [{ id: 'o2', cause: 'changed', outcome: 'repaired', rows: [{ fields: [{ column: 'note' }] }] }],
    })
    expect(one.list()).toHaveLength(1)
  })

  test('orders that differ at their end wait for a person above the number, who has them repaired and nothing else', async () => {
    const one = reconciliation()
    const orders = ['o1', 'o2', 'o3'].map((id) => order(id, [line('tea')]))
    put('orders', ...orders)
    await products()
    await db.query("CREATE TRIGGER meddle BEFORE UPDATE ON orders FOR EACH ROW SET NEW.note = 'meddled'")
    put('orders', ...orders.map((doc) => ({ ...doc, status: 'closed' })))
    const { waiting } = await statusWhere(one, ({ closed, running: now }) => closed === 3 && !now)
    const [id] = waiting
    expect(one.report(id!)).toMatchObject({ kind: 'closed', state: 'waiting', different: 3, repaired: 0, open: 3 })
    expect(log).toContain('error: more rows differ from their documents than is repaired without a person')

    await db.query('DROP TRIGGER meddle')
    await db.query('UPDATE product SET price = 7')
    const approved = await ended(one, (await one.approve(id!)).id)
    expect(approved).toMatchObject({ kind: 'closed', approves: id, documents: 3, different: 3, repaired: 3, open: 0 })
    expect(await db.query('SELECT DISTINCT price FROM product')).toEqual([{ price: 7 }])
    expect(one.status()).toMatchObject({ open: 0, waiting: [] })
  })

  test('what a check has found is kept although the node is stopped before it is repaired', async () => {
    let asked = 0
    // The first question is what differs, the second one would be the repair.
    const takeChanges = () => (++asked === 1 ? Promise.resolve() : new Promise<void>(() => undefined))
    const one = reconciliation(NEVER, takeChanges)
    await mirrors.named('outpost').level()
    await db.query("CREATE TRIGGER meddle BEFORE INSERT ON orders FOR EACH ROW SET NEW.note = 'meddled'")
    put('orders', order('o1', [], { status: 'closed' }))
    await vi.waitUntil(() => asked === 2, { timeout: 10_000 })
    await one.stop()
    const [kept] = one.list()
    expect(one.report(kept!.id)).toMatchObject({ kind: 'closed', state: 'stopped', differences: [{ id: 'o1' }] })
    expect(one.status()).toMatchObject({ open: 1 })
  })

  test('a person who asks is answered at once while orders are checked, and may think better of it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const one = reconciliation()
    put('orders', order('o1', [], { status: 'closed' }))
    await mirrors.named('outpost').level()
    const unlock = await lockTable(db, 'orders')
    await vi.advanceTimersByTimeAsync(1000)
    const { id } = await one.begin({})
    expect(await one.stopRun(id)).toMatchObject({ state: 'stopped', documents: 0 })
    const next = await one.begin({})
    await expect(one.begin({})).rejects.toMatchObject({ code: 'RECONCILING' })
    expect(one.status()).toMatchObject({ closed: 0, running: { id: next.id, state: 'running' } })
    await unlock()
    expect(await ended(one, next.id)).toMatchObject({ state: 'done', documents: 1, different: 0 })
    expect(one.status()).toMatchObject({ closed: 1 })
    expect(one.report(id)).toMatchObject({ state: 'stopped' })
  })

  test('recent documents are compared at their time, everything at its own; what was missed is made up for', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.parse('2026-03-06T10:01:00Z') })
    const plan = { ...NEVER, recent: '*/15 * * * *', all: '0 2 * * 0' }
    const one = reconciliation(plan)
    put('products', product('tea'), product('rice'))
    expect(one.status()!.next).toEqual({ recent: '2026-03-06T10:15:00.000Z', all: '2026-03-08T02:00:00.000Z' })
    const until = async (at: string, runs: number): Promise<void> => {
      await vi.advanceTimersByTimeAsync(Date.parse(at) - Date.now())
      await statusWhere(one, ({ running: now }) => !now && one.list().length === runs)
    }
    await until('2026-03-06T10:15:01Z', 1)
    expect(one.list()[0]).toMatchObject({ kind: 'recent', state: 'done', documents: 2 })

    // Written since, so looked at; the rest is left to Sunday.
    put('products', product('rice', { price: 5 }))
    await mirrors.named('outpost').level()
    await db.query('UPDATE product SET price = 1')
    await until('2026-03-06T10:30:01Z', 2)
    expect(one.report(2)).toMatchObject({ documents: 1, different: 1, repaired: 1, differences: [{ id: 'rice' }] })
    await one.stop()

    // The node was off on Sunday at two.
    vi.setSystemTime(Date.parse('2026-03-08T09:00:00Z'))
    store.transaction('test', () => void store.prepare("UPDATE reconcile_run SET kind = 'all' WHERE id = 1").run())
    const two = reconciliation(plan)
    await statusWhere(two, ({ running: now }) => !now && two.list().length === 3)
    await vi.advanceTimersByTimeAsync(15 * 60_000)
    await statusWhere(two, ({ running: now }) => !now && two.list().length === 4)
    expect(two.list().map(({ kind, different, repaired }) => [kind, different, repaired])).toEqual([
      ['recent', 0, 0],
      ['all', 1, 1],
      ['recent', 1, 1],
      ['all', 0, 0],
    ])
  })

  test('a Sunday that a person has stopped is not made up for, one that the node was stopped in is', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.parse('2026-03-08T01:59:59Z') })
    const plan = { ...NEVER, recent: '*/15 * * * *', all: '0 2 * * 0' }
    put('products', product('tea'))
    await mirrors.named('outpost').level()
    const one = reconciliation({ ...plan, recent: undefined })
    await run(one)
    const unlock = await lockTable(db, 'product')
    await vi.advanceTimersByTimeAsync(2000)
    const { running: sunday } = await statusWhere(one, ({ running: now }) => now !== undefined)
    await one.stopRun(sunday!.id)
    await one.stop()
    await unlock()

    const kindsAt = async (at: string, runs: number) => {
      const next = reconciliation(plan)
      await statusWhere(next, ({ running: now }) => !now && next.list().length === runs - 1)
      await vi.advanceTimersByTimeAsync(Date.parse(at) - Date.now())
      await statusWhere(next, ({ running: now }) => !now && next.list().length === runs)
      await next.stop()
      return next.list().map(({ kind, state }) => `${kind} ${state}`)
    }
    expect(await kindsAt('2026-03-08T02:15:01Z', 3)).toEqual(['recent done', 'all stopped', 'all done'])
    store.transaction('test', () => void store.prepare("UPDATE reconcile_run SET state = 'running' WHERE id = 2").run())
    expect((await kindsAt('2026-03-08T02:30:01Z', 5)).slice(0, 2)).toEqual(['recent done', 'all done'])
  })

  test('a node that is always off at the hour makes up for it when it starts', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.parse('2026-03-06T10:01:00Z') })
    const plan = { ...NEVER, all: '0 2 * * 0' }
    await products()
    await reconciliation(plan).stop()
    vi.setSystemTime(Date.parse('2026-03-07T09:00:00Z'))
    const saturday = reconciliation(plan)
    expect(saturday.list()).toEqual([])
    await saturday.stop()

    vi.setSystemTime(Date.parse('2026-03-09T09:00:00Z'))
    const monday = reconciliation(plan)
    await statusWhere(monday, ({ running: now }) => !now && monday.list()[0]?.kind === 'all')
    expect(monday.list()).toMatchObject([{ state: 'done', documents: 4 }])
  })

  test('a mirror that missed its Sunday is made up for alone', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.parse('2026-03-06T10:01:00Z') })
    const names = ['outpost', 'books']
    const parts = { ...partsOf({ ...NEVER, all: '0 2 * * 0' }) }
    const two = () => {
      const made = new Reconciliation({
        ...parts,
        mirrors: { ...parts.mirrors, names, named: () => mirrors.named('outpost') },
      })
      made.start()
      running.push(made)
      return made
    }
    await products()
    await two().stop()
    vi.setSystemTime(Date.parse('2026-03-08T03:00:00Z'))
    const sunday = two()
    await statusWhere(sunday, ({ running: now }) => !now && sunday.list().length === 2)
    await sunday.stop()
    store.transaction('test', () => void store.prepare("DELETE FROM reconcile_run WHERE mirror = 'books'").run())
    const later = two()
    await statusWhere(later, ({ running: now }) => !now && later.list().length === 2)
    expect(later.list().map(({ mirror }) => mirror)).toEqual(['books', 'outpost'])
  })

  test('everything is gone over once on a Sunday, although recent documents have their turn at the same minute', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.parse('2026-03-08T01:59:59Z') })
    await products()
    const one = reconciliation({ ...NEVER, recent: '*/15 * * * *', all: '0 2 * * 0' })
    await run(one)
    await vi.advanceTimersByTimeAsync(2000)
    await statusWhere(one, ({ running: now }) => !now && one.list()[0]?.kind === 'recent')
    expect(one.list().map(({ kind }) => kind)).toEqual(['recent', 'all', 'all'])
  })
})
