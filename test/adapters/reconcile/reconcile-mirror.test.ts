import { setImmediate } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import type { Mirror } from '../../../adapters/mysql/mirror.ts'
import { documentFilter } from '../../../adapters/reconcile/document-filter.ts'
import {
  reconcileMirror,
  type ReconcileRequest,
  type ReconciledMirror,
  type ReconciledPart,
} from '../../../adapters/reconcile/reconcile-mirror.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { ReconcileScope } from '../../../schemas/protocol/reconciliation.ts'
import { createMirrorFixture, line, order, product, type MirrorFixture } from '../mysql/mirror-fixture.ts'

const ON = new AbortController().signal

function partsOf(mirror: Mirror, scope: ReconcileScope = {}): ReconciledPart[] {
  return mirror.collections.flatMap((collection): ReconciledPart[] => {
    const declaration = COLLECTIONS.find(({ name }) => name === collection.name)!
    const filter = documentFilter(collection, declaration, scope)
    if (filter === 'none') return []
    return [filter === 'all' ? { collection } : { collection, filter }]
  })
}

const reconcile = ({ feed }: MirrorFixture, mirror: Mirror, more: Partial<ReconcileRequest> = {}) =>
  reconcileMirror({ mirror, feed, parts: partsOf(mirror), repairUpTo: 100, signal: ON, ...more })

/** Enough for several chunks; ids that need care among them. */
function fill({ feed }: MirrorFixture, count = 1200): void {
  feed.put('orders', ...Array.from({ length: count }, (_, i) => order(`o${i}`, [line('tea'), line('rice', 0.5)])))
  feed.put('orders', order('ümlaut', [line('tea')]), order('😀', []), order('~', []), order('ends ', []))
  feed.put('products', product('tea'), product('Tea'), product('rice'))
  feed.remove('products', 'rice')
}

describe('a run over rows that are right', () => {
  test('finds nothing, whatever the ids are like, and counts what it looked at', async () => {
    await using fixture = await createMirrorFixture()
    fill(fixture)
    const mirror = fixture.start()
    await mirror.level()
    expect(await reconcile(fixture, mirror)).toEqual({
      documents: 1204 + 3,
      rows: 1200 * 3 + 2 + 1 + 1 + 2,
      different: 0,
      repaired: 0,
      open: 0,
      inFlight: 0,
      // `ends ` cannot be a key.
      parked: 1,
      differences: [],
    })
  })

  test('does not report what is on its way, while a writer goes on beside it', async () => {
    await using fixture = await createMirrorFixture()
    fill(fixture, 600)
    const mirror = fixture.start()
    await mirror.level()
    const done = new AbortController()
    const writer = (async () => {
      for (let n = 0; !done.signal.aborted; n++) {
        const id = `o${(n * 37) % 700}`
        if (n % 11 === 0) fixture.feed.remove('orders', id)
        else fixture.feed.put('orders', order(id, n % 3 === 0 ? [] : [line('tea', n)], { total: n }))
        await setImmediate()
      }
    })()
    const before = fixture.feed.head().seq
    for (let round = 0; round < 2; round++) {
      expect(await reconcile(fixture, mirror)).toMatchObject({ different: 0, repaired: 0, differences: [] })
    }
    expect(fixture.feed.head().seq).toBeGreaterThan(before + 100)
    done.abort()
    await writer
  })
})

describe('a run over rows that were tampered with', () => {
  async function tampered(fixture: MirrorFixture): Promise<Mirror> {
    fill(fixture)
    const mirror = fixture.start()
    await mirror.level()
    const { db } = fixture
    await db.query("UPDATE orders SET total = 1, note = 'by hand' WHERE id = 'o7'")
    await db.query("DELETE FROM order_line WHERE order_id = 'o8' AND line_no = 1")
    await db.query("DELETE FROM orders WHERE id = '😀'")
    await db.query(
      "INSERT INTO orders (id, branch_id, placed_at, ver) VALUES ('made-up', 'b2', '2024-05-02 10:00:00', 0)",
    )
    await db.query("INSERT INTO order_line (order_id, line_no, ver) VALUES ('nobody', 0, 0)")
    await db.query("UPDATE product SET name = 'tEA' WHERE id = 'Tea'")
    await db.query("INSERT INTO product (id, ver) VALUES ('rice', 1)")
    return mirror
  }
  const FOUND = [
    'orders made-up: inserted',
    'orders nobody: inserted',
    'orders o7: changed',
    'orders o8: deleted',
    'orders 😀: deleted',
    'products Tea: changed',
    'products rice: left-behind',
  ]
  const inOrder = (names: readonly string[]) => names.toSorted()
  const named = ({ differences }: Awaited<ReturnType<typeof reconcile>>) =>
    inOrder(differences.map(({ collection, id, cause }) => `${collection} ${id}: ${cause}`))
  const idsOf = ({ differences }: Awaited<ReturnType<typeof reconcile>>) => inOrder(differences.map(({ id }) => id))

  test('names each with its fields and cause, repairs exactly those, and the next one writes nothing', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = await tampered(fixture)
    const found = await reconcile(fixture, mirror)
    expect(named(found)).toEqual(inOrder(FOUND))
    expect(found).toMatchObject({ different: 7, repaired: 7, open: 0 })
    expect(found.differences.every(({ outcome }) => outcome === 'repaired')).toBe(true)
    expect(found.differences.find(({ id }) => id === 'o7')?.rows).toEqual([
      {
        table: 'orders',
        key: ['o7'],
        kind: 'different',
        fields: [
          { column: 'total', expected: '900', found: '1' },
          { column: 'note', expected: null, found: 'by hand' },
        ],
      },
    ])
    const { written } = mirror.status()
    expect(await reconcile(fixture, mirror)).toMatchObject({ different: 0, repaired: 0 })
    expect(mirror.status().written).toBe(written)
  })

  test('writes nothing when it only looks, nor above the number that needs a person; a person has all of it written', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = await tampered(fixture)
    for (const repairUpTo of [0, 6]) {
      expect(await reconcile(fixture, mirror, { repairUpTo })).toMatchObject({ different: 7, repaired: 0, open: 7 })
    }
    expect(await reconcile(fixture, mirror, { repairUpTo: undefined })).toMatchObject({ different: 7, repaired: 7 })
    expect(await reconcile(fixture, mirror)).toMatchObject({ different: 0 })
  })

  test('of a branch or a day finds what is of them, by the document or by the row', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = await tampered(fixture)
    fixture.feed.put('orders', order('far', [], { branchId: 'b2', placedAt: '2024-05-02T00:00:00.000Z' }))
    await mirror.level()
    const look = async (scope: ReconcileScope) =>
      idsOf(await reconcile(fixture, mirror, { parts: partsOf(mirror, scope), repairUpTo: 0 }))
    expect(await look({ branch: 'b1' })).toEqual(inOrder(['😀', 'o7', 'o8']))
    expect(await look({ branch: 'b2' })).toEqual(['made-up'])
    expect(await look({ date: '2024-05-02' })).toEqual(['made-up'])
    expect(await look({ branch: 'b1', date: '2024-05-02' })).toEqual([])
  })

  test('of some documents finds what differs of them only', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = await tampered(fixture)
    const orders = mirror.collections.find(({ name }) => name === 'orders')!
    const changes = [fixture.feed.documents('orders', ['o7', 'o9', '😀'])]
    const found = await reconcile(fixture, mirror, { parts: [{ collection: orders, changes }] })
    expect(idsOf(found)).toEqual(inOrder(['😀', 'o7']))
    expect(found).toMatchObject({ documents: 3, repaired: 2 })
  })

  test('finds a row that would refuse what comes next, and says of one that does not stay repaired that it stays', async () => {
    await using fixture = await createMirrorFixture()
    fill(fixture, 10)
    const mirror = fixture.start()
    await mirror.level()
    await fixture.db.query("UPDATE orders SET ver = ver + (7 << 40) WHERE id = 'o1'")
    await fixture.db.query(
      "CREATE TRIGGER meddle BEFORE INSERT ON orders FOR EACH ROW IF NEW.id = 'o2' THEN SET NEW.total = 5; END IF",
    )
    await fixture.db.query("UPDATE orders SET total = 6 WHERE id = 'o2'")
    const { differences, open } = await reconcile(fixture, mirror)
    expect(differences.map(({ id, cause, outcome }) => [id, cause, outcome])).toEqual([
      ['o1', 'newer-state', 'repaired'],
      ['o2', 'changed', 'stays'],
    ])
    expect(open).toBe(1)
  })

  test('finds rows without end where there are no documents, in pages, and keeps a thousand of them', async () => {
    await using fixture = await createMirrorFixture()
    const mirror = fixture.start()
    await mirror.level()
    await fixture.db.query("INSERT INTO product (id, ver) SELECT CONCAT('x', seq), 0 FROM seq_1_to_2500")
    const found = await reconcile(fixture, mirror)
    expect(found).toMatchObject({ different: 2500, repaired: 0 })
    expect(found.differences).toHaveLength(1000)
    expect(await reconcile(fixture, mirror, { repairUpTo: undefined })).toMatchObject({ repaired: 2500, open: 0 })
    expect(await fixture.db.query('SELECT COUNT(*) AS n FROM product')).toEqual([{ n: 0 }])
  })
})

test('a run that is given up ends at once', async () => {
  await using fixture = await createMirrorFixture()
  fill(fixture)
  const mirror = fixture.start()
  await mirror.level()
  const stop = new AbortController()
  const onProgress = () => stop.abort(new Error('enough'))
  await expect(reconcile(fixture, mirror, { signal: stop.signal, onProgress })).rejects.toThrow('enough')
})

/** The mirror, but for how it settles. */
const settling = (mirror: Mirror, settle: ReconciledMirror['settle']): ReconciledMirror => ({
  name: mirror.name,
  aside: (work) => mirror.aside(work),
  level: (signal) => mirror.level(signal),
  status: () => mirror.status(),
  settle,
})

test('says what it is when the mirror does not get to a question within five minutes', async () => {
  await using fixture = await createMirrorFixture()
  fixture.feed.put('products', product('tea'))
  const mirror = fixture.start()
  await mirror.level()
  await fixture.db.query('UPDATE product SET price = 1')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const asked: (AbortSignal | undefined)[] = []
    const busy = settling(mirror, (_collection, _ids, _repair, signal) => {
      asked.push(signal)
      return new Promise(() => undefined)
    })
    const failed = expect(reconcile(fixture, mirror, { mirror: busy })).rejects.toMatchObject({
      code: 'MIRROR_UNAVAILABLE',
      message: 'the mirror did not get to comparing documents of products within 5 minutes',
    })
    await vi.waitUntil(() => asked.length > 0)
    await vi.advanceTimersByTimeAsync(5 * 60_000)
    await failed
    expect(asked.map((signal) => signal?.aborted)).toEqual([true])
  } finally {
    vi.useRealTimers()
  }
})

test('a repair that was given up before the mirror got to it is not made later', async () => {
  await using fixture = await createMirrorFixture()
  fixture.feed.put('products', product('tea'))
  const mirror = fixture.start()
  await mirror.level()
  await fixture.db.query('UPDATE product SET price = 1')
  const stop = new AbortController()
  let changesTaken = (): void => undefined
  let questions = 0
  const takeChanges = (): Promise<void> => {
    questions += 1
    if (questions === 1) return Promise.resolve()
    stop.abort(new Error('enough'))
    return new Promise((resolve) => (changesTaken = resolve))
  }
  const repairs: boolean[] = []
  const watched = settling(mirror, (collection, ids, repair, signal) => {
    repairs.push(repair)
    return mirror.settle(collection, ids, repair, signal)
  })
  const given = reconcile(fixture, mirror, { mirror: watched, signal: stop.signal, takeChanges })
  await expect(given).rejects.toThrow('enough')
  changesTaken()
  await setImmediate()
  expect(repairs).toEqual([false])
  await mirror.settle('products', ['tea'], false)
  expect(await fixture.db.query('SELECT price FROM product')).toEqual([{ price: 1 }])
})
