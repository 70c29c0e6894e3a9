/** Carries a history out on the storage and on its reference, and says where the two part. */
import { isDeepStrictEqual } from 'node:util'
import { now } from 'rxdb/plugins/utils'
import { faultOf, matching } from './query-oracle.ts'
import { IDS } from './random-document.ts'
import type { History, Operation, PlannedRow } from './random-history.ts'
import type { RandomQuery } from './random-query.ts'
import { ReferenceStorage, type Event } from './reference-storage.ts'
import { createInstance, type Bulk, type Instance, type StorageFixture, type Stored } from './storage-fixture.ts'
import { attachmentOf, deepFreeze, listen, prepare, type WriteError, type WriteRow } from './test-documents.ts'

/** How often memory's own answer to a query was the right one: were it seldom, the oracle would be wrong. */
export interface Agreement {
  queries: number
  agreed: number
}

interface Checkpoint {
  readonly checkpoint: unknown
  /** The states that a reader with this checkpoint has seen, by their revision. */
  readonly seen: ReadonlySet<string>
}

let runs = 0

/** @returns the first difference, in words; nothing when there is none */
export async function runHistory(
  fixture: StorageFixture,
  history: History,
  agreement: Agreement = { queries: 0, agreed: 0 },
): Promise<string | undefined> {
  runs += 1
  const run = await HistoryRun.start(fixture, history, `history-${runs}`, agreement)
  try {
    for (const [i, operation] of history.operations.entries()) {
      try {
        await run.perform(operation)
      } catch (error) {
        return `operation ${i} (${operation.do}): ${error instanceof Error ? error.message : String(error)}`
      }
    }
    return undefined
  } finally {
    await run.end()
  }
}

class HistoryRun {
  readonly #fixture: StorageFixture
  readonly #history: History
  readonly #collection: string
  readonly #agreement: Agreement
  readonly #reference: ReferenceStorage
  readonly #texts = new Map<string, string>()
  /** Every attachment that was ever there: document, name, digest. */
  readonly #attachments = new Map<string, readonly [string, string, string]>()
  readonly #checkpoints: Checkpoint[] = [{ checkpoint: undefined, seen: new Set() }]
  #instance!: Instance
  #bulks: Bulk[] = []
  #revisions = 0
  #queries = 0

  static async start(
    fixture: StorageFixture,
    history: History,
    collection: string,
    agreement: Agreement,
  ): Promise<HistoryRun> {
    const reference = await ReferenceStorage.open(history.schema, collection)
    const run = new HistoryRun(fixture, history, collection, agreement, reference)
    await run.#open()
    return run
  }

  private constructor(
    fixture: StorageFixture,
    history: History,
    collection: string,
    agreement: Agreement,
    reference: ReferenceStorage,
  ) {
    this.#fixture = fixture
    this.#history = history
    this.#collection = collection
    this.#agreement = agreement
    this.#reference = reference
  }

  async perform(operation: Operation): Promise<void> {
    switch (operation.do) {
      case 'write':
        return this.#write(operation.calls)
      case 'query':
        for (const query of operation.queries) await this.#query(query)
        return undefined
      case 'find':
        return this.#find(operation.ids, operation.withDeleted)
      case 'changes':
        return this.#readChanges(this.#checkpoints[operation.from % this.#checkpoints.length]!)
      case 'attachments':
        return this.#readAttachments()
      case 'cleanup':
        return this.#cleanUp()
      case 'reopen':
        await this.#instance.close()
        this.#fixture.reopen()
        await this.#open()
        return this.#find(IDS, true)
    }
  }

  async end(): Promise<void> {
    await this.#instance.remove()
    await this.#reference.memory.remove()
  }

  async #open(): Promise<void> {
    const { schema } = this.#history
    this.#instance = await createInstance(this.#fixture.storage(), { schema, collection: this.#collection })
    this.#bulks = listen(this.#instance).bulks
  }

  async #write(calls: readonly (readonly PlannedRow[])[]): Promise<void> {
    const writes = calls.map((planned, i) => ({ rows: deepFreeze(this.#toRows(planned)), context: `call ${i % 2}` }))
    this.#bulks.length = 0
    const answers = await Promise.all(writes.map(({ rows, context }) => this.#instance.bulkWrite(rows, context)))
    const events: Event[] = []
    for (const [i, { rows, context }] of writes.entries()) {
      const expected = await this.#reference.write(rows, context)
      same('errors', errorsOf(answers[i]!.error, rows), errorsOf(expected.errors, rows))
      events.push(...expected.events)
    }
    const bulks = this.#bulks.splice(0)
    same('events', eventsOf(bulks.flatMap((bulk) => bulk.events)), eventsOf(events))
    for (const bulk of bulks) if (bulk.events.length === 0) throw new Error('a bulk without events')
    await this.#find(IDS, true)
    const last = bulks.at(-1)
    if (!last) return
    // Other calls, or rows that nobody is told of, may have come after the last bulk's rows.
    const seen = new Set([...this.#reference.states.values()].map(({ _rev }) => _rev))
    const { documents } = await this.#instance.getChangedDocumentsSince!(99, last.checkpoint)
    if (writes.length === 1) same('changes after the checkpoint of the last bulk', documents, [])
    else for (const { _rev } of documents) seen.delete(_rev)
    this.#checkpoints.push({ checkpoint: last.checkpoint, seen })
  }

  /** A second row of a document stays only where the first will be taken, so that it must be refused. */
  #toRows(planned: readonly PlannedRow[]): WriteRow[] {
    const rows = new Map<string, WriteRow>()
    const again: WriteRow[] = []
    for (const plan of planned) {
      const stored = this.#reference.states.get(plan.id)
      const first = rows.get(plan.id)
      if (!first) rows.set(plan.id, this.#toRow(plan, stored))
      else if (first.previous?._rev === stored?._rev && !isBare(first)) {
        again.push(this.#toRow({ ...plan, previous: plan.height % 2 === 0 ? 'none' : 'right' }, stored))
      }
    }
    return [...rows.values(), ...again]
  }

  #toRow(plan: PlannedRow, stored: Stored | undefined): WriteRow {
    this.#revisions += 1
    const previous = this.#previousOf(plan, stored)
    const attachments: Record<string, WriteRow['document']['_attachments'][string]> = {}
    for (const [name, wish] of Object.entries(plan.deleted ? {} : plan.attachments)) {
      const kept = previous?._attachments[name]
      if (wish === 'keep' ? kept : wish === 'bare' && kept) attachments[name] = kept!
      else if (wish === 'bare') attachments[name] = attachmentOf('nowhere').stub
      else if (wish !== 'keep') {
        const { stub, write } = attachmentOf(wish.put)
        this.#texts.set(stub.digest, wish.put)
        this.#attachments.set(JSON.stringify([plan.id, name, stub.digest]), [plan.id, name, stub.digest])
        attachments[name] = write
      }
    }
    const document = {
      ...plan.fields,
      id: plan.id,
      _deleted: plan.deleted,
      _attachments: attachments,
      _meta: { lwt: plan.lwt },
      _rev: `${plan.height}-${this.#revisions}`,
    }
    return previous ? { previous, document } : { document }
  }

  #previousOf({ id, previous }: PlannedRow, stored: Stored | undefined): Stored | undefined {
    if (previous === 'none') return undefined
    if (previous === 'right') return stored
    const other = previous === 'older' ? this.#reference.older.get(id) : undefined
    // Without attachments: what a stub in a write keeps must be there.
    return { ...(other ?? { id, _deleted: false, _meta: { lwt: 1 }, _rev: '1-invented' }), _attachments: {} }
  }

  async #find(ids: readonly string[], withDeleted: boolean): Promise<void> {
    const wanted = [...this.#reference.states.values()].filter((doc) => withDeleted || !doc._deleted)
    const expected = byId(wanted.filter(({ id }) => ids.includes(id)))
    same('memory', byId(await this.#reference.memory.findDocumentsById([...ids], withDeleted)), expected)
    same('findDocumentsById', byId(await this.#instance.findDocumentsById([...ids], withDeleted)), expected)
  }

  async #query(query: RandomQuery): Promise<void> {
    const prepared = prepare(this.#instance, { ...query })
    const { schema } = this.#instance
    const matched = matching(schema, prepared.query, [...this.#reference.states.values()])
    const { documents } = await this.#instance.query(prepared)
    const fault = faultOf(schema, prepared.query, matched, documents)
    const ids = () => JSON.stringify({ answer: documents.map(({ id }) => id), matching: matched.map(({ id }) => id) })
    if (fault !== undefined) throw new Error(`${fault}: ${JSON.stringify(query)} ${ids()}`)
    for (const document of documents) same('a found document', document, this.#reference.states.get(document.id))
    const counted = await this.#instance.count(prepare(this.#instance, { selector: query.selector }))
    if (counted.count !== matched.length) {
      throw new Error(`count ${counted.count} instead of ${matched.length}: ${JSON.stringify(query.selector)}`)
    }
    this.#queries += 1
    if (this.#queries % 4 !== 0) return
    const memory = (await this.#reference.memory.query(prepared)).documents
    this.#agreement.queries += 1
    if (faultOf(schema, prepared.query, matched, memory) === undefined) this.#agreement.agreed += 1
  }

  /** With pages of every size: all states that the reader has not seen, each once, in the order of commits. */
  async #readChanges({ checkpoint, seen }: Checkpoint): Promise<void> {
    const expected = [...this.#reference.states.values()].filter(({ _rev }) => !seen.has(_rev))
    const { documents: all } = await this.#instance.getChangedDocumentsSince!(99, checkpoint)
    same('changes', byId(all), byId(expected))
    const calls = all.map(({ id }) => this.#reference.callOf(id))
    same(
      'order of the changes',
      calls,
      calls.toSorted((a, b) => a - b),
    )
    for (let size = 1; size <= all.length + 1; size++) {
      const read: Stored[] = []
      let at = checkpoint
      for (;;) {
        const page = await this.#instance.getChangedDocumentsSince!(size, at)
        same('size of a page', page.documents.length, Math.min(size, all.length - read.length))
        read.push(...page.documents)
        if (page.documents.length === 0) {
          if (at !== undefined) same('checkpoint of an empty page', page.checkpoint, at)
          break
        }
        at = page.checkpoint
        this.#checkpoints.push({ checkpoint: at, seen: new Set([...seen, ...read.map(({ _rev }) => _rev)]) })
      }
      same(`changes in pages of ${size}`, read, all)
    }
  }

  async #readAttachments(): Promise<void> {
    for (const [id, name, digest] of this.#attachments.values()) {
      const stub = this.#reference.states.get(id)?._attachments[name]
      const expected = stub?.digest === digest ? this.#texts.get(digest) : undefined
      const read = await this.#instance.getAttachmentData(id, name, digest).then(
        (blob) => blob.text(),
        () => undefined,
      )
      same(`attachment ${name} of ${id}`, read, expected)
    }
  }

  async #cleanUp(): Promise<void> {
    for (let calls = 0; !(await this.#instance.cleanup(0)); calls++) {
      if (calls > 20) throw new Error('cleanup comes to no end')
    }
    await this.#reference.cleanUp(now())
    await this.#find(IDS, true)
  }
}

function same(what: string, ours: unknown, expected: unknown): void {
  if (isDeepStrictEqual(ours, expected)) return
  throw new Error(`${what}: ${JSON.stringify(ours)} instead of ${JSON.stringify(expected)}`)
}

function byId(documents: readonly Stored[]): Stored[] {
  return documents.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** In the order of the rows that they refuse. */
function errorsOf(errors: readonly WriteError[], rows: readonly WriteRow[]): unknown[] {
  const seen = errors.map((error) => ({ ...error, writeRow: rows.indexOf(error.writeRow) }))
  return seen.toSorted((a, b) => a.writeRow - b.writeRow)
}

/** By document: events of one bulk have no order among each other. What an insert names as its past is no matter. */
function eventsOf(events: readonly Event[]): unknown[] {
  return events
    .map(({ documentId, operation, documentData, previousDocumentData }) => ({
      documentId,
      operation,
      documentData,
      ...(operation !== 'INSERT' && { previousDocumentData }),
    }))
    .toSorted((a, b) => (a.documentId < b.documentId ? -1 : a.documentId > b.documentId ? 1 : 0))
}

function isBare({ document, previous }: WriteRow): boolean {
  return Object.entries(document._attachments).some(
    ([name, attachment]) => !('data' in attachment) && !previous?._attachments[name],
  )
}
