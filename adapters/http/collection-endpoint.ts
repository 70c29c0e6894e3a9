/**
 * One collection for RxDB clients, in the words of `rxdb-server`: `/<name>/<version>/pull|push|pullStream`. The
 * checkpoint `{id: epoch, lwt: seq}` is a position in the commit sequence; the push answer holds the stored states that
 * differ from the pushed ones.
 */
import type { Express, Request } from 'express'
import type { RxServerEndpoint } from 'rxdb-server/plugins/server'
import { z } from 'zod'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { isRecord, jsonEqual, type Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { sameState } from '../../schemas/merge.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { stampWrite, type StampedWrite } from '../../schemas/stamp-write.ts'
import type { WriteContext } from '../sqlite/document-table.ts'
import { acceptDocument, type Acceptance, type Sender } from '../exchange/accept-document.ts'
import { MAX_TRIES, type Exceptions } from '../exchange/exceptions.ts'
import { idOf, type Replica } from '../exchange/replica.ts'
import { parseWith } from './app.ts'
import { openEventStream } from './event-stream.ts'

const MAX_PAGE = 1000

const pullQuery = z.object({
  id: z.string().max(64).default(''),
  lwt: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(100),
})
const pushBody = z
  .array(
    z.object({
      newDocumentState: z.record(z.string(), z.unknown()),
      assumedMasterState: z.record(z.string(), z.unknown()).optional(),
    }),
  )
  .max(MAX_PAGE)

export interface CollectionEndpointOptions {
  readonly replica: Replica
  readonly declaration: CollectionDeclaration
  readonly exceptions: Exceptions
  readonly branchId: string
  /** Whose documents a client may read and write. */
  readonly scopes: readonly string[]
}

/** An RxServer endpoint like those of `rxdb-server`, with its own handlers. */
export class CollectionEndpoint implements Pick<RxServerEndpoint<unknown, never>, 'name' | 'type' | 'urlPath'> {
  readonly type = 'replication'
  readonly name: string
  readonly urlPath: string
  readonly #options: CollectionEndpointOptions

  constructor(options: CollectionEndpointOptions) {
    this.#options = options
    this.name = options.declaration.name
    this.urlPath = `${this.name}/${options.declaration.schema.version}`
  }

  addRoutes(app: Express): void {
    app.get(`/${this.urlPath}/pull`, (req, res) => void res.json(this.#pull(req)))
    app.post(`/${this.urlPath}/push`, (req, res) => void res.json(this.#push(parseWith(pushBody, req.body))))
    app.get(`/${this.urlPath}/pullStream`, (_req, res) => {
      const { store } = this.#options.replica
      const stream = openEventStream(res, () => unsubscribe())
      const unsubscribe = store.onCommit(({ changes }) => {
        if (changes.some(({ table }) => table.name === this.name)) stream.send('RESYNC')
      })
    })
  }

  /** A page without gaps: it holds fewer documents than asked for only at the end. */
  #pull(req: Request): { documents: Doc[]; checkpoint: { id: string; lwt: number } } {
    const { id, lwt, limit } = parseWith(pullQuery, req.query)
    const { store } = this.#options.replica
    if (lwt > 0 && !store.knowsPosition({ epoch: id, seq: lwt })) {
      throw new OutpostError('POSITION_UNKNOWN', "the checkpoint is none of this store's past", { field: 'id' })
    }
    const documents: Doc[] = []
    let seq = lwt
    while (documents.length < limit) {
      const rows = store.table(this.name).rowsAfter(seq, limit)
      for (const row of rows) {
        if (documents.length === limit) break
        seq = row.seq
        if (this.#options.scopes.includes(row.scope)) documents.push(replicatedState(row.doc))
      }
      if (rows.length < limit) break
    }
    return { documents, checkpoint: { id: store.epoch, lwt: seq } }
  }

  #push(rows: z.infer<typeof pushBody>): Doc[] {
    const { store } = this.#options.replica
    return store.transaction('endpoint-push', (write) =>
      rows.map((row) => this.#accept(write, row)).filter((doc) => doc !== undefined),
    )
  }

  /** The stored state, where it differs from what the client believes that it has written. */
  #accept(write: WriteContext, row: z.infer<typeof pushBody>[number]): Doc | undefined {
    const { replica, declaration, exceptions, branchId, scopes } = this.#options
    const id = idOf(declaration, row.newDocumentState)
    const stamped = this.#stamped(row)
    const sender: Sender = { origin: '', scopes }
    const accepted: Acceptance = stamped.ok
      ? acceptDocument(replica, write, declaration, stamped.doc, sender)
      : { outcome: 'rejected', refusal: stamped }
    if (accepted.outcome !== 'rejected') {
      // A repeat of what is stored says nothing about a failure that stands against it.
      if (accepted.written) exceptions.clear('push', branchId, this.name, id)
      return sameState(accepted.doc, row.newDocumentState) ? undefined : replicatedState(accepted.doc)
    }
    const { code, field, reason } = accepted.refusal
    const document = JSON.stringify(row.newDocumentState)
    const failure = { direction: 'push', branchId, collection: this.name, id, code, field, reason, document } as const
    for (let tries = 0; tries < MAX_TRIES;) tries = exceptions.fail(failure, Date.now())
    const stored = replica.store.table(this.name).row(id)
    if (stored && scopes.includes(stored.scope)) return replicatedState(stored.doc)
    return { ...row.newDocumentState, _deleted: true }
  }

  /**
   * A client that stamps nothing, or hands back the clock that it was given, gets its differences stamped here: what it
   * changed against what it had assumed, on top of what is stored by now.
   */
  #stamped({ newDocumentState, assumedMasterState }: z.infer<typeof pushBody>[number]): Stamped {
    const { declaration, replica } = this.#options
    const clock = newDocumentState['clock']
    const isStamped = isRecord(clock) && !jsonEqual(clock, assumedMasterState?.['clock'])
    if (isStamped) return { ok: true, doc: newDocumentState }
    const stored = replica.store.table(this.name).get(idOf(declaration, newDocumentState))
    const changes = assumedMasterState ? differences(assumedMasterState, newDocumentState) : newDocumentState
    return stampWrite(declaration.merge, stored, { ...stored, ...changes }, replica.clock.stamp)
  }
}

/** The fields that differ, as they are in the new state; `undefined` for those that are gone. */
function differences(assumed: Doc, next: Doc): Doc {
  const fields = new Set([...Object.keys(assumed), ...Object.keys(next)])
  const changed = [...fields].filter((field) => !jsonEqual(assumed[field], next[field]))
  return Object.fromEntries(changed.map((field) => [field, next[field]]))
}

type Stamped = { readonly ok: true; readonly doc: Doc } | Extract<StampedWrite, { ok: false }>
