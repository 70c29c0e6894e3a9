/**
 * PouchDB and express-pouchdb. They are large and nothing else needs them, so they are a package of their own, installed
 * when this benchmark runs; what is used of them is typed here.
 */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { ensureDependencies } from '../../scripts/lib/dependencies.mjs'
import { orderDocuments } from './order-documents.ts'
import { BRANCH_ID, ORDERS_SEED } from './replication-leg.ts'
import { chunks } from './samples.ts'

export interface PouchDatabase {
  bulkDocs(documents: readonly object[]): Promise<readonly { readonly error?: unknown }[]>
  info(): Promise<{ readonly doc_count: number }>
}

export interface PouchDbClass {
  new (name: string): PouchDatabase
  /** With a folder, ending in a slash, as the prefix of all names. */
  defaults(options: { readonly prefix: string }): PouchDbClass
  replicate(
    from: PouchDatabase | string,
    to: PouchDatabase | string,
    options: { readonly batch_size: number },
  ): Promise<{ readonly ok: boolean }>
}

/** Of the checkout: seen from `dist`. */
const FOLDER = fileURLToPath(new URL('../../../bench/peers/pouchdb/', import.meta.url))
const BULK = 1000

/** @throws SetupError where npm cannot install them */
export async function ensurePouchDbPackages(log: (line: string) => void): Promise<void> {
  await ensureDependencies({ root: FOLDER, log: (line) => log(`PouchDB: ${line}`) })
}

/** `express` is the version that express-pouchdb was written for. */
export function loadPouchDbPackage(name: 'pouchdb' | 'express' | 'express-pouchdb'): unknown {
  return createRequire(FOLDER)(name)
}

export async function loadPouchOrders(database: PouchDatabase, count: number): Promise<void> {
  const documents = [...orderDocuments({ count, branchId: BRANCH_ID, seed: ORDERS_SEED })]
  for (const chunk of chunks(documents, BULK)) {
    const written = await database.bulkDocs(chunk.map(({ id, _deleted, ...doc }) => ({ _id: id, ...doc })))
    if (written.some(({ error }) => error !== undefined)) throw new Error('PouchDB refused an order')
  }
}
