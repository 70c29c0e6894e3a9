/** What each store holds at the end, by a copy that the running node makes of it: the node keeps the store to itself. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { askForBackup } from '../../../adapters/cli/ask-for-backup.ts'
import { HASH_MODULUS } from '../../../adapters/sqlite/document-hash.ts'
import { documentTableName, REPLICATED_DATABASE } from '../../../adapters/sqlite/layout.ts'
import type { NodeAddress } from '../../../adapters/node/node-file.ts'
import type { Place } from './place.ts'

/** By collection and scope: documents and the sum of their hashes, in one text. */
export type Digests = Readonly<Record<string, Readonly<Record<string, string>>>>

export interface StoreState {
  readonly members: readonly MemberState[]
  readonly digests: Digests
  /** Documents that the store has not told headquarters yet. */
  readonly pending: number
}

interface MemberState {
  readonly id: string
  readonly name: string
  /** Masked. */
  readonly phones: readonly string[]
  readonly points: number
  readonly value: number
  /** Those that this store has. */
  readonly orders: number
}

interface Collection {
  readonly number: number
  readonly collection: string
}

/** @param node that has the store; it is asked who the members are, the copy which there are */
export async function readStore(place: Place, node: NodeAddress, folder: string): Promise<StoreState> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${place.label}.sqlite`)
  rmSync(file, { force: true })
  await askForBackup(node, { to: file, signal: AbortSignal.timeout(30_000), onProgress: () => undefined })
  const db = new Database(file, { readonly: true })
  try {
    const sql =
      "SELECT number, collection FROM storage_key WHERE database = ? AND collection NOT LIKE '\\_%' ESCAPE '\\'"
    const collections = db.prepare(sql).all(REPLICATED_DATABASE) as Collection[]
    const ids = memberIds(db, collections)
    const members = await Promise.all(ids.map((id) => memberState(place, id)))
    const counts = collections.map(({ number }) => count(db, number))
    return {
      members: members.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      digests: Object.fromEntries(collections.map((one) => [one.collection, digestsOf(db, one.number)])),
      pending: counts.reduce((sum, n) => sum + n, 0),
    }
  } finally {
    db.close()
    rmSync(file)
  }
}

/** Whether a branch holds of every scope what headquarters holds of it. */
export function agrees(branch: StoreState, headquarters: StoreState): boolean {
  return Object.entries(branch.digests).every(([collection, scopes]) =>
    Object.entries(scopes).every(([scope, digest]) => digest === (headquarters.digests[collection]?.[scope] ?? digest)),
  )
}

function memberIds(db: Database.Database, collections: readonly Collection[]): string[] {
  const { number } = collections.find(({ collection }) => collection === 'members')!
  const people = `SELECT doc ->> 'id' FROM ${documentTableName(number)} WHERE deleted = 0 AND doc ->> 'currentId' IS NULL`
  return db.prepare(people).pluck().all() as string[]
}

async function memberState(place: Place, memberId: string): Promise<MemberState> {
  const { id, name, phones, balance } = await place.show(memberId)
  const { points, value } = balance
  return { id, name, phones, points, value, orders: (await place.ordersOf(id)).length }
}

function count(db: Database.Database, number: number): number {
  const sql = `SELECT COUNT(*) FROM ${documentTableName(number)} WHERE state > 0`
  return db.prepare(sql).pluck().get() as number
}

function digestsOf(db: Database.Database, number: number): Record<string, string> {
  const sql = 'SELECT scope, documents, sum FROM digest WHERE key_number = ? ORDER BY scope'
  const totals = new Map<string, { documents: number; sum: number }>()
  for (const row of db.prepare(sql).all(number) as { scope: string; documents: number; sum: number }[]) {
    const total = totals.get(row.scope) ?? { documents: 0, sum: 0 }
    const sum = (total.sum + row.sum) % HASH_MODULUS
    totals.set(row.scope, { documents: total.documents + row.documents, sum })
  }
  return Object.fromEntries(
    [...totals].map(([scope, { documents, sum }]) => [scope, `${documents}:${sum.toString(16)}`]),
  )
}
