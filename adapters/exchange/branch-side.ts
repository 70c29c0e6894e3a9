/**
 * The branch's end of an exchange: what waits to be sent, what came back, where it stands. Each step is one transaction
 * of its store, so a branch may be killed at any moment and goes on where it was.
 */
import { collectionsByClass, type CollectionDeclaration, type Refusal } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import type {
  Folds,
  Outcome,
  Page,
  Position,
  PushRequest,
  PushResponse,
  Receipt,
  Standpoint,
} from '../../schemas/protocol/exchange.ts'
import type { Backlog } from '../../schemas/protocol/status.ts'
import { ROW_STATE, type RowState } from '../sqlite/document-row.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import type { Attribution } from './attribution.ts'
import { Acceptances } from './acceptances.ts'
import { backlogOf } from './backlog.ts'
import { BranchPositions } from './branch-positions.ts'
import { BranchRecovery } from './branch-recovery.ts'
import { despiteFailing } from './despite-failing.ts'
import { Discards } from './discards.ts'
import { Exceptions, MAX_TRIES } from './exceptions.ts'
import { FailedAlone, type SentState } from './failed-alone.ts'
import { FromCloud } from './from-cloud.ts'
import { KnownCloud } from './known-cloud.ts'
import { mergePages } from './merge-pages.ts'
import { ReceiptBook, type OpenReceipts } from './receipt-book.ts'
import { declarationOf, documentKey, idOf, type Replica } from './replica.ts'
import { noteStatusConflicts } from './status-conflicts.ts'
import { Wanted } from './wanted.ts'

export interface Batch extends Pick<PushRequest, 'class' | 'documents'> {
  /** `BranchRecovery.generation` when it was read. */
  readonly generation: number
  /** Where the next batch begins for one who sends several before the first is answered. */
  readonly upTo: number
}
/** Classes of which nothing waits at the cloud, and where the branch may stand. */
type Level = Page['level']

/** Refusals of a delivery's receipts until they are given up. */
const MAX_REFUSALS = 2

const NONE: ReadonlySet<number> = new Set()

export class BranchSide {
  readonly replica: Replica
  readonly branchId: string
  readonly exceptions: Exceptions
  readonly discards: Discards
  readonly acceptances: Acceptances
  readonly attribution: Attribution
  readonly known: KnownCloud
  readonly recovery: BranchRecovery
  readonly wantedHere: Wanted
  readonly #positions: BranchPositions
  readonly #receipts: ReceiptBook
  readonly #fromCloud: FromCloud
  readonly #failedAlone = new FailedAlone()
  #beat = 0
  readonly #classes: ReadonlyMap<number, readonly CollectionDeclaration[]>

  constructor(replica: Replica, branchId: string, attribution: Attribution) {
    this.replica = replica
    this.branchId = branchId
    this.attribution = attribution
    this.exceptions = new Exceptions(replica.store)
    this.discards = new Discards(replica)
    this.acceptances = new Acceptances(replica.store)
    this.known = new KnownCloud(replica.store)
    this.wantedHere = new Wanted(replica.store)
    this.#positions = new BranchPositions(replica.store, replica.store.declarations)
    this.#receipts = new ReceiptBook(replica.store)
    this.recovery = new BranchRecovery({
      store: replica.store,
      positions: this.#positions,
      receipts: this.#receipts,
      acceptances: this.acceptances,
      known: this.known,
    })
    this.#fromCloud = new FromCloud(this)
    this.#classes = collectionsByClass(replica.store.declarations)
    replica.store.derive(noteStatusConflicts(this.exceptions))
  }

  /**
   * The oldest changes of a class in one state; `undefined` when there are none.
   *
   * @param after the `upTo` of the batch before
   */
  nextBatch(syncClass: number, limit: number, state: RowState = ROW_STATE.dirty, after = 0): Batch | undefined {
    const tables = (this.#classes.get(syncClass) ?? []).map((declaration) => {
      const { rows, isCut } = this.replica.store.table(declaration.name).rowsInState(state, limit, after)
      return { rows: rows.map((row) => ({ declaration, row })), isCut }
    })
    const { rows: taken } = mergePages(tables, limit, ({ row }) => row.pending)
    if (taken.length === 0) return undefined
    const documents = taken.map(({ declaration, row }) => ({
      collection: declaration.name,
      version: declaration.schema.version,
      seq: row.seq as number,
      document: replicatedState(row.doc) as Record<string, unknown>,
    }))
    return { class: syncClass, documents, generation: this.recovery.generation(), upTo: taken.at(-1)!.row.pending }
  }

  /**
   * Joins what the cloud answered and settles each row that has not been written since it was sent. An answer to what was
   * offered before everything was offered anew counts for nothing.
   *
   * @param alongside noted in the same transaction
   */
  settle(batch: Omit<Batch, 'upTo'>, answer: PushResponse, nowMs: number, alongside: () => void = nothing): void {
    const sent = new Map(batch.documents.map((entry) => [`${entry.collection}\n${entry.seq}`, entry.document]))
    const sentFor = ({ collection, seq }: Outcome) => sent.get(`${collection}\n${seq}`)
    const { store } = this.replica
    despiteFailing(
      answer.outcomes.filter((outcome) => sentFor(outcome)),
      {
        store,
        all: (failing) =>
          store.transaction('exchange', (write) => {
            alongside()
            if (batch.generation !== this.recovery.generation()) return
            const applied: Outcome[] = []
            for (const outcome of answer.outcomes) {
              const document = sentFor(outcome)
              if (!document) continue
              const failure = failing.get(outcome)
              const { collection, id, seq } = outcome
              const settled = failure ? ({ collection, id, seq, outcome: 'rejected', ...failure } as const) : outcome
              if (settled.outcome === 'applied' && !settled.document) applied.push(settled)
              this.#settleOne(write, settled, document, nowMs)
            }
            for (const { name } of this.#classes.get(batch.class) ?? []) {
              const seqs = applied.flatMap(({ collection, seq }) => (collection === name ? seq : []))
              if (seqs.length > 0) store.table(name).settleUnchanged(seqs)
            }
            this.#takeFolds(answer)
            this.#positions.level(answer.level)
            this.known.rely(answer.head)
          }),
        one: (write, outcome) => this.#settleOne(write, outcome, sentFor(outcome)!, nowMs),
        stateOf: (outcome) => this.#stateOf(outcome),
        failedAlone: this.#failedAlone,
      },
    )
  }

  /** Headquarters, or what lies before it, takes no request with this document: one more failure of it. */
  refuse({ documents, generation }: Batch, { code, reason }: Refusal, nowMs: number): void {
    this.replica.store.transaction('exchange', (write) => {
      if (generation !== this.recovery.generation()) return
      for (const { collection, seq, document } of documents) {
        const id = idOf(declarationOf(this.replica, collection), document)
        this.#settleOne(write, { collection, id, seq, outcome: 'rejected', code, reason }, document, nowMs)
      }
    })
  }

  /** The number of the next heartbeat of this start, whatever carries it. */
  nextBeat(): number {
    this.#beat += 1
    return this.#beat
  }

  /** Where the branch stands, and what it holds. */
  standpoint(): Standpoint {
    const { store } = this.replica
    const folded = this.acceptances.head() ?? (this.#holdsContributions() ? { epoch: store.epoch, seq: 0 } : undefined)
    const collections = store.declarations.map(({ name }) => name)
    const witness = this.known.witness()
    const head = store.head()
    const positions = this.#positions.all()
    return { head, ...(witness && { witness }), positions, collections, ...(folded && { folded }) }
  }

  /** The cloud has nothing of these classes up to its head. */
  standAt(level: Level, head: Position): void {
    const positions = this.#positions.all()
    const moves = Object.entries(level).some(([of, { epoch, seq }]) => {
      // Of a class that only headquarters has there is nothing to stand at.
      if (!this.#classes.has(Number(of))) return false
      const at = positions[of]
      return at?.seq !== seq || at.epoch !== epoch || at.loading === true
    })
    if (!moves) return
    this.replica.store.transaction('position', () => {
      this.#positions.level(level)
      this.known.rely(head)
    })
  }

  /** Collections whose first load, or a load anew, is not through. */
  collectionsLoading(): string[] {
    const positions = this.#positions.all()
    return [...this.#classes].flatMap(([syncClass, declarations]) =>
      (positions[syncClass]?.loading ?? true) ? declarations.map(({ name }) => name) : [],
    )
  }

  /**
   * Documents that failed, or were found missing, and are asked for with the next page.
   *
   * @param suspended classes that are left out; so is a collection that is no longer declared, until it is again
   */
  wanted(limit: number, suspended: ReadonlySet<number> = NONE): { collection: string; id: string; class: number }[] {
    const classes = new Map(
      this.replica.store.declarations.flatMap(({ name, syncClass }) =>
        suspended.has(syncClass) ? [] : [[name, syncClass] as const],
      ),
    )
    const failed = this.exceptions.wanted('pull', [...classes.keys()], limit)
    const missed = this.wantedHere.list([...classes.keys()], limit - failed.length)
    return [...failed, ...missed].map((wanted) => ({ ...wanted, class: classes.get(wanted.collection)! }))
  }

  /**
   * Takes a page: joins the good documents, notes receipts for all, moves the position.
   *
   * @param wanted what was asked for again with it
   * @param alongside noted in the same transaction
   */
  applyPage(
    syncClass: number,
    page: Page,
    nowMs: number,
    wanted: readonly { collection: string; id: string }[] = [],
    alongside: () => void = nothing,
  ): Receipt[] {
    return this.#takePage(syncClass, page, nowMs, alongside, (write, receipts) => {
      const came = new Set(receipts.map(documentKey))
      for (const one of wanted) {
        const wasMissed = this.wantedHere.remove(one)
        if (!came.has(documentKey(one)) && !wasMissed) this.#fromCloud.noteMissing(write, one, nowMs)
      }
      this.#positions.move(syncClass, page.upTo, page.more)
      this.#positions.level(page.level)
    })
  }

  /**
   * A class whose first load is through: headquarters knows it, and takes nothing that it hands out under its name for
   * progress of a load.
   */
  loadedClass(): number | undefined {
    const loaded = Object.entries(this.#positions.all()).find(([, { loading }]) => loading !== true)
    return loaded && Number(loaded[0])
  }

  /** Takes a page that was asked for documents alone: it says nothing of where the branch stands, or of what is missing. */
  takeAsked(syncClass: number, page: Page, nowMs: number): Receipt[] {
    return this.#takePage(syncClass, page, nowMs, nothing, nothing)
  }

  #takePage(
    syncClass: number,
    page: Page,
    nowMs: number,
    alongside: () => void,
    conclude: (write: WriteContext, receipts: readonly Receipt[]) => void,
  ): Receipt[] {
    const { store } = this.replica
    return despiteFailing(page.documents, {
      store,
      all: (failing) =>
        store.transaction('exchange', (write) => {
          alongside()
          if (page.foldedUpTo.seq < page.head.seq) {
            this.#takeFolds(page)
            return []
          }
          const receipts = this.#fromCloud.take(write, page.documents, nowMs, failing)
          conclude(write, receipts)
          // Only now: what was folded of a document that came with this page is noted too.
          this.#takeFolds(page)
          this.#receipts.note(page.delivery, syncClass, receipts)
          this.known.rely(page.head)
          return receipts
        }),
      one: (write, entry) => this.#fromCloud.take(write, [entry], nowMs),
      stateOf: ({ collection, seq, document }) =>
        this.#stateOf({ collection, id: idOf(declarationOf(this.replica, collection), document), seq }),
      failedAlone: this.#failedAlone,
    })
  }

  #stateOf({ collection, id, seq }: { collection: string; id: string; seq: number }): SentState {
    return { branchId: this.branchId, collection, id, seq }
  }

  /** Receipts that the cloud has not confirmed, oldest delivery first. */
  openReceipts(): OpenReceipts[] {
    return this.#receipts.open()
  }

  /** Headquarters has taken the receipts of these deliveries. Call inside a transaction. */
  noteConfirmed(deliveries: readonly string[]): void {
    for (const delivery of deliveries) this.#receipts.confirmed(delivery)
  }

  receiptsConfirmed(delivery: string, head: Position): void {
    this.replica.store.transaction('receipts', () => {
      this.#receipts.confirmed(delivery)
      this.known.rely(head)
    })
  }

  /**
   * Headquarters does not take the receipts of a delivery. The second time they stand among the exceptions, so that a
   * person can see that headquarters may not know what became of these documents, and synchronisation goes on.
   */
  receiptsRefused({ delivery, receipts }: OpenReceipts, reason: string, nowMs: number): void {
    const { store } = this.replica
    store.transaction('receipts', () => {
      if (this.#receipts.refused(delivery) < MAX_REFUSALS) return
      this.#receipts.confirmed(delivery)
      const { branchId } = this
      for (const { collection, id, seq } of receipts) {
        const failure = {
          direction: 'receipt',
          branchId,
          collection,
          id,
          seq,
          code: 'DELIVERY_UNKNOWN',
          reason,
        } as const
        this.exceptions.fail(failure, nowMs, MAX_TRIES)
      }
    })
  }

  /** What waits to be sent, of one collection or of all. */
  backlog(collection?: string): Backlog {
    const { store, clock } = this.replica
    const collections = collection === undefined ? store.declarations.map(({ name }) => name) : [collection]
    return backlogOf(store, collections, clock.wallMs())
  }

  #holdsContributions(): boolean {
    const { store } = this.replica
    return store.declarations.some((one) => one.contribution && store.table(one.name).rowsAfter(0, 1).length > 0)
  }

  /** A document that is not here yet brings what was folded of it when it comes. */
  #takeFolds({ contained, foldedUpTo }: Folds): void {
    const { store } = this.replica
    const contributing = new Set(store.declarations.filter((one) => one.contribution).map(({ name }) => name))
    for (const fold of contained) {
      if (contributing.has(fold.collection) && store.table(fold.collection).row(fold.id))
        this.acceptances.noteFold(fold)
    }
    this.acceptances.moveHead(foldedUpTo)
  }

  #settleOne(write: WriteContext, outcome: Outcome, sent: Doc, nowMs: number): void {
    const { collection, seq } = outcome
    const declaration = declarationOf(this.replica, collection)
    const id = sent[declaration.merge.key] as string
    const table = this.replica.store.table(collection)
    if (outcome.outcome === 'rejected') {
      const { code = 'INTERNAL', field, reason = '' } = outcome
      // A newer state waits for its own turn.
      if (table.row(id)?.seq !== seq) return
      const document = JSON.stringify(sent)
      const failure = {
        direction: 'push',
        branchId: this.branchId,
        collection,
        id,
        seq,
        code,
        field,
        reason,
        document,
      } as const
      const tries = this.exceptions.fail(failure, nowMs)
      table.settle(write, id, seq, tries < MAX_TRIES ? ROW_STATE.retry : ROW_STATE.parked)
      return
    }
    const wasRefused = this.exceptions.clear('push', this.branchId, collection, id)
    this.acceptances.note(declaration, outcome.document ?? sent, outcome.foldedSeq)
    // What was held is nobody's: an edit of it that has been made meanwhile must follow it, not change who stands there.
    if (outcome.outcome === 'held' && table.row(id)?.seq !== seq) return
    if (outcome.document) this.#fromCloud.join(write, declaration, outcome.document)
    // What is applied is settled together with the others, unless it was parked.
    else if (outcome.outcome !== 'applied' || wasRefused) table.settle(write, id, seq, ROW_STATE.clean)
  }
}

function nothing(): void {
  // Most callers have nothing to note.
}
