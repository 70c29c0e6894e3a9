/**
 * A stopped node's store file, read without the product's own code for reading it. A copy is opened, so that what is
 * found is left as it is, a write-ahead log after a kill too.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { documentHash, HASH_MODULUS, NO_HASH } from '../../adapters/sqlite/document-hash.ts'
import { ROW_STATE } from '../../adapters/sqlite/document-row.ts'
import { REPLICATED_DATABASE } from '../../adapters/sqlite/layout.ts'
import { scopeOf, type CollectionDeclaration } from '../../schemas/collection.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import type { Doc } from '../../schemas/json.ts'

export interface FileRow {
  readonly id: string
  readonly state: number
  readonly isLive: boolean
  /** As the document says it, whatever the column does. */
  readonly scope: string
  readonly doc: Doc
}

export interface Digest {
  readonly documents: number
  readonly sum: number
}

export interface PlainTable {
  readonly name: string
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

export interface StoreFile {
  /** What people call the node. */
  readonly name: string
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, FileRow>>
  /** Kept digests by collection and scope. */
  readonly digests: ReadonlyMap<string, Digest>
  /** Every table but those of documents. */
  readonly plain: readonly PlainTable[]
  /** What is wrong with the file by itself. */
  readonly violations: readonly string[]
  /** Whether a position was handed out by this store's own past. */
  knows(position: { epoch: string; seq: number }): boolean
}

interface StoredRow {
  readonly seq: number
  readonly deleted: number
  readonly state: number
  readonly scope: string
  readonly hash: number
  readonly doc: string
}

export function readStoreFile(name: string, file: string, declarations: readonly CollectionDeclaration[]): StoreFile {
  const folder = mkdtempSync(join(tmpdir(), 'outpost-check-'))
  const copy = join(folder, basename(file))
  for (const part of ['', '-wal']) if (existsSync(file + part)) copyFileSync(file + part, copy + part)
  const db = new Database(copy)
  try {
    return read(name, db, declarations)
  } finally {
    db.close()
    rmSync(folder, { recursive: true })
  }
}

export function plainRows({ plain }: StoreFile, table: string): PlainTable['rows'] {
  return plain.find(({ name }) => name === table)?.rows ?? []
}

export function digestKey(collection: string, scope: string): string {
  return `${collection} of ${scope}`
}

function read(name: string, db: Database.Database, declarations: readonly CollectionDeclaration[]): StoreFile {
  const violations: string[] = []
  const integrity = db.pragma('integrity_check', { simple: true })
  if (integrity !== 'ok') violations.push(`${name}: the file is damaged: ${String(integrity)}`)
  const rows = new Map<string, Map<string, FileRow>>()
  const digests = new Map<string, Digest>()
  let head = db.prepare('SELECT seq FROM store_head').pluck().get() as number
  for (const declaration of declarations) {
    const key = db
      .prepare('SELECT number FROM storage_key WHERE database = ? AND collection = ? AND version = ?')
      .pluck()
      .get(REPLICATED_DATABASE, declaration.name, declaration.schema.version) as number | undefined
    if (key === undefined) {
      violations.push(`${name}: there is no table of ${declaration.name}`)
      continue
    }
    const stored = db.prepare(`SELECT seq, deleted, state, scope, hash, doc FROM documents_${key}`).all() as StoredRow[]
    head = stored.reduce((newest, { seq }) => Math.max(newest, seq), head)
    const found = stored.map((row) => toRow(name, declaration, row, violations))
    rows.set(declaration.name, new Map(found.map((row) => [row.id, row])))
    const kept = db.prepare('SELECT scope, documents, sum FROM digest WHERE key_number = ?').all(key)
    for (const [scope, digest] of sums(kept as (Digest & { scope: string })[])) {
      digests.set(digestKey(declaration.name, scope), digest)
    }
    const counted = sums(found.map((row) => ({ scope: row.scope, documents: counts(row) ? 1 : 0, sum: hashOf(row) })))
    for (const scope of new Set([...counted.keys(), ...sums(kept as (Digest & { scope: string })[]).keys()])) {
      const [is, should] = [digests.get(digestKey(declaration.name, scope)), counted.get(scope)]
      if (same(is, should)) continue
      violations.push(`${name}: the digest of ${digestKey(declaration.name, scope)} is not that of its documents`)
    }
  }
  const epochs = db.prepare('SELECT epoch, first_seq AS firstSeq FROM store_epoch ORDER BY rowid').all() as Epoch[]
  const names = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'documents_*'")
    .pluck()
  const plain = (names.all() as string[]).map((table) => ({
    name: table,
    rows: db.prepare(`SELECT * FROM "${table}"`).all() as Record<string, unknown>[],
  }))
  const knows = ({ epoch, seq }: { epoch: string; seq: number }) => {
    const at = epochs.findIndex((one) => one.epoch === epoch)
    const next = epochs[at + 1]
    return at >= 0 && seq <= (next ? next.firstSeq - 1 : head)
  }
  return { name, rows, digests, plain, violations, knows }
}

interface Epoch {
  readonly epoch: string
  readonly firstSeq: number
}

function toRow(name: string, declaration: CollectionDeclaration, row: StoredRow, violations: string[]): FileRow {
  const whole = JSON.parse(row.doc) as Doc
  const doc = replicatedState(whole)
  const id = doc[declaration.merge.key] as string
  const scope = scopeOf(declaration, doc)
  const isLive = doc['_deleted'] !== true
  const found = { id, state: row.state, isLive, scope, doc }
  const facts = [
    ['scope', row.scope === scope],
    ['deleted', (row.deleted === 1) !== isLive],
    ['hash', row.hash === hashOf(found)],
  ] as const
  for (const [column, fits] of facts) {
    if (!fits) violations.push(`${name}: ${declaration.name} ${id} has a ${column} that is not its document's`)
  }
  return found
}

function counts({ isLive, state }: Pick<FileRow, 'isLive' | 'state'>): boolean {
  return isLive && state !== ROW_STATE.parked
}

function hashOf(row: FileRow): number {
  return counts(row) ? documentHash(row.doc) : NO_HASH
}

function sums(parts: readonly (Digest & { scope: string })[]): Map<string, Digest> {
  const out = new Map<string, Digest>()
  for (const { scope, documents, sum } of parts) {
    const before = out.get(scope) ?? { documents: 0, sum: 0 }
    out.set(scope, { documents: before.documents + documents, sum: (before.sum + sum) % HASH_MODULUS })
  }
  return out
}

/** Nothing and the digest of nothing are the same. */
export function same(a: Digest | undefined, b: Digest | undefined): boolean {
  return (a?.documents ?? 0) === (b?.documents ?? 0) && (a?.sum ?? 0) === (b?.sum ?? 0)
}
