/**
 * Compares documents with their rows while nobody else of the mirror writes, and writes those anew whose rows differ.
 * What the mirror has not passed yet is on its way and no difference.
 */
import { chunkRows } from './chunk-rows.ts'
import type { ChangeFeed } from './change-feed.ts'
import { compareRows, type RowDifference, type StoredRow } from './compare-rows.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import type { FenceOutcome } from './mirror-state.ts'
import type { MirrorWriter } from './mirror-writer.ts'
import type { MysqlSession } from './mysql-session.ts'
import { parkedAmong } from './parked-documents.ts'
import { renderPage, type PendingDocument } from './pending-document.ts'
import { selectRowsSql } from './row-statements.ts'
import { rowVersion } from './row-version.ts'

/** A document whose rows are not as it says. */
export interface DocumentDifference {
  readonly collection: string
  readonly id: string
  /** The seq of its present state; `undefined` where there is no such document. */
  readonly seq: number | undefined
  readonly deleted: boolean
  readonly rows: readonly RowDifference[]
}

export interface Settlement {
  readonly different: readonly DocumentDifference[]
  /** Ids of documents that MySQL refused: their rows are what they are, and the parked list says why. */
  readonly parked: readonly string[]
  /** Ids of documents that the mirror has not passed yet. */
  readonly inFlight: readonly string[]
  /** Documents that were written anew. */
  readonly repaired: number
}

/** Documents a settlement. */
export const MOST_SETTLED = 1000
const ID_BYTES = 512

export async function settleDocuments(
  writer: MirrorWriter,
  request: {
    readonly name: string
    readonly term: number
    /** How far the mirror has come. */
    readonly passed: number
    readonly feed: ChangeFeed
    readonly collection: MirroredCollection
    readonly ids: readonly string[]
    readonly repair: boolean
  },
): Promise<{ readonly outcome: FenceOutcome; readonly result: Settlement }> {
  const { name, term, passed, feed, collection, ids, repair } = request
  let result: Settlement = { different: [], parked: [], inFlight: [], repaired: 0 }
  const step = await writer.rewrite(collection, async (session) => {
    const found = await rowsOf(session, collection, ids)
    // To MySQL's padding collations `a` and `a ` are one: what was found may be under other ids than asked for.
    const all = [...new Set([...ids, ...found.flatMap((rows) => [...rows.keys()])])]
    const parked = await parkedAmong(session, name, collection.name, all)
    const changes = new Map(
      feed.documents(collection.name, all).map((change) => [String(change.doc[collection.primary]), change]),
    )
    const inFlight = all.filter((id) => (changes.get(id)?.seq ?? 0) > passed)
    const skipped = new Set([...inFlight, ...parked])
    const compared = all.filter((id) => !skipped.has(id))
    const { documents, unfit } = renderPage(
      compared.flatMap((id) => changes.get(id) ?? []),
      new Map([[collection.name, collection]]),
    )
    const pending = new Map(documents.map((document) => [document.id, document]))
    const refused = new Set(unfit.map(({ id }) => id))
    const different = compared.flatMap((id): DocumentDifference[] => {
      if (refused.has(id) || (!changes.has(id) && isKept(collection, found, id))) return []
      const rows = differencesOf(collection, pending.get(id), found, id, term)
      if (rows.length === 0) return []
      const change = changes.get(id)
      const deleted = change?.doc['_deleted'] === true
      return [{ collection: collection.name, id, seq: change?.seq, deleted, rows }]
    })
    const rewritten = repair ? different.map(({ id }) => id) : []
    result = { different, parked: [...parked, ...refused], inFlight, repaired: rewritten.length }
    return { ids: rewritten, documents: rewritten.flatMap((id) => pending.get(id) ?? []), unfit: [] }
  })
  return { outcome: step.outcome, result }
}

/** Of a document that was deleted and is gone for good, where its rows are to stay. */
function isKept(
  { keptFlag }: MirroredCollection,
  [own]: readonly ReadonlyMap<string, readonly StoredRow[]>[],
  id: string,
): boolean {
  return keptFlag !== undefined && own?.get(id)?.some((row) => Number(row[keptFlag]) === 1) === true
}

function differencesOf(
  { tables }: MirroredCollection,
  document: PendingDocument | undefined,
  found: readonly ReadonlyMap<string, readonly StoredRow[]>[],
  id: string,
  term: number,
): RowDifference[] {
  const version = document && rowVersion(term, document.seq)
  return tables.flatMap((table, at) =>
    compareRows(table, document?.rows?.[at] ?? [], found[at]!.get(id) ?? [], version),
  )
}

/**
 * By table, then by the document's id. Nobody changes them until the rows that differ are written; a transaction that the
 * log of changes has told of, but whose rows others cannot see yet, is waited for.
 */
async function rowsOf(
  session: MysqlSession,
  { tables }: MirroredCollection,
  ids: readonly string[],
): Promise<readonly ReadonlyMap<string, readonly StoredRow[]>[]> {
  const found: Map<string, StoredRow[]>[] = []
  for (const table of tables) {
    const byId = new Map<string, StoredRow[]>()
    for (const chunk of chunkRows(ids, 1, () => ID_BYTES)) {
      for (const row of await session.rows<StoredRow>(`${selectRowsSql(table, chunk.length)} FOR UPDATE`, [...chunk])) {
        const id = String(row[table.idColumn])
        const rows = byId.get(id)
        if (!rows) byId.set(id, [row])
        else if (
          !rows.some((one) =>
            sameKey(
              table.keyPlaces.map((place) => table.columns[place]!),
              one,
              row,
            ),
          )
        )
          rows.push(row)
      }
    }
    found.push(byId)
  }
  return found
}

/** A row comes twice where two ids that were asked for are one to MySQL, in two statements. */
function sameKey(key: readonly string[], a: StoredRow, b: StoredRow): boolean {
  return key.every((column) => a[column] === b[column])
}
