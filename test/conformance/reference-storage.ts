/**
 * What the storage must answer: RxDB's memory storage, made to keep the contract where it does not, and beside it a
 * model of what memory has no notion of: the order of commits, and which attachments there are.
 */
import { stripAttachmentsDataFromDocument } from 'rxdb'
import { getRxStorageMemory, type RxStorageInstanceMemory } from 'rxdb/plugins/storage-memory'
import { createInstance, type Bulk, type Instance, type Schema, type Stored, type TestDoc } from './storage-fixture.ts'
import type { WriteError, WriteRow } from './test-documents.ts'

export type Event = Bulk['events'][number]

export class ReferenceStorage {
  readonly memory: Instance
  readonly schema: Schema
  /** The current states, in the order in which they were committed. */
  readonly states = new Map<string, Stored>()
  /** A state that each document has had before. */
  readonly older = new Map<string, Stored>()
  readonly #callOf = new Map<string, number>()
  #calls = 0

  static async open(schema: Schema, collection: string): Promise<ReferenceStorage> {
    return new ReferenceStorage(await createInstance(getRxStorageMemory(), { schema, collection }), schema)
  }

  private constructor(memory: Instance, schema: Schema) {
    this.memory = memory
    this.schema = schema
  }

  /**
   * Row by row: memory takes a second row of a document in one call for another insert and counts it twice in its
   * indexes, while the contract lets the first win.
   */
  async write(rows: readonly WriteRow[], context: string): Promise<{ errors: WriteError[]; events: Event[] }> {
    this.#calls += 1
    const errors: WriteError[] = []
    const events: Event[] = []
    for (const row of rows) {
      const told: Event[] = []
      const subscription = this.memory.changeStream().subscribe((bulk) => void told.push(...bulk.events))
      const refused = await this.#writeRow(row, context)
      subscription.unsubscribe()
      errors.push(...refused)
      // Memory tells of rows that it refused for want of an attachment's data; nothing has happened to them.
      if (refused.length > 0) continue
      events.push(...told)
      this.#remember(row)
    }
    return { errors, events }
  }

  /** The call that wrote the current state of a document: within one call the order is the storage's affair. */
  callOf(id: string): number {
    return this.#callOf.get(id)!
  }

  async cleanUp(before: number): Promise<void> {
    for (const [id, state] of this.states) {
      if (state._deleted && state._meta.lwt <= before) this.states.delete(id)
    }
    await this.memory.cleanup(0)
  }

  /** Memory throws where every row of a call was refused with 510, after it has sorted out the errors. */
  async #writeRow(row: WriteRow, context: string): Promise<WriteError[]> {
    const rows = [row]
    try {
      return (await this.memory.bulkWrite(rows, context)).error
    } catch (error) {
      const { categorizedByWriteInput } = this.memory as unknown as RxStorageInstanceMemory<TestDoc>
      const errors = categorizedByWriteInput.get(rows)?.errors ?? []
      if (errors.length === 0) throw error
      return errors
    }
  }

  #remember({ document }: WriteRow): void {
    const before = this.states.get(document.id)
    if (before) this.older.set(document.id, before)
    this.states.delete(document.id)
    this.states.set(document.id, stripAttachmentsDataFromDocument(document) as Stored)
    this.#callOf.set(document.id, this.#calls)
  }
}
