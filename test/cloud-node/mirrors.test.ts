import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withLocalFields } from '../../adapters/exchange/local-fields.ts'
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import { createChangeFeed } from '../../adapters/sqlite/store-change-feed.ts'
import { Store } from '../../adapters/sqlite/store.ts'
import { SyncRecorder, type SyncNote, type SyncNoteDetails } from '../../adapters/synclog/sync-recorder.ts'
import { Mirrors, type MirrorTarget } from '../../cloud-node/mirrors.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import type { Doc } from '../../schemas/json.ts'
import { product } from '../adapters/mysql/mirror-fixture.ts'
import { createTestDatabase, type TestDatabase } from '../support/mysql-database.ts'
import { temporaryFolder } from '../support/node-process.ts'

const ignore = (): void => undefined
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

let folder: ReturnType<typeof temporaryFolder>
let store: Store
let books: TestDatabase
let shop: TestDatabase
const running: Mirrors[] = []

beforeEach(async () => {
  folder = temporaryFolder()
  store = new Store({ file: join(folder.path, 'store.sqlite'), declarations: COLLECTIONS, tracksPending: false })
  books = await createTestDatabase()
  shop = await createTestDatabase()
})
afterEach(async () => {
  for (const mirrors of running.splice(0)) await mirrors.stop()
  await Promise.all([books.drop(), shop.drop()])
  store.close()
  folder.remove()
})

function start(targets: readonly MirrorTarget[], recorder = new SyncRecorder(SILENT)): Mirrors {
  const mirrors = new Mirrors({ targets, store, feed: createChangeFeed(store), log: SILENT, recorder })
  mirrors.start()
  running.push(mirrors)
  return mirrors
}

function bothTargets(): readonly MirrorTarget[] {
  const onlyProducts = COLLECTIONS.map(({ mirror, ...declaration }) =>
    declaration.name === 'products' && mirror ? { ...declaration, mirror } : declaration,
  )
  return [
    { name: 'books', url: books.url, declarations: COLLECTIONS },
    { name: 'shop', url: shop.url, declarations: onlyProducts },
  ]
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

const names = (db: TestDatabase) => db.query('SELECT id FROM product ORDER BY id')

describe('batches', () => {
  test('are noted with the documents that went into MySQL, and with what kept them from it', async () => {
    const noted: (SyncNote & SyncNoteDetails)[] = []
    const recorder = new SyncRecorder(SILENT)
    recorder.onEntry((note, details) => noted.push({ ...note, ...details }))
    const [target] = bothTargets()
    const mirrors = start(
      [
        { ...target!, url: 'mysql://nobody@127.0.0.1:1/nothing' },
        { ...target!, name: 'good' },
      ],
      recorder,
    )
    await mirrors.named('good').level()
    put('products', product('tea'))
    await mirrors.named('good').level()
    const written = noted.findLast(({ mirror }) => mirror === 'good')!
    expect(written).toMatchObject({ kind: 'mirror', sent: 1, outcomes: { applied: 1 }, outcome: 'ok' })
    expect(written.documents).toEqual([{ collection: 'products', id: 'tea', seq: store.head().seq }])
    await expect
      .poll(() => noted.find(({ mirror }) => mirror === 'books'))
      .toMatchObject({
        kind: 'mirror',
        sent: 0,
        outcome: 'failed',
        code: 'MIRROR_UNAVAILABLE',
      })
  })
})

describe('several mirrors', () => {
  test('hold what each of them maps, and say "mirrored" of what all of them hold', async () => {
    put('products', product('tea'))
    const mirrors = start(bothTargets())
    await Promise.all(['books', 'shop'].map((name) => mirrors.named(name).level()))
    expect(await names(books)).toEqual(await names(shop))
    const tables = await shop.query<Record<string, string>>('SHOW TABLES')
    expect(tables.flatMap((row) => Object.values(row))).not.toContain('orders')
    const { seq } = store.head()
    expect(await mirrors.mirrored('products', [{ id: 'tea', seq }])).toMatchObject({ mirrored: ['tea'], mirror: 'on' })
    expect(mirrors.mirroredUpTo()).toBe(seq)

    await mirrors.pause('shop')
    put('products', product('rice'))
    await mirrors.named('books').level()
    const rice = [{ id: 'rice', seq: store.head().seq }]
    expect(await mirrors.mirrored('products', rice)).toEqual({ mirrored: [], mirror: 'unknown' })
    // What is only in one of them is deleted nowhere.
    expect(mirrors.mirroredUpTo()).toBe(seq)
    expect(await mirrors.mirrored('orders', [])).toMatchObject({ mirror: 'on' })
  })

  test('stay paused when the node is started again, until a person resumes them', async () => {
    const first = start(bothTargets())
    await first.named('shop').level()
    expect(await first.pause('shop')).toMatchObject({ state: 'paused' })
    await first.stop()
    put('products', product('tea'))
    const again = start(bothTargets())
    await again.named('books').level()
    expect(again.status().map(({ name, state }) => [name, state])).toEqual([
      ['books', 'running'],
      ['shop', 'paused'],
    ])
    expect(again.resume('shop')).toMatchObject({ state: 'starting' })
    await again.named('shop').level()
    expect(await names(shop)).toEqual([{ id: 'tea' }])
    await again.stop()
    const third = start(bothTargets())
    await third.named('shop').level()
  })

  test('write a table anew by its name, and name those that there are for a wrong one', async () => {
    const mirrors = start(bothTargets())
    await mirrors.named('books').level()
    expect(await mirrors.rebuild('books', 'order_line')).toEqual(['orders', 'order_line', 'order_move'])
    await mirrors.named('books').level()
    expect(() => mirrors.named('bookz')).toThrow('there is no mirror "bookz"; there is books, shop')
    await expect(mirrors.rebuild('shop', 'orders')).rejects.toThrow('there are product')
  })

  test('cannot have one name', () => {
    const [target] = bothTargets()
    const parts = { store, feed: createChangeFeed(store), log: SILENT }
    expect(() => new Mirrors({ targets: [target!, target!], ...parts })).toThrow('two mirrors are called books')
  })
})
