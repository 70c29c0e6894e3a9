/**
 * What an RxDB client pushes: stamped where the client stamps nothing, then taken as from a branch. A document that
 * cannot be taken is parked among the exceptions and holds up no other.
 */
import type { CollectionDeclaration, Refusal } from '../../schemas/collection.ts'
import { canonicalJson, isRecord, jsonEqual, type Doc } from '../../schemas/json.ts'
import { replicatedState, type MergeSpec } from '../../schemas/merge-spec.ts'
import { sameState } from '../../schemas/merge.ts'
import { toErrorBody } from '../../schemas/outpost-error.ts'
import { stampWrite, type StampedWrite } from '../../schemas/stamp-write.ts'
import { acceptDocument, type Acceptance, type Sender } from '../exchange/accept-document.ts'
import { MAX_TRIES, type Exceptions } from '../exchange/exceptions.ts'
import { FailedAlone } from '../exchange/failed-alone.ts'
import { idOf, type Replica } from '../exchange/replica.ts'
import { takeAll } from '../exchange/take-all.ts'
import type { WriteContext } from '../sqlite/document-table.ts'

export interface PushedRow {
  readonly newDocumentState: Doc
  readonly assumedMasterState?: Doc | undefined
}

/** On whose behalf a client reads and writes. */
export interface EndpointClient extends Omit<Sender, 'origin'> {
  /** Whose exceptions its refused documents are. */
  readonly branchId: string
  /** Hears of each document that was rejected, inside the transaction that rejects it. */
  readonly onRejected?: (declaration: CollectionDeclaration, id: string, branchId: string, code: string) => void
}

export class ClientPush {
  readonly #replica: Replica
  readonly #declaration: CollectionDeclaration
  readonly #exceptions: Exceptions
  readonly #failedAlone = new FailedAlone()

  constructor(parts: {
    readonly replica: Replica
    readonly declaration: CollectionDeclaration
    readonly exceptions: Exceptions
  }) {
    this.#replica = parts.replica
    this.#declaration = parts.declaration
    this.#exceptions = parts.exceptions
  }

  /**
   * One transaction for all rows; where something fails in it, one for each.
   *
   * @returns the stored states that differ from what the client believes that it has written
   */
  take(client: EndpointClient, rows: readonly PushedRow[]): Doc[] {
    return takeAll(rows, {
      take: (some) =>
        this.#replica.store.transaction('endpoint-push', (write) =>
          some.map((row) => this.#take(write, client, row)).filter((doc) => doc !== undefined),
        ),
      // A client sends no seq: a document that fails again in the same way is not looked at more closely.
      stateOf: ({ newDocumentState }) => {
        const id = idOf(this.#declaration, newDocumentState)
        return { branchId: client.branchId, collection: this.#declaration.name, id, seq: 0 }
      },
      refuse: (row, error) => this.#parkFailed(client, row, error),
      failedAlone: this.#failedAlone,
    })
  }

  #parkFailed(client: EndpointClient, row: PushedRow, error: unknown): Doc {
    const { code, message: reason, field } = toErrorBody(error)
    return this.#replica.store.transaction('endpoint-push', () =>
      this.#park(client, row, { code, reason, ...(field !== undefined && { field }) }),
    )
  }

  #take(write: WriteContext, client: EndpointClient, row: PushedRow): Doc | undefined {
    const refusal = this.#refuseWithoutId(row)
    if (refusal) return this.#park(client, row, refusal)
    const { branchId, scopes, latestMs, gate, deleted } = client
    const sender: Sender = {
      // Nobody's: the branch's own node, which has not sent it, is to hear of it too.
      origin: '',
      scopes,
      ...(latestMs !== undefined && { latestMs }),
      ...(deleted && { deleted }),
      ...(gate && { gate: (context, of, pushed, stored) => gate(context, of, pushed, stored, { origin: branchId }) }),
    }
    const stamped = this.#stamped(client, row)
    const accepted: Acceptance = stamped.ok
      ? acceptDocument(this.#replica, write, this.#declaration, stamped.doc, sender)
      : { outcome: 'rejected', refusal: stamped }
    if (accepted.outcome === 'rejected') return this.#park(client, row, accepted.refusal)
    const id = idOf(this.#declaration, row.newDocumentState)
    // A repeat of what is stored says nothing about a failure that stands against it.
    if (accepted.written) this.#exceptions.clear('client', branchId, this.#declaration.name, id)
    return sameState(accepted.doc, row.newDocumentState) ? undefined : replicatedState(accepted.doc)
  }

  #refuseWithoutId({ newDocumentState }: PushedRow): Refusal | undefined {
    const { key } = this.#declaration.merge
    const id = newDocumentState[key]
    if (typeof id === 'string' && id !== '') return undefined
    return { code: 'DOCUMENT_INVALID', field: key, reason: `${key}: a document is found by it, and here is none` }
  }

  /** @returns what the client is to hold: the stored state, or a deletion where there is none that it may see */
  #park({ branchId, scopes, onRejected }: EndpointClient, row: PushedRow, refusal: Refusal): Doc {
    const { newDocumentState } = row
    const { name } = this.#declaration
    const id = idOf(this.#declaration, newDocumentState)
    const { code, field, reason } = refusal
    // A clock that is not the client's own would make a later try a merge of what nobody has stamped.
    const { clock, ...fields } = newDocumentState
    const document = JSON.stringify(isStamped(row) ? { ...fields, clock } : fields)
    const failure = { direction: 'client', branchId, collection: name, id, code, field, reason, document } as const
    for (let tries = 0; tries < MAX_TRIES;) tries = this.#exceptions.fail(failure, Date.now())
    onRejected?.(this.#declaration, id, branchId, code)
    const stored = this.#replica.store.table(name).row(id)
    if (stored && scopes.includes(stored.scope)) return replicatedState(stored.doc)
    return { ...replicatedState(newDocumentState), _deleted: true }
  }

  /**
   * A client that stamps nothing, or hands back the clock that it was given, gets its differences stamped here: what it
   * changed against what it had assumed, on top of what is stored by now.
   */
  #stamped({ scopes }: EndpointClient, row: PushedRow): Stamped {
    const { newDocumentState, assumedMasterState } = row
    if (isStamped(row)) return { ok: true, doc: newDocumentState }
    const { name, merge: spec } = this.#declaration
    const found = this.#replica.store.table(name).row(idOf(this.#declaration, newDocumentState))
    // Of a foreign document nothing is told, not even by what of it could not be changed.
    const stored = found && scopes.includes(found.scope) ? found.doc : undefined
    // What was assumed of a document that is not here was a refusal: all of it is new.
    const changes =
      stored && assumedMasterState
        ? { ...differences(assumedMasterState, newDocumentState), ...setsOf(spec, stored, row) }
        : newDocumentState
    return stampWrite(spec, stored, { ...stored, ...changes }, this.#replica.clock.stamp)
  }
}

function isStamped({ newDocumentState, assumedMasterState }: PushedRow): boolean {
  const clock = newDocumentState['clock']
  return isRecord(clock) && !jsonEqual(clock, assumedMasterState?.['clock'])
}

type Stamped = { readonly ok: true; readonly doc: Doc } | Extract<StampedWrite, { ok: false }>

/** The fields that differ, as they are in the new state; `undefined` for those that are gone. */
function differences(assumed: Doc, next: Doc): Doc {
  const fields = new Set([...Object.keys(assumed), ...Object.keys(next)])
  const changed = [...fields].filter((field) => !jsonEqual(assumed[field], next[field]))
  return Object.fromEntries(changed.map((field) => [field, next[field]]))
}

/** The sets that differ, as stored but for what was added and taken out: of elements that it has not heard of a client says nothing. */
function setsOf(spec: MergeSpec, stored: Doc, { assumedMasterState: assumed = {}, newDocumentState }: PushedRow): Doc {
  const changed = spec.sets.flatMap((field) => {
    const [was, is, now] = [assumed[field], newDocumentState[field], stored[field]]
    if (!Array.isArray(was) || !Array.isArray(is) || !Array.isArray(now) || jsonEqual(was, is)) return []
    const [before, after] = [new Set(was.map(canonicalJson)), new Set(is.map(canonicalJson))]
    const kept = now.map(canonicalJson).filter((key) => after.has(key) || !before.has(key))
    const added = [...after].filter((key) => !before.has(key))
    return [[field, [...kept, ...added].map((key) => JSON.parse(key) as unknown)] as const]
  })
  return Object.fromEntries(changed)
}
