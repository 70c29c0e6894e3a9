/** Groups of writes that are issued together, and what a store holds of them; for tests in which some are refused. */
import type { Doc } from '../../../schemas/json.ts'
import { ADD_NOTE, perform, type OpenStore } from './open-store.ts'
import type { Operation } from './operation.ts'

export interface WrittenGroup {
  readonly ids: readonly string[]
  /** Of the refused ones; empty when all were acknowledged. */
  readonly errors: readonly unknown[]
}

/** Four new documents of two collections and a larger `last` in concurrent writes, which share a transaction. */
export async function writeGroup(open: OpenStore, number: number): Promise<WrittenGroup> {
  const ids = Array.from({ length: 4 }, (_, i) => `${number}-${i}`)
  const docs = ids.map((id) => newDocument(id))
  const previous = open.store.table('products').get('last')
  const last = { ...newDocument('last'), unit: `${number}`, category: 'c'.repeat(25_000), _rev: `${number + 1}-x` }
  const operations: Operation[] = [
    { do: 'write', collection: 'products', rows: docs.slice(1).map((document) => ({ document })) },
    { do: 'write', collection: 'branches', rows: [{ document: docs[0]! }] },
    { do: 'write', collection: 'products', rows: [{ document: last, ...(previous && { previous }) }] },
  ]
  const results = await Promise.allSettled(operations.map((operation) => perform(open, operation)))
  return { ids, errors: results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])) }
}

/** A document and a plain row in one transaction. */
export function writeTransaction({ store }: OpenStore, id: string): void {
  store.transaction('test', (write) => {
    store.prepare(ADD_NOTE).run(id)
    store.table('products').put(write, newDocument(id), { state: store.pendingState, origin: '' })
  })
}

export interface Held {
  /** Of documents but `last`, and of notes, sorted. */
  readonly ids: readonly string[]
  /** The group that `last` is of. */
  readonly last: number
}

export function heldBy({ store }: OpenStore): Held {
  const docs = ['products', 'branches'].flatMap((name) => store.table(name).rowsAfter(0, 1e9))
  const notes = store.prepare('SELECT text FROM note').pluck().all() as string[]
  const ids = docs.map(({ id }) => id).filter((id) => id !== 'last')
  const last = Number(store.table('products').get('last')?.['unit'])
  return { ids: [...ids, ...notes.map((text) => `note ${text}`)].toSorted(), last }
}

export function newDocument(id: string): Doc {
  const local = { _deleted: false, _attachments: {}, _meta: { lwt: 1_700_000_000_000 }, _rev: '1-x' }
  return { id, name: id.repeat(800), price: 1, currency: 'CNY', enabled: true, ...local }
}
