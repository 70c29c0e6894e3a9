import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { fillWithDefaultSettings } from 'rxdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChangeFeed } from '../../../adapters/sqlite/store-change-feed.ts'
import { Store } from '../../../adapters/sqlite/store.ts'
import { toSortKey } from '../../../adapters/sqlite/sort-key.ts'
import { COLLECTIONS } from '../../../schemas/collections.ts'
import type { Doc } from '../../../schemas/json.ts'
import { temporaryFolder } from '../../support/node-process.ts'

const noteSchema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id: { type: 'string', maxLength: 20 } },
} as const

let folder: { path: string; remove: () => void }
let open: Store[]

beforeEach(() => {
  folder = temporaryFolder()
  open = []
})

afterEach(() => {
  for (const store of open) store.close()
  folder.remove()
})

function openStore(name = 'store.sqlite', tracksPending = true): Store {
  const store = new Store({ file: join(folder.path, name), declarations: COLLECTIONS, tracksPending })
  open.push(store)
  return store
}

function product(id: string, name = id): Doc {
  const local = { _rev: '1-x', _meta: { lwt: 1 }, _attachments: {}, _deleted: false }
  return { id, name, price: 1, currency: 'CNY', clock: { r: {} }, ...local }
}

function put(store: Store, collection: string, ...docs: Doc[]): void {
  const options = { state: store.pendingState, origin: '' }
  store.transaction('test', (write) => docs.map((doc) => store.table(collection).put(write, doc, options)))
}

describe('a store', () => {
  it('is durable: write-ahead log, every commit synced', () => {
    const store = openStore()
    expect(store.prepare('PRAGMA journal_mode').pluck().get()).toBe('wal')
    expect(store.prepare('PRAGMA synchronous').pluck().get()).toBe(2)
    expect(existsSync(join(folder.path, 'store.sqlite'))).toBe(true)
  })

  it('counts all collections in one sequence and rolls it back with a failed transaction', () => {
    const store = openStore()
    put(store, 'products', product('p1'))
    put(store, 'branches', { ...product('b1'), enabled: true })
    const before = store.head().seq
    const digest = store.digest('products', 'shared')
    expect(() =>
      store.transaction('test', (write) => {
        store.table('products').put(write, product('p2'), { state: 1, origin: '' })
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(store.head().seq).toBe(before)
    expect(store.digest('products', 'shared')).toEqual(digest)
    put(store, 'products', product('p3'))
    const { changes, upTo } = createChangeFeed(store).changesSince(0, 10, ['products', 'branches'])
    expect(changes.map(({ collection, seq, doc }) => [collection, seq, doc['id']])).toEqual([
      ['products', 1, 'p1'],
      ['branches', 2, 'b1'],
      ['products', 3, 'p3'],
    ])
    expect(upTo).toBe(3)
  })

  it('has one owner', () => {
    openStore()
    expect(() => openStore()).toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }) as Error)
  })

  it('knows the positions of its own past and none of a lost future', () => {
    const first = openStore()
    put(first, 'products', product('p1'))
    const position = first.head()
    first.close()
    copyFileSync(first.file, join(folder.path, 'backup.sqlite'))
    const second = openStore()
    put(second, 'products', product('p2'))
    const future = second.head()
    expect(second.knowsPosition(position)).toBe(true)
    expect(second.knowsPosition(future)).toBe(true)
    expect(second.knowsPosition({ ...future, seq: future.seq + 1 })).toBe(false)
    const restored = openStore('backup.sqlite')
    put(restored, 'products', product('p4'), product('p5'))
    expect(restored.knowsPosition(position)).toBe(true)
    expect(restored.knowsPosition(future)).toBe(false)
  })

  it('settles a row only in the state that was sent', () => {
    const store = openStore()
    put(store, 'products', product('p1'))
    const sent = store.table('products').row('p1')!
    put(store, 'products', product('p1', 'changed meanwhile'))
    const settle = (seq: number) =>
      store.transaction('test', (write) => store.table('products').settle(write, 'p1', seq, 0))
    expect(settle(sent.seq)).toBe(false)
    expect(store.table('products').countInState(1).count).toBe(1)
    expect(settle(store.table('products').row('p1')!.seq)).toBe(true)
    expect(store.table('products').countInState(1)).toEqual({ count: 0, oldestSince: undefined })
  })

  it('keeps its digests equal to those of another store with the same documents, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), name: fc.string() })), (writes) => {
        const [one, two] = [openStore(`${open.length}a.sqlite`), openStore(`${open.length}b.sqlite`)]
        for (const { id, name } of writes) put(one, 'products', product(id, name))
        const last = new Map(writes.map(({ id, name }) => [id, name]))
        put(two, 'products', ...[...last].toReversed().map(([id, name]) => product(id, name)))
        expect(one.digest('products', 'shared')).toEqual(two.digest('products', 'shared'))
        expect(one.digest('products', 'shared').documents).toBe(last.size)
        one.close()
        expect(openStore(one.file.slice(folder.path.length + 1)).digest('products', 'shared')).toEqual(
          two.digest('products', 'shared'),
        )
      }),
      { numRuns: 30 },
    )
  })

  it('belongs to one kind of node, for good', () => {
    openStore().close()
    expect(() => openStore('store.sqlite', false)).toThrow(expect.objectContaining({ code: 'STORE_KIND' }) as Error)
    expect(openStore().head().seq).toBe(0)
  })

  it('says so when indexes have changed and the version has not', () => {
    openStore().close()
    const changed = COLLECTIONS.map((declaration) =>
      declaration.name === 'orders'
        ? { ...declaration, schema: { ...declaration.schema, indexes: ['placedAt'] } }
        : declaration,
    )
    const file = join(folder.path, 'store.sqlite')
    expect(() => new Store({ file, declarations: changed, tracksPending: true })).toThrow(
      expect.objectContaining({ code: 'STORE_VERSION' }) as Error,
    )
    expect(openStore().head().seq).toBe(0)
  })

  it.each([
    ['lacks a column', 'ALTER TABLE documents_1 DROP COLUMN since'],
    [
      'has another index',
      'DROP INDEX documents_1_tombstone; CREATE INDEX documents_1_tombstone ON documents_1 (deleted)',
    ],
    ['lacks an index', 'DROP INDEX documents_1_pending'],
  ])('says so when its tables of documents were made by another state of the program: one %s', (_what, sql) => {
    const { file } = openStore()
    open.pop()!.close()
    new Database(file).exec(sql).close()
    const message = expect.stringContaining(file) as string
    expect(() => openStore()).toThrow(expect.objectContaining({ code: 'STORE_VERSION', message }) as Error)
  })

  it('says so when a plain table of the node was made by another state of the program', () => {
    const table = (column: string) => `CREATE TABLE IF NOT EXISTS note (id TEXT PRIMARY KEY, ${column} TEXT) STRICT;`
    const index = (column: string) => `CREATE INDEX IF NOT EXISTS note_index ON note (${column});`
    const store = openStore()
    store.ensureTable(table('words'))
    expect(() => store.ensureTable(`${table('\n  words')} -- as before\n${index('words')}`)).not.toThrow()
    for (const other of [table('phrases'), table('words') + index('id')]) {
      const message = expect.stringMatching(/store\.sqlite .*"note/) as string
      expect(() => store.ensureTable(other)).toThrow(
        expect.objectContaining({ code: 'STORE_VERSION', message }) as Error,
      )
    }
  })

  it('gives no seq twice, even if the newest rows were deleted before it was closed', () => {
    const first = openStore()
    const table = first.openTable('app', 'notes', fillWithDefaultSettings(noteSchema))
    const note = (id: string) => ({ id, _rev: '1-x', _meta: { lwt: 1 }, _attachments: {}, _deleted: true })
    first.transaction('test', (write) => table.put(write, note('a'), { state: 0, origin: '' }))
    first.transaction('test', (write) => table.put(write, note('b'), { state: 0, origin: '' }))
    expect(first.purgeTombstones(table, 1, 10)).toBe(2)
    first.close()
    const second = openStore()
    expect(second.head().seq).toBe(2)
    put(second, 'products', product('p1'))
    second.dropTable(second.openTable('app', 'notes', fillWithDefaultSettings(noteSchema)))
    second.close()
    expect(openStore().head().seq).toBe(3)
  })

  it('never answers a document of a write that was rolled back, though its seq is given out again', () => {
    const store = openStore()
    const table = store.table('products')
    const write = (id: string, fails: boolean) =>
      store.transaction('test', (context) => {
        table.put(context, product(id), { state: 1, origin: '' })
        const row = table.row(id)!
        expect([row.id, row.doc['id']]).toEqual([id, id])
        if (fails) throw new Error('no')
      })
    expect(() => write('alice', true)).toThrow('no')
    write('bob', false)
    expect(table.get('alice')).toBeUndefined()
    expect(table.get('bob')).toEqual(product('bob'))
  })

  it('tells all listeners of commits in their order, one that commits itself included', () => {
    const store = openStore()
    const heard: number[][] = [[], []]
    const hear = (which: number) =>
      store.onCommit(({ changes }) => {
        heard[which]!.push(...changes.map(({ seq }) => seq))
        if (heard[which]!.length === 1 && which === 0) put(store, 'products', product('p2'))
      })
    hear(0)
    hear(1)
    put(store, 'products', product('p1'))
    expect(heard).toEqual([
      [1, 2],
      [1, 2],
    ])
  })

  it('refuses to be opened by a program that is older than its documents', () => {
    const newer = COLLECTIONS.map((declaration) => ({
      ...declaration,
      schema: { ...declaration.schema, version: declaration.schema.version + 1 },
    }))
    const file = join(folder.path, 'store.sqlite')
    new Store({ file, declarations: newer, tracksPending: true }).close()
    expect(() => openStore()).toThrow(expect.objectContaining({ code: 'STORE_VERSION' }) as Error)
  })

  it('serves what is pending in the order in which it became so, however often it was written since', () => {
    let nowMs = 5000
    const file = join(folder.path, 'clock.sqlite')
    const store = new Store({ file, declarations: COLLECTIONS, tracksPending: true, nowMs: () => nowMs })
    open.push(store)
    put(store, 'products', product('p1'), product('p2'))
    nowMs = 1000
    put(store, 'products', product('p3'), product('p1', 'again'))
    const table = store.table('products')
    expect(table.rowsInState(1, 10).rows.map(({ id, since }) => [id, since])).toEqual([
      ['p1', 5000],
      ['p2', 5000],
      ['p3', 1000],
    ])
    expect(table.countInState(1)).toEqual({ count: 3, oldestSince: 5000 })
  })

  it('refuses a file that is no store', () => {
    copyFileSync(new URL(import.meta.url), join(folder.path, 'other.sqlite'))
    expect(() => openStore('other.sqlite')).toThrow(expect.objectContaining({ code: 'STORE_INVALID' }) as Error)
  })
})

describe('toSortKey', () => {
  it('makes SQLite compare texts as JavaScript does, lone surrogates included', () => {
    const store = openStore()
    const less = store.prepare('SELECT ? < ?').pluck()
    const units = fc.array(fc.nat(0xffff), { maxLength: 6 }).map((codes) => String.fromCharCode(...codes))
    const text = fc.oneof(units, fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(less.get(toSortKey(a), toSortKey(b))).toBe(a < b ? 1 : 0)
      }),
      { numRuns: 1000 },
    )
  })
})
