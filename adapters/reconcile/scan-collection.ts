/**
 * Finds the documents of a collection whose rows may be wrong, beside everything that goes on: one checksum a table and chunk of documents;
 * where the two sides differ, one a document. What it names may only be on its way; `Mirror.settle` tells.
 */
import { setImmediate } from 'node:timers/promises'
import { chunkRows } from '../mysql/chunk-rows.ts'
import type { ChangeFeed, FeedChange } from '../mysql/change-feed.ts'
import { nextRange } from '../mysql/fill-collection.ts'
import type { MirroredCollection } from '../mysql/mirrored-collection.ts'
import type { MysqlSession } from '../mysql/mysql-session.ts'
import { renderPage, type PendingDocument } from '../mysql/pending-document.ts'
import {
  documentChecksums,
  rangeByDocument,
  rangeChecksum,
  type IdRange,
  type KeptRows,
  type TableChecksum,
} from './checksum-queries.ts'
import type { DocumentFilter } from './document-filter.ts'
import { addRow, emptyChecksum, isSameChecksum, plainColumns, type RowsChecksum } from './row-checksum.ts'

export interface ScanRequest {
  readonly feed: ChangeFeed
  readonly session: MysqlSession
  readonly collection: MirroredCollection
  /** The mirror's: no row may be of a later one. */
  readonly term: number
  readonly filter?: DocumentFilter | undefined
  /** Ends the scan between two chunks. */
  readonly signal: AbortSignal
}

export interface ScannedChunk {
  readonly documents: number
  readonly rows: number
  /** Ids of documents or of rows, at most a thousand. */
  readonly suspects: readonly string[]
}

/** Documents a chunk. Rendering one keeps the node from everything else for some milliseconds. */
const CHUNK = 500
/** Rendered without a pause. */
const SLICE = 100
const MOST_SUSPECTS = 1000
const ID_BYTES = 512

/** In the order of ids: all documents and all rows. */
export async function* scanCollection(request: ScanRequest): AsyncGenerator<ScannedChunk> {
  const { feed, collection, session, signal, filter } = request
  for (let after = ''; ;) {
    signal.throwIfAborted()
    const { documents: changes, to } = nextRange(feed, collection, after, CHUNK)
    const range = { after, to, kept: keptRows(collection, changes) }
    const asked = Promise.all(collection.tables.map((table) => rangeChecksum(session, table, range)))
    // Asked first, so that MySQL works while we do; what fails meanwhile is thrown below.
    asked.catch(() => undefined)
    const chunk = await renderChunk(collection, changes, filter)
    const theirs = await asked
    yield { documents: chunk.wanted, rows: chunk.sums.reduce((sum, { rows }) => sum + rows, 0), suspects: [] }
    const isEqual = chunk.sums.every((sum, table) => agrees(sum, theirs[table]!, request.term))
    if (!isEqual || chunk.unfit.length > 0) yield* suspectsOfRange(request, chunk, range)
    if (to === undefined) return
    after = to
  }
}

/** These documents only, as they are now, deleted ones too. */
export async function* scanDocuments(
  request: ScanRequest,
  changes: readonly FeedChange[],
): AsyncGenerator<ScannedChunk> {
  const { collection, session, signal, filter } = request
  for (let start = 0; start < changes.length; start += CHUNK) {
    signal.throwIfAborted()
    const chunk = await renderChunk(collection, changes.slice(start, start + CHUNK), filter)
    const ids = [...chunk.documents.keys()]
    const compared = new ChunkComparison(chunk, request)
    for (const [at, table] of collection.tables.entries()) {
      for (const some of chunkRows(ids, 1, () => ID_BYTES)) {
        compared.take(at, await documentChecksums(session, table, some))
      }
      compared.endTable(at)
    }
    const suspects = [...compared.suspects, ...chunk.unfit]
    yield { documents: chunk.wanted, rows: chunk.sums.reduce((sum, { rows }) => sum + rows, 0), suspects }
  }
}

function keptRows(
  { tables, keptFlag, primary }: MirroredCollection,
  changes: readonly FeedChange[],
): KeptRows | undefined {
  if (keptFlag === undefined) return undefined
  const deleted = changes.flatMap(({ doc }) => (doc['_deleted'] === true ? String(doc[primary]) : []))
  return { own: tables[0], flag: keptFlag, deleted }
}

interface Chunk {
  readonly documents: ReadonlyMap<string, PendingDocument>
  /** Those that their mapping refuses. */
  readonly unfit: readonly string[]
  /** Ids that the filter leaves out. */
  readonly unwanted: ReadonlySet<string>
  readonly wanted: number
  /** By table. */
  readonly sums: readonly RowsChecksum[]
}

async function renderChunk(
  collection: MirroredCollection,
  changes: readonly FeedChange[],
  filter: DocumentFilter | undefined,
): Promise<Chunk> {
  const documents = new Map<string, PendingDocument>()
  const unfit: string[] = []
  const unwanted = new Set<string>()
  const sums = collection.tables.map(emptyChecksum)
  const byName = new Map([[collection.name, collection]])
  for (let start = 0; start < changes.length; start += SLICE) {
    const slice = changes.slice(start, start + SLICE)
    const rendered = renderPage(slice, byName)
    for (const document of rendered.documents) {
      documents.set(document.id, document)
      for (const [at, sum] of sums.entries()) addDocument(sum, collection, document, at)
    }
    if (filter) {
      for (const { doc } of slice) {
        if (!filter.matches(doc)) unwanted.add(String(doc[collection.primary]))
      }
    }
    unfit.push(...rendered.unfit.flatMap(({ id }) => (unwanted.has(id) ? [] : id)))
    await setImmediate()
  }
  return { documents, unfit, unwanted, wanted: changes.length - unwanted.size, sums }
}

function addDocument(
  sum: RowsChecksum,
  collection: MirroredCollection,
  { rows, seq }: PendingDocument,
  at: number,
): void {
  const plain = plainOf(collection)[at]!
  for (const row of rows?.[at] ?? []) addRow(sum, plain, row, seq)
}

const plainByCollection = new WeakMap<MirroredCollection, readonly (readonly boolean[])[]>()

function plainOf(collection: MirroredCollection): readonly (readonly boolean[])[] {
  let plain = plainByCollection.get(collection)
  if (!plain) plainByCollection.set(collection, (plain = collection.tables.map(plainColumns)))
  return plain
}

function agrees(ours: RowsChecksum, theirs: TableChecksum, term: number): boolean {
  return isSameChecksum(ours, theirs) && theirs.term <= term
}

async function* suspectsOfRange(request: ScanRequest, chunk: Chunk, range: IdRange): AsyncGenerator<ScannedChunk> {
  const { session, collection, signal } = request
  const compared = new ChunkComparison(chunk, request)
  for (const [at, table] of collection.tables.entries()) {
    for await (const page of rangeByDocument(session, table, range)) {
      signal.throwIfAborted()
      compared.take(at, page)
      yield* handOver(request, compared, MOST_SUSPECTS)
    }
    compared.endTable(at)
  }
  for (const id of chunk.unfit) compared.suspects.add(id)
  yield* handOver(request, compared, 1)
}

/** @param least as many as make a page worth while */
async function* handOver(
  { session, filter }: ScanRequest,
  { suspects, strangers }: ChunkComparison,
  least: number,
): AsyncGenerator<ScannedChunk> {
  if (suspects.size + strangers.size < least) return
  const rowsOnly = filter ? await filter.matchingRows(session, [...strangers]) : strangers
  const all = [...new Set([...suspects, ...rowsOnly])]
  suspects.clear()
  strangers.clear()
  for (let start = 0; start < all.length; start += MOST_SUSPECTS) {
    yield { documents: 0, rows: 0, suspects: all.slice(start, start + MOST_SUSPECTS) }
  }
}

/** The documents of a chunk beside what MySQL says of their rows, table by table and page by page. */
class ChunkComparison {
  readonly suspects = new Set<string>()
  /** Ids of rows of which the chunk has no document. */
  readonly strangers = new Set<string>()
  readonly #chunk: Chunk
  readonly #collection: MirroredCollection
  readonly #term: number
  #seen = new Set<string>()

  constructor(chunk: Chunk, { collection, term }: ScanRequest) {
    this.#chunk = chunk
    this.#collection = collection
    this.#term = term
  }

  take(table: number, page: ReadonlyMap<string, TableChecksum>): void {
    const { documents, unwanted } = this.#chunk
    for (const [id, theirs] of page) {
      const document = documents.get(id)
      if (document) this.#seen.add(id)
      if (unwanted.has(id)) continue
      if (!document) this.strangers.add(id)
      else if (!agrees(this.#ours(document, table), theirs, this.#term)) this.suspects.add(id)
    }
  }

  /** Those that MySQL has named no row of. */
  endTable(table: number): void {
    const { documents, unwanted } = this.#chunk
    for (const document of documents.values()) {
      const hasRows = (document.rows?.[table] ?? []).length > 0
      if (hasRows && !this.#seen.has(document.id) && !unwanted.has(document.id)) this.suspects.add(document.id)
    }
    this.#seen = new Set()
  }

  #ours(document: PendingDocument, table: number): RowsChecksum {
    const sum = emptyChecksum()
    addDocument(sum, this.#collection, document, table)
    return sum
  }
}
