/**
 * The cloud's end of an exchange: each step is one transaction of its store. It keeps no session; where a branch stands
 * comes with every request.
 */
import { collectionsByClass, type CollectionDeclaration } from '../../schemas/collection.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { OutpostError, toErrorBody } from '../../schemas/outpost-error.ts'
import type {
  DigestsRequest,
  DigestsResponse,
  Fold,
  HeartbeatRequest,
  Outcome,
  Page,
  Position,
  Positions,
  Standpoint,
  PullRequest,
  PushRequest,
  PushResponse,
  ReceiptsRequest,
  ReceiptsResponse,
  WhereaboutsRequest,
} from '../../schemas/protocol/exchange.ts'
import type { DocumentRow } from '../sqlite/document-row.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import { bucketOf } from '../sqlite/digest-ledger.ts'
import { acceptDocument, type Sender } from './accept-document.ts'
import type { Attribution } from './attribution.ts'
import { BalanceLedger } from './balance-ledger.ts'
import { BranchLinks } from './branch-links.ts'
import { DeletedDocuments } from './deleted-documents.ts'
import { Deliveries } from './deliveries.ts'
import { Exceptions, MAX_TRIES } from './exceptions.ts'
import { FailedAlone } from './failed-alone.ts'
import type { Gate } from './gate.ts'
import { mergePages } from './merge-pages.ts'
import type { Recovery } from './recovery.ts'
import { declarationOf, documentKey, idOf, NO_ORIGIN, scopesOf, unknownCollection, type Replica } from './replica.ts'
import { noteStatusConflicts } from './status-conflicts.ts'
import { takeAll } from './take-all.ts'
import { takeBack } from './take-back.ts'
import { unknownFolds, type UnknownFolds } from './unknown-folds.ts'

type Standing = Pick<PushResponse, 'head' | 'priority' | 'level'>

/** Who is who, as headquarters decides it. */
export interface CloudIdentity {
  readonly attribution: Attribution
  readonly gate: Gate
  readonly recovery: Recovery
  /** Hears of each document that was rejected, inside the transaction that rejects it. */
  readonly onRejected: (declaration: CollectionDeclaration, id: string, branchId: string, code: string) => void
}

export class CloudSide {
  readonly replica: Replica
  readonly #identity: CloudIdentity
  readonly balances: BalanceLedger
  readonly deliveries: Deliveries
  readonly exceptions: Exceptions
  readonly links: BranchLinks
  readonly recovery: Recovery
  readonly deleted: DeletedDocuments
  readonly #classes: ReadonlyMap<number, readonly CollectionDeclaration[]>
  readonly #failedAlone = new FailedAlone()

  constructor(replica: Replica, identity: CloudIdentity) {
    this.replica = replica
    this.#identity = identity
    this.balances = new BalanceLedger(replica.store, identity.attribution)
    this.deliveries = new Deliveries(replica.store)
    this.exceptions = new Exceptions(replica.store)
    this.links = new BranchLinks(replica.store)
    this.recovery = identity.recovery
    this.deleted = new DeletedDocuments(replica.store)
    this.#classes = collectionsByClass(replica.store.declarations)
    replica.store.derive(this.balances.derive)
    replica.store.derive(noteStatusConflicts(this.exceptions))
  }

  /** Merges a batch of one class, commits, then answers one outcome per document. */
  push(branchId: string, request: PushRequest): PushResponse {
    const { store } = this.replica
    this.admit(branchId, request)
    const { contained, cutAt } = this.#unknownFolds(branchId, request)
    // A member that came back with this answer would show more than the branch has been told of.
    if (cutAt) return { outcomes: [], contained, foldedUpTo: cutAt, ...this.standing(branchId, request) }
    const outcomes = this.#acceptAll(this.#senderOf(branchId), request)
    // What follows from a document is derived at the end of the transaction that accepts it.
    const histories = this.#histories(outcomes.filter(({ outcome }) => outcome !== 'rejected'))
    const told = outcomes.map((one) => {
      const [newest] = histories.get(documentKey(one)) ?? []
      return newest && one.outcome !== 'rejected' ? { ...one, foldedSeq: newest.foldedSeq } : one
    })
    return { outcomes: told, contained, foldedUpTo: store.head(), ...this.standing(branchId, request) }
  }

  /**
   * Takes what a PC that was declared dead has not sent: nothing else of it counts, and nobody relies on its store.
   *
   * @throws OutpostError CLONE_SUSPECTED for one that lives
   */
  takeFromDead(
    branchId: string,
    introduction: Pick<HeartbeatRequest, 'head' | 'epochs' | 'beat'>,
    documents: PushRequest['documents'],
  ): Outcome[] {
    if (!this.links.isDead(branchId, introduction)) {
      throw new OutpostError('CLONE_SUSPECTED', `nobody has said that this PC of branch "${branchId}" is dead`)
    }
    const outcomes = this.#acceptAll(this.#senderOf(branchId), { documents })
    this.replica.store.transaction('exchange', () => {
      outcomes.forEach(({ collection, id, seq, outcome, code = 'INTERNAL', field, reason = '' }, i) => {
        if (outcome !== 'rejected') return
        const document = JSON.stringify(documents[i]!.document)
        const failure = { direction: 'push', branchId, collection, id, seq, code, field, reason, document } as const
        // It does not come again.
        this.exceptions.fail(failure, Date.now(), MAX_TRIES)
      })
    })
    return outcomes
  }

  /**
   * The next page of a class after the branch's position, and the documents that it wants again.
   *
   * @param carried whether more pages follow before the receipts for this one can come
   */
  pull(branchId: string, request: PullRequest, carried = false): Page {
    const { store } = this.replica
    this.admit(branchId, request)
    const declarations = this.#knownOf(request.class, request)
    const { after, exceptOrigin } = this.#positionOf(branchId, request.positions, request.class)
    const { contained, cutAt } = this.#unknownFolds(branchId, request)
    const { receipts = [] } = request
    if (cutAt) {
      if (receipts.length > 0) store.transaction('receipts', () => this.#confirmAll(branchId, request, receipts))
      const nothing = { delivery: '', documents: [], upTo: { epoch: store.epoch, seq: after }, more: true }
      return { ...nothing, contained, foldedUpTo: cutAt, ...this.standing(branchId, request) }
    }
    const tables = declarations.flatMap((declaration) =>
      scopesOf(branchId).map((scope) => {
        const { limit } = request
        const { rows, isCut } = store.table(declaration.name).rowsOfScope(scope, after, exceptOrigin, limit)
        return { rows: rows.map((row) => ({ declaration, row })), isCut }
      }),
    )
    const { rows: page, more: full } = mergePages(tables, request.limit, ({ row }) => row.seq)
    // A page that is not full has seen everything up to the head.
    const upTo: Position = full ? { epoch: store.epoch, seq: page.at(-1)!.row.seq } : store.head()
    page.push(...this.#wanted(branchId, request.wanted))
    const histories = this.#histories(
      page.map(({ declaration: { name: collection }, row: { id } }) => ({ collection, id })),
    )
    const documents = page.map(({ declaration, row }) => {
      const [newest] = histories.get(documentKey({ collection: declaration.name, id: row.id })) ?? []
      return {
        collection: declaration.name,
        version: declaration.schema.version,
        seq: row.seq,
        ...(newest && { foldedSeq: newest.foldedSeq }),
        document: replicatedState(row.doc),
      }
    })
    const delivery =
      documents.length + receipts.length === 0
        ? ''
        : store.transaction('delivery', () => {
            this.#confirmAll(branchId, request, receipts)
            if (documents.length === 0) return ''
            const listed = page.map(({ declaration, row }) => ({
              collection: declaration.name,
              id: row.id,
              seq: row.seq,
            }))
            return this.deliveries.note(branchId, request.class, upTo.seq, listed, Date.now(), carried)
          })
    // Whoever gets a document for the first time gets its whole history.
    for (const [, ...earlier] of histories.values()) contained.push(...earlier)
    const loading = full && exceptOrigin === NO_ORIGIN
    const positions = { ...request.positions, [request.class]: { ...upTo, loading } }
    const told = { delivery, documents, upTo, more: full, contained, foldedUpTo: store.head() }
    return { ...told, ...this.standing(branchId, { ...request, positions }) }
  }

  receipts(branchId: string, request: ReceiptsRequest): ReceiptsResponse {
    this.admit(branchId, request)
    this.replica.store.transaction('receipts', () => this.#confirmAll(branchId, request, [request]))
    return this.standing(branchId, request)
  }

  #confirmAll(
    branchId: string,
    { head }: Standpoint,
    all: readonly Pick<ReceiptsRequest, 'delivery' | 'receipts'>[],
  ): void {
    this.links.rely(branchId, head)
    for (const { delivery, receipts } of all) {
      for (const receipt of this.deliveries.confirm(branchId, delivery, receipts)) {
        const { collection, id, seq, code = 'INTERNAL', reason = '' } = receipt
        if (receipt.outcome === 'applied') this.exceptions.clear('pull', branchId, collection, id)
        else this.exceptions.fail({ direction: 'pull', branchId, collection, id, seq, code, reason }, Date.now())
      }
    }
  }

  /**
   * What the branch's documents of a collection and scope are at headquarters, for a branch that holds others: first by
   * buckets, then the documents of those that differ.
   */
  digests(branchId: string, request: DigestsRequest): DigestsResponse {
    const { store } = this.replica
    this.admit(branchId, request)
    const { collection, scope, documents: asked } = request
    declarationOf(this.replica, collection)
    if (!scopesOf(branchId).includes(scope)) {
      throw new OutpostError('SCOPE', 'a branch compares what it may hold', { field: 'scope' })
    }
    const standing = this.standing(branchId, request)
    if (!asked) return { buckets: store.digestBuckets(collection, scope), ...standing }
    const buckets = new Set(asked.buckets)
    const { documents, lastSeq } = store.table(collection).hashesAfter(scope, asked.after, MAX_COMPARED)
    const found = documents.filter(({ id }) => buckets.has(bucketOf(id)))
    return { documents: found, ...(lastSeq !== undefined && { after: lastSeq }), ...standing }
  }

  /** Where documents stand in this store's sequence now; one of another branch is left out like one that there is not. */
  statesOf(branchId: string, request: WhereaboutsRequest): { readonly id: string; readonly seq: number }[] {
    this.admit(branchId, request)
    const { collection, ids } = request
    declarationOf(this.replica, collection)
    const table = this.replica.store.table(collection)
    return ids.flatMap((id) => {
      const row = table.row(id)
      return row && scopesOf(branchId).includes(row.scope) ? { id, seq: row.seq } : []
    })
  }

  /**
   * Every request but the heartbeat comes from the start of the branch that is known, and relies on nothing that this
   * store does not know.
   *
   * @throws OutpostError HEARTBEAT_FIRST, CLONE_SUSPECTED, POSITION_UNKNOWN
   */
  admit(branchId: string, request: Standpoint): void {
    this.links.admit(branchId, request)
    if (!this.knows(request)) {
      throw new OutpostError('POSITION_UNKNOWN', 'the branch relies on what this store does not know')
    }
  }

  /** Whether everything that a branch relies on is of this store's past. */
  knows({ witness, positions }: Standpoint): boolean {
    const { store } = this.replica
    return [...(witness ? [witness] : []), ...Object.values(positions)].every((one) => store.knowsPosition(one))
  }

  /**
   * The cloud's head, the highest class of which something waits for the branch, and the classes of which nothing does:
   * there it may stand at the head, so that nobody looks again at what it sent itself.
   */
  standing(branchId: string, standpoint: Standpoint): Standing {
    const head = this.replica.store.head()
    const level: Record<string, Position> = {}
    let priority = 0
    for (const syncClass of this.#classes.keys()) {
      if (!this.#hasNews(branchId, syncClass, standpoint)) level[syncClass] = head
      else if (syncClass > priority) priority = syncClass
    }
    return { head, priority, level }
  }

  /** How many documents wait for the branch, counted up to `limit`. */
  countNews(branchId: string, standpoint: Standpoint, limit: number): number {
    let count = 0
    for (const syncClass of this.#classes.keys()) {
      const { after, exceptOrigin } = this.#positionOf(branchId, standpoint.positions, syncClass)
      for (const { name } of this.#knownOf(syncClass, standpoint)) {
        for (const scope of scopesOf(branchId)) {
          count += this.replica.store.table(name).countOfScope(scope, after, exceptOrigin, limit - count)
        }
      }
    }
    return count
  }

  #acceptAll(
    sender: Sender,
    { documents, head }: Pick<PushRequest, 'documents'> & Partial<Pick<PushRequest, 'head'>>,
  ): Outcome[] {
    return takeAll(documents, {
      take: (some) =>
        this.replica.store.transaction('exchange', (write) => {
          if (head) this.links.rely(sender.origin, head)
          return some.map((entry) => this.#accept(write, sender, entry))
        }),
      stateOf: ({ collection, seq, document }) => {
        const id = idOf(declarationOf(this.replica, collection), document)
        return { branchId: sender.origin, collection, id, seq }
      },
      refuse: (entry, error) => this.#rejected(sender, entry, error),
      failedAlone: this.#failedAlone,
    })
  }

  #senderOf(branchId: string): Sender {
    return {
      origin: branchId,
      scopes: scopesOf(branchId),
      latestMs: this.replica.clock.ceilingMs(),
      gate: this.#identity.gate,
      deleted: this.deleted,
      wasErased: (declaration, id) =>
        declaration.holdsBalance === true ? this.#identity.attribution.isErased(id) : this.recovery.isRunning,
      ...(this.recovery.isRunning && { takeBack: takeBack(this.replica, this.exceptions, branchId) }),
    }
  }

  #rejected(sender: Sender, { collection, seq, document }: PushRequest['documents'][number], error: unknown): Outcome {
    const declaration = declarationOf(this.replica, collection)
    const id = idOf(declaration, document)
    const { code, message: reason, field } = toErrorBody(error)
    this.replica.store.transaction('exchange', () => this.#identity.onRejected(declaration, id, sender.origin, code))
    return { collection, id, seq, outcome: 'rejected', code, ...(field !== undefined && { field }), reason }
  }

  #accept(write: WriteContext, sender: Sender, entry: PushRequest['documents'][number]): Outcome {
    const { collection, seq, document } = entry
    const declaration = this.replica.store.declarations.find(({ name }) => name === collection)
    if (!declaration) return { collection, id: '?', seq, outcome: 'rejected', ...unknownCollection(collection) }
    const id = idOf(declaration, document)
    const accepted = acceptDocument(this.replica, write, declaration, document, sender)
    if (accepted.outcome === 'rejected') {
      const { code, field, reason } = accepted.refusal
      this.#identity.onRejected(declaration, id, sender.origin, code)
      return { collection, id, seq, outcome: 'rejected', code, ...(field !== undefined && { field }), reason }
    }
    const { outcome, doc } = accepted
    const stored = outcome !== 'applied' && { document: replicatedState(doc) as Record<string, unknown> }
    return { collection, id, seq, outcome, ...stored }
  }

  /** What was folded of documents, newest first; of nobody's points there is nothing. */
  #histories(documents: readonly { collection: string; id: string }[]): ReadonlyMap<string, readonly Fold[]> {
    const out = new Map<string, readonly Fold[]>()
    for (const { name, contribution } of this.replica.store.declarations) {
      const ids = contribution ? documents.flatMap(({ collection, id }) => (collection === name ? [id] : [])) : []
      if (ids.length === 0) continue
      for (const [id, folds] of this.balances.contributions.histories(name, ids, MAX_EARLIER + 1)) {
        out.set(documentKey({ collection: name, id }), folds)
      }
    }
    return out
  }

  #unknownFolds(branchId: string, { folded }: Standpoint): UnknownFolds {
    return unknownFolds(this.replica.store, this.balances.contributions, scopesOf(branchId), folded)
  }

  #wanted(branchId: string, wanted: PullRequest['wanted']): { declaration: CollectionDeclaration; row: DocumentRow }[] {
    return wanted.flatMap(({ collection, id }) => {
      const declaration = this.replica.store.declarations.find(({ name }) => name === collection)
      const row = declaration && this.replica.store.table(collection).row(id)
      return declaration && row && scopesOf(branchId).includes(row.scope) ? [{ declaration, row }] : []
    })
  }

  #hasNews(branchId: string, syncClass: number, standpoint: Standpoint): boolean {
    const { after, exceptOrigin } = this.#positionOf(branchId, standpoint.positions, syncClass)
    return this.#knownOf(syncClass, standpoint).some(({ name }) =>
      scopesOf(branchId).some(
        (scope) => this.replica.store.table(name).countOfScope(scope, after, exceptOrigin, 1) > 0,
      ),
    )
  }

  /** The collections of a class that the branch holds too; of others it is told nothing. */
  #knownOf(syncClass: number, { collections }: Standpoint): readonly CollectionDeclaration[] {
    const found = this.#classes.get(syncClass)
    if (!found) throw new OutpostError('BAD_REQUEST', `there is no class ${syncClass}`, { field: 'class' })
    return found.filter(({ name }) => collections.includes(name))
  }

  /**
   * Where a branch stands, and whose documents it needs not be sent: its own, in the state that it sent itself. A branch
   * that stands nowhere is new or was replaced, and until it is loaded gets its own back too.
   */
  #positionOf(branchId: string, positions: Positions, syncClass: number): { after: number; exceptOrigin: string } {
    const position = positions[syncClass]
    if (!position) return { after: 0, exceptOrigin: NO_ORIGIN }
    return { after: position.seq, exceptOrigin: position.loading === true ? NO_ORIGIN : branchId }
  }
}

/** Of one document; nobody's points change more often, and an answer stays small. */
const MAX_EARLIER = 100
/** Rows that one answer to a comparison looks at: a few ten ms of work. */
const MAX_COMPARED = 20_000
