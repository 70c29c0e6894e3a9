/**
 * What a person does with exceptions, at a branch and at headquarters: look at them, have one tried again, give one up.
 * What is possible is decided in `exception-plan.ts`; how it is done differs between the two nodes.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { OutpostError, toErrorBody } from '../../schemas/outpost-error.ts'
import type {
  DiscardOutcome,
  DiscardStep,
  ExceptionDetail,
  ExceptionFilter,
  ExceptionPage,
  ExceptionQuery,
  ExceptionRecord,
  ExceptionView,
  RetryAllOutcome,
  RetryOutcome,
  RetryStep,
} from '../../schemas/protocol/exceptions.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import { planFor, type ExceptionPlan } from './exception-plan.ts'
import { exceptionView, failedState, maskedState, standingOf } from './exception-view.ts'
import { FORGOTTEN, type Exceptions, type ExceptionRow } from './exceptions.ts'
import type { Replica } from './replica.ts'

export interface ExceptionDeskParts {
  readonly node: 'branch' | 'cloud'
  readonly replica: Replica
  readonly exceptions: Exceptions
  /** Whether headquarters' state is on its way, to take the document's place. */
  readonly isDiscarded: (collection: string, id: string) => boolean
  /** Tries what a client had sent; it opens transactions of its own. */
  readonly take: (collection: string, branchId: string, document: Doc) => void
  /** Does the other steps, inside a transaction. */
  readonly retry: (write: WriteContext, row: ExceptionRow, step: Exclude<RetryStep, 'take' | 'done'>) => void
  readonly discard: (write: WriteContext, row: ExceptionRow, step: DiscardStep) => void
  /** Something may be sent or asked for. */
  readonly wake: () => void
}

/** Exceptions that are retried before others have their turn. */
const CHUNK = 100

export class ExceptionDesk {
  readonly #parts: ExceptionDeskParts

  constructor(parts: ExceptionDeskParts) {
    this.#parts = parts
  }

  /** A page, newest first. With documents their states are whole, and the page may be shorter than asked for. */
  list(query: ExceptionQuery = {}): ExceptionPage<ExceptionRecord> {
    const { after, collection, branch, waiting, documents } = query
    const limit = Number(query.limit ?? 100)
    const rows = this.#parts.exceptions.list({
      collection,
      branchId: branch,
      ...(waiting !== undefined && { waiting: waiting === 'true' }),
      ...(after !== undefined && { after: readCursor(after) }),
      limit,
      withDocuments: documents === 'true',
    })
    const last = rows.at(-1)
    // Only a page without a row is surely the last one: a short one may have been ended by long documents.
    const next = last && (rows.length === limit || documents === 'true') ? cursorOf(last) : undefined
    return { exceptions: rows.map((row) => this.#record(row)), ...(next !== undefined && { next }) }
  }

  /** @throws OutpostError EXCEPTION_UNKNOWN, BAD_REQUEST where several ids begin so */
  show(id: string): ExceptionDetail {
    const row = this.#find(id)
    const { document, ...view } = this.#record(row)
    const stored = this.#stored(row)
    return {
      ...view,
      ...(document && { document: maskedState(document) }),
      ...(stored && { stored: maskedState(stored) }),
    }
  }

  /** @throws OutpostError EXCEPTION_UNKNOWN, BAD_REQUEST, EXCEPTION_STANDS, ERASED; whatever a store throws */
  retry(id: string, dryRun = false): RetryOutcome {
    const row = this.#find(id)
    const { retry: does } = this.#plan(row)
    const exception = this.#view(row)
    if (does === undefined) throw standsError(exception, 'tried again')
    if (dryRun) return { dryRun, exception, does }
    const refused = this.#retryOne(row, does)
    this.#parts.wake()
    return { dryRun, exception, does, ...(refused && { refused }) }
  }

  /** All that wait for a person, of a collection or branch if one is named. */
  async retryAll({ collection, branch }: ExceptionFilter = {}, dryRun = false): Promise<RetryAllOutcome> {
    let [retried, refused, skipped] = [0, 0, 0]
    const { exceptions } = this.#parts
    const selection = { collection, branchId: branch, waiting: false, limit: CHUNK, withDocuments: false }
    let after: ExceptionRow | undefined
    for (;;) {
      const page = exceptions.list({ ...selection, after })
      for (const { key } of page) {
        // Its document is read for each by itself, since there may be many of any length.
        const [row] = exceptions.find(key)
        const does = row && this.#plan(row).retry
        if (!row || does === undefined) skipped += 1
        else if (!dryRun && this.#triedInVain(row, does)) refused += 1
        else retried += 1
      }
      after = page.at(-1)
      if (page.length < CHUNK) break
      await nextTurn()
    }
    if (!dryRun) this.#parts.wake()
    return { dryRun, retried, refused, skipped }
  }

  /** @throws OutpostError EXCEPTION_UNKNOWN, BAD_REQUEST, EXCEPTION_STANDS */
  discard(id: string, dryRun = false): DiscardOutcome {
    const row = this.#find(id)
    const { discard: does } = this.#plan(row)
    const discarded = this.#record(row)
    if (does === undefined) throw standsError(discarded, 'discarded')
    const stored = does === 'forget' ? undefined : this.#stored(row)
    const outcome = { dryRun, does, discarded, ...(stored && { stored: replicatedState(stored) }) }
    if (dryRun) return outcome
    const { replica, exceptions } = this.#parts
    replica.store.transaction('exceptions', (write) => {
      this.#clear(exceptions, row)
      if (does !== 'forget') this.#parts.discard(write, row, does)
    })
    this.#parts.wake()
    return outcome
  }

  #retryOne(row: ExceptionRow, does: RetryStep): RetryOutcome['refused'] {
    const { replica, exceptions } = this.#parts
    if (does === 'take') {
      this.#parts.take(row.collection, row.branchId, failedState(row, this.#declaration(row))!)
      const [again] = exceptions.find(row.key)
      if (again && again.tries > row.tries) return refusalOf(again)
    }
    replica.store.transaction('exceptions', (write) => {
      if (does === 'take' || does === 'done' || does === 'restore') this.#clear(exceptions, row)
      else exceptions.resetTries(row)
      if (does !== 'take' && does !== 'done') this.#parts.retry(write, row, does)
    })
    return undefined
  }

  /** One that fails must not keep the others from their turn; one that the disk fails at does. */
  #triedInVain(row: ExceptionRow, does: RetryStep): boolean {
    try {
      return this.#retryOne(row, does) !== undefined
    } catch (error) {
      if (/^(DISK|STORE)_/.test(toErrorBody(error).code)) throw error
      return true
    }
  }

  #clear(exceptions: Exceptions, { direction, branchId, collection, id }: ExceptionRow): void {
    exceptions.clear(direction, branchId, collection, id)
  }

  #find(id: string): ExceptionRow {
    const [row, other] = this.#parts.exceptions.find(id)
    if (!row) throw new OutpostError('EXCEPTION_UNKNOWN', `there is no exception ${id} here`, { field: 'id' })
    if (!other) return row
    throw new OutpostError('BAD_REQUEST', `several exceptions begin with ${id}: name more of it`, { field: 'id' })
  }

  #record(row: ExceptionRow): ExceptionRecord {
    const document = failedState(row, this.#declaration(row))
    return { ...this.#view(row), ...(document && { document }) }
  }

  #declaration({ collection }: ExceptionRow): CollectionDeclaration | undefined {
    return this.#parts.replica.store.declarations.find(({ name }) => name === collection)
  }

  #view(row: ExceptionRow): ExceptionView {
    return exceptionView(row, this.#declaration(row), this.#standing(row), this.#plan(row))
  }

  #plan(row: ExceptionRow): ExceptionPlan {
    const { node, isDiscarded } = this.#parts
    const { direction, code, collection, id, reason } = row
    return planFor({
      node,
      direction,
      code,
      hasState: reason !== FORGOTTEN,
      standing: this.#standing(row),
      isDiscarded: isDiscarded(collection, id),
    })
  }

  #standing({ collection, id }: ExceptionRow) {
    const { store } = this.#parts.replica
    const declaration = store.declarations.find(({ name }) => name === collection)
    return standingOf(declaration, declaration && store.table(collection).row(id))
  }

  #stored({ collection, id }: ExceptionRow): Doc | undefined {
    const { store } = this.#parts.replica
    return store.declarations.some(({ name }) => name === collection) ? store.table(collection).get(id) : undefined
  }
}

function refusalOf({ code, field, reason }: ExceptionRow): NonNullable<RetryOutcome['refused']> {
  const known = code in ERROR_CATALOGUE ? (code as keyof typeof ERROR_CATALOGUE) : 'INTERNAL'
  return { code: known, ...(typeof field === 'string' && { field }), reason }
}

function standsError({ id, direction, code }: ExceptionView, what: string): OutpostError {
  const known = code in ERROR_CATALOGUE ? ERROR_CATALOGUE[code as keyof typeof ERROR_CATALOGUE].remedy : ''
  const why =
    direction === 'here'
      ? `it says what stands in the document: ${known}`
      : 'nothing is kept of it, or headquarters is being asked already'
  return new OutpostError('EXCEPTION_STANDS', `${id} cannot be ${what}: ${why}`, { field: 'id' })
}

function cursorOf({ lastAtMs, key }: ExceptionRow): string {
  return `${lastAtMs}-${key}`
}

function readCursor(text: string): { lastAtMs: number; key: string } {
  const at = text.lastIndexOf('-')
  return { lastAtMs: Number(text.slice(0, at)), key: text.slice(at + 1) }
}
