/**
 * A storage wrapper that makes RxDB's downstream merge instead of overwrite.
 *
 * `replicateRxCollection` overwrites a document that equals what it assumed of the master. A page that left the master
 * before our last push and arrives after it therefore undoes a newer write. Here such a row is joined with what it
 * would replace; where the result is ahead of the master, it is handed to the upstream as a write of our own.
 */
import {
  META_INSTANCE_SCHEMA_TITLE,
  type BulkWriteRow,
  type RxStorage,
  type RxStorageBulkWriteResponse,
  type RxStorageInstance,
  type RxStorageInstanceCreationParams,
} from 'rxdb'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { merge, sameState } from '../../schemas/merge.ts'

export interface DownstreamMergeOptions<Internals, InstanceOptions> {
  readonly storage: RxStorage<Internals, InstanceOptions>
  readonly declarations: readonly CollectionDeclaration[]
}

/** RxDB marks the downstream's writes with this; its upstream ignores events that carry it. */
const DOWNSTREAM = 'replication-downstream'
const DOWNSTREAM_META = 'replication-down-write-meta'
const JOINED_AHEAD = 'outpost-joined-ahead'
/** The downstream's note follows its write at once; if it never does (a sibling row was refused), nobody waits longer. */
const NOTE_DEADLINE_MS = 5_000

// oxlint-disable-next-line typescript/no-explicit-any -- any storage, any document
type AnyInstance = RxStorageInstance<any, any, any>
type Row = BulkWriteRow<Record<string, unknown>>

export function wrappedDownstreamMergeStorage<Internals, InstanceOptions>(
  options: DownstreamMergeOptions<Internals, InstanceOptions>,
): RxStorage<Internals, InstanceOptions> {
  // What only headquarters writes is never ahead of it, so it keeps RxDB's plain downstream.
  const declarations = new Map(options.declarations.filter((d) => d.direction === 'both').map((d) => [d.name, d]))
  const notes = new AwaitedNotes()
  const { storage } = options
  return {
    name: `downstream-merge-${storage.name}`,
    rxdbVersion: storage.rxdbVersion,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, InstanceOptions>) {
      const instance = await storage.createStorageInstance(params)
      const declaration = declarations.get(params.collectionName)
      if (params.schema.title === META_INSTANCE_SCHEMA_TITLE) announceNotes(instance, notes)
      else if (declaration) joinDownstreamWrites(instance, declaration, notes)
      return instance
    },
  }
}

function joinDownstreamWrites(instance: AnyInstance, declaration: CollectionDeclaration, notes: AwaitedNotes): void {
  const bulkWrite = instance.bulkWrite.bind(instance)
  instance.bulkWrite = async (rows, context) => {
    if (!context.startsWith(DOWNSTREAM)) return bulkWrite(rows, context)
    const plain: Row[] = []
    const ahead: Row[] = []
    const awaited = new Map<string, () => void>()
    for (const row of rows as Row[]) {
      const joined = row.previous && merge(declaration.merge, row.previous, row.document)
      if (!joined || sameState(joined, row.document)) {
        plain.push(row)
        continue
      }
      ahead.push({ previous: row.previous, document: ownWrite(row.document, joined) } as Row)
      const id = row.document[declaration.merge.key] as string
      awaited.set(id, notes.expect(id, row.document))
    }
    const response: RxStorageBulkWriteResponse<unknown> = { error: [] }
    if (plain.length > 0) response.error.push(...(await bulkWrite(plain, context)).error)
    if (ahead.length > 0) {
      const { error } = await bulkWrite(ahead, JOINED_AHEAD)
      // Of a row that was not written the downstream makes no note.
      for (const failed of error) awaited.get(failed.documentId)?.()
      response.error.push(...error)
    }
    return response
  }
}

/** Without the origin mark `o`, RxDB takes the state for one that was written here. */
function ownWrite(masters: Row['document'], joined: Doc): Record<string, unknown> {
  const { o: _origin, ...meta } = masters['_meta'] as Record<string, unknown>
  return { ...joined, _meta: meta, _rev: masters['_rev'], _attachments: masters['_attachments'] ?? {} }
}

/**
 * The upstream decides by comparing with the note of what the master has. It must not look between the downstream's
 * write and the downstream's note, or it finds the note of an earlier push, equal to the joined state, and sends nothing.
 */
function announceNotes(instance: AnyInstance, notes: AwaitedNotes): void {
  const findDocumentsById = instance.findDocumentsById.bind(instance)
  instance.findDocumentsById = async (ids, withDeleted) => {
    await notes.settled(ids.filter((id) => id.endsWith('|0')).map((id) => id.slice(0, -2)))
    return findDocumentsById(ids, withDeleted)
  }
  const bulkWrite = instance.bulkWrite.bind(instance)
  instance.bulkWrite = async (rows, context) => {
    try {
      return await bulkWrite(rows, context)
    } finally {
      if (context === DOWNSTREAM_META) {
        for (const { document } of rows) notes.made(document['itemId'] as string, document['docData'] as Doc)
      }
    }
  }
}

class AwaitedNotes {
  readonly #expected = new Map<
    string,
    Set<{ readonly master: Doc; readonly made: Promise<void>; settle: () => void }>
  >()

  /** Returns what ends the waiting early. */
  expect(id: string, master: Doc): () => void {
    let resolve!: () => void
    const made = new Promise<void>((done) => (resolve = done))
    const timer = setTimeout(() => note.settle(), NOTE_DEADLINE_MS)
    const note = {
      master,
      made,
      settle: () => {
        clearTimeout(timer)
        const notes = this.#expected.get(id)
        notes?.delete(note)
        if (notes?.size === 0) this.#expected.delete(id)
        resolve()
      },
    }
    const known = this.#expected.get(id)
    if (known) known.add(note)
    else this.#expected.set(id, new Set([note]))
    return note.settle
  }

  made(id: string, master: Doc): void {
    for (const note of this.#expected.get(id) ?? []) if (sameState(note.master, master)) note.settle()
  }

  async settled(ids: readonly string[]): Promise<void> {
    if (this.#expected.size === 0) return
    await Promise.all(ids.flatMap((id) => [...(this.#expected.get(id) ?? [])].map((note) => note.made)))
  }
}
