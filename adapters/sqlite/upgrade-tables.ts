/**
 * Brings tables of older schema versions to the declared ones when a store is opened: every document is migrated where
 * it lies. Its row keeps seq, state, scope and origin, so positions on both sides stay right and nothing is sent again;
 * the digests are made anew, alike in every store that does it.
 */
import type Database from 'better-sqlite3'
import {
  fillWithDefaultSettings,
  getPrimaryKeyOfInternalDocument,
  INTERNAL_CONTEXT_COLLECTION,
  INTERNAL_STORAGE_NAME,
} from 'rxdb'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { migrateDocument } from '../../schemas/migrations.ts'
import type { DigestLedger } from './digest-ledger.ts'
import { columnValue, documentColumns, rowColumns } from './document-columns.ts'
import { documentHash, NO_HASH } from './document-hash.ts'
import { documentTableName, REPLICATED_DATABASE } from './layout.ts'
import { RowStatements, type RowValue } from './row-statements.ts'
import { fromSortKey, toSortKey } from './sort-key.ts'
import type { StatementCache } from './statement-cache.ts'
import type { TableCatalog } from './table-catalog.ts'

export interface OutdatedTable {
  readonly declaration: CollectionDeclaration
  readonly number: number
  readonly version: number
}

export interface UpgradeProgress {
  readonly collection: string
  readonly from: number
  readonly to: number
  /** How many rows are through, of how many. */
  readonly done: number
  readonly of: number
}

export interface UpgradeParts {
  readonly db: Database.Database
  readonly statements: StatementCache
  readonly catalog: TableCatalog
  readonly digests: DigestLedger
  readonly onProgress: ((progress: UpgradeProgress) => void) | undefined
}

/** Rows of one statement. */
const CHUNK = 50
const PAGE = 20 * CHUNK
/** Rows between two words of progress. */
const STEP = 10 * PAGE

/** @throws OutpostError STORE_VERSION where the store has a newer version of any of them: then none is touched */
export function outdatedTables(
  catalog: TableCatalog,
  declarations: readonly CollectionDeclaration[],
): readonly OutdatedTable[] {
  for (const declaration of declarations) catalog.refuseNewerThan(REPLICATED_DATABASE, declaration)
  return declarations.flatMap((declaration) => {
    const newest = catalog.newest(REPLICATED_DATABASE, declaration.name)
    return newest && newest.version < declaration.schema.version ? [{ declaration, ...newest }] : []
  })
}

/** Call inside a transaction, which makes it all or nothing, and let the digests forget the old table after it. */
export function upgradeTable({ declaration, number, version }: OutdatedTable, parts: UpgradeParts): void {
  const { db, statements, catalog, digests, onProgress } = parts
  const { name, schema } = declaration
  const columns = documentColumns(fillWithDefaultSettings(schema) as never)
  const key = catalog.add({ database: REPLICATED_DATABASE, collection: name, version: schema.version }, columns)
  const writer = new RowStatements(db, statements, documentTableName(key), rowColumns(columns))
  const old = documentTableName(number)
  const of = statements.preparePlucked(`SELECT count(*) FROM ${old}`).get() as number
  const page = statements.prepare(`SELECT seq, id, deleted, lwt, state, since, pending, scope, origin, hash, doc
    FROM ${old} WHERE seq > ? ORDER BY seq LIMIT ?`)
  let done = 0
  const tell = () => onProgress?.({ collection: name, from: version, to: schema.version, done, of })
  tell()
  for (let rows = page.all(0, PAGE) as OldRow[]; rows.length > 0; rows = page.all(rows.at(-1)!.seq, PAGE) as OldRow[]) {
    for (let start = 0; start < rows.length; start += CHUNK) {
      const chunk = rows.slice(start, start + CHUNK)
      const values: RowValue[] = []
      for (const { doc: text, hash: before, ...row } of chunk) {
        const doc = migrateDocument(declaration, JSON.parse(text) as Doc, version)
        const hash = before === NO_HASH ? NO_HASH : documentHash(doc)
        const { seq, id, deleted, lwt, state, since, pending, scope, origin } = row
        values.push(seq, id, deleted, lwt, state, since, pending, scope, origin, hash)
        for (const column of columns.indexed) values.push(columnValue(doc, column))
        values.push(JSON.stringify(doc))
        digests.replace(key, fromSortKey(id), undefined, { scope, hash })
      }
      writer.insertMissing(chunk.length, values)
    }
    done += rows.length
    if (done % STEP === 0 || done === of) tell()
  }
  statements.prepare('UPDATE attachment SET key_number = ? WHERE key_number = ?').run(key, number)
  catalog.drop(number)
  forgetInRxdb(parts, `${name}-${version}`)
}

type OldRow = Readonly<
  Record<'seq' | 'deleted' | 'lwt' | 'state' | 'since' | 'pending' | 'hash', number> &
    Record<'id' | 'scope' | 'origin' | 'doc', string>
>

/** RxDB keeps a note of each version of a collection, and would look for that version's documents. */
function forgetInRxdb({ statements, catalog }: UpgradeParts, collection: string): void {
  const internal = catalog.newest(REPLICATED_DATABASE, INTERNAL_STORAGE_NAME)
  if (!internal) return
  const id = getPrimaryKeyOfInternalDocument(collection, INTERNAL_CONTEXT_COLLECTION)
  statements.prepare(`DELETE FROM ${documentTableName(internal.number)} WHERE id = ?`).run(toSortKey(id))
}
