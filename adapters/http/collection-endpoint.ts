/**
 * One collection for RxDB clients, in the words of `rxdb-server`: `/<name>/<version>/pull|push|pullStream`. The
 * checkpoint `{id: epoch, lwt: seq}` is a position in the commit sequence; the push answer holds the stored states that
 * differ from the pushed ones.
 */
import type { ErrorRequestHandler } from 'express'
import type { RxServerEndpoint } from 'rxdb-server/plugins/server'
import { z } from 'zod'
import type { Principal } from '../../schemas/access.ts'
import { scopeOf, type CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { withoutPhones } from '../../schemas/phone-like.ts'
import type { Exceptions } from '../exchange/exceptions.ts'
import { idOf, NO_ORIGIN, type Replica } from '../exchange/replica.ts'
import type { DocumentRow } from '../sqlite/document-row.ts'
import type { Change } from '../sqlite/document-table.ts'
import { nothingAt } from './app.ts'
import { ClientPush, type EndpointClient } from './client-push.ts'
import { EXCHANGE_ROOT } from './exchange-path.ts'
import type { OpenStream, RouteTable } from './route-table.ts'
import type { WriteNotes } from './write-notes.ts'

const MAX_PAGE = 1000
/** A client takes a page with fewer documents than it asked for as the last one. */
const WHOLE_PAGE = Number.POSITIVE_INFINITY

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

const ACTIONS = ['pull', 'push', 'pullStream'] as const

interface EndpointParts {
  readonly replica: Replica
  readonly declaration: CollectionDeclaration
  readonly exceptions: Exceptions
  /** Where what clients write is noted. */
  readonly notes?: WriteNotes
}

/** At headquarters whoever asks is of a branch; a branch's node serves its own branch only. */
export type CollectionEndpointOptions = EndpointParts &
  (EndpointClient | { readonly clientOf: (principal: Principal) => EndpointClient })

interface Page {
  readonly documents: Doc[]
  readonly checkpoint: { readonly id: string; readonly lwt: number }
}

/** An RxServer endpoint like those of `rxdb-server`, with its own handlers. */
export class CollectionEndpoint implements Pick<RxServerEndpoint<unknown, never>, 'name' | 'type' | 'urlPath'> {
  readonly type = 'replication'
  readonly name: string
  readonly urlPath: string
  readonly #options: CollectionEndpointOptions
  readonly #push: ClientPush

  constructor(options: CollectionEndpointOptions) {
    this.#options = options
    this.#push = new ClientPush(options)
    this.name = options.declaration.name
    this.urlPath = `${this.name}/${options.declaration.schema.version}`
  }

  addRoutes(routes: RouteTable): void {
    routes.add(
      {
        method: 'GET',
        path: `/${this.urlPath}/pull`,
        access: 'client',
        about:
          'A page of the documents after a checkpoint, in commit order; one with fewer than `limit` documents is the last.',
        query: pullQuery,
      },
      ({ principal, query }) => this.#pull(this.#clientOf(principal), query),
    )
    routes.add(
      {
        method: 'POST',
        path: `/${this.urlPath}/push`,
        access: 'client',
        about: 'Takes documents, and answers with the stored states that differ from the pushed ones.',
        body: pushBody,
      },
      ({ principal, body, req, res }) => {
        const client = this.#clientOf(principal)
        const { notes, declaration } = this.#options
        const take = () => this.#push.take(client, body)
        if (!notes) return take()
        const documents = body.map((row) => ({
          collection: this.name,
          id: idOf(declaration, row.newDocumentState),
        }))
        return notes.during({ req, res, branchId: client.branchId, documents }, take)
      },
    )
    routes.add(
      {
        method: 'GET',
        path: `/${this.urlPath}/pullStream`,
        access: 'client',
        about: 'What is committed from now on, as events in the form of a pulled page.',
        streams: true,
      },
      ({ principal, openStream }) => this.#stream(principal, openStream),
    )
    for (const action of ACTIONS) {
      routes.app.all(`/${this.name}/:version/${action}`, (req) => {
        // The path's own version comes here with another verb only.
        const { version } = this.#options.declaration.schema
        if (req.params.version !== String(version)) throw this.#otherVersion(req.params.version)
        throw nothingAt(req)
      })
    }
    routes.app.use(`/${this.name}/`, markErrors)
  }

  #clientOf(principal: Principal): EndpointClient {
    return 'clientOf' in this.#options ? this.#options.clientOf(principal) : this.#options
  }

  /** A client of `rxdb-server` ends at 426 and says that it is outdated; one that is ahead tries again. */
  #otherVersion(theirs: string): OutpostError {
    const ours = this.#options.declaration.schema.version
    const message = `${this.name} are at schema version ${ours} here, not ${theirs.slice(0, 20)}`
    return new OutpostError(Number(theirs) < ours ? 'PROTOCOL_OUTDATED' : 'NOT_FOUND', message, { field: 'version' })
  }

  /** A page without gaps: it holds fewer documents than asked for only at the end. */
  #pull({ scopes }: EndpointClient, { id, lwt, limit }: z.infer<typeof pullQuery>): Page {
    const { store } = this.#options.replica
    if ((lwt > 0 || id !== '') && !store.knowsPosition({ epoch: id, seq: lwt })) {
      throw new OutpostError('POSITION_UNKNOWN', "the checkpoint is none of this store's past", { field: 'id' })
    }
    // Headquarters has an index of scopes; nearly all that a branch's node holds is of its own.
    const rows =
      'clientOf' in this.#options ? this.#rowsOfScopes(scopes, lwt, limit) : this.#rowsAmongAll(scopes, lwt, limit)
    const seq = rows.length < limit ? Math.max(lwt, store.head().seq) : rows.at(-1)!.seq
    return { documents: rows.map((row) => replicatedState(row.doc)), checkpoint: { id: store.epoch, lwt: seq } }
  }

  #rowsOfScopes(scopes: readonly string[], after: number, limit: number): DocumentRow[] {
    const table = this.#options.replica.store.table(this.name)
    const rows = scopes.flatMap((scope) => table.rowsOfScope(scope, after, NO_ORIGIN, limit, WHOLE_PAGE).rows)
    return rows.toSorted((a, b) => a.seq - b.seq).slice(0, limit)
  }

  #rowsAmongAll(scopes: readonly string[], after: number, limit: number): DocumentRow[] {
    const table = this.#options.replica.store.table(this.name)
    const found: DocumentRow[] = []
    for (let seq = after; found.length < limit;) {
      const rows = table.rowsAfter(seq, limit)
      found.push(...rows.filter((row) => scopes.includes(row.scope)))
      if (rows.length < limit) break
      seq = rows.at(-1)!.seq
    }
    return found.slice(0, limit)
  }

  /**
   * What is committed from now on. The published client takes documents only: it knows no message that makes it pull.
   * The branch app takes every message for one that does.
   */
  #stream(principal: Principal, openStream: OpenStream): void {
    this.#clientOf(principal)
    const { store } = this.#options.replica
    const stream = openStream(() => unsubscribe())
    const unsubscribe = store.onCommit(({ changes }) => {
      const own = changes.filter(({ table }) => table.name === this.name)
      if (own.length === 0) return
      const page = this.#pageFor(principal, own)
      if (page === undefined) stream.end()
      else if (page.documents.length > 0) stream.send(page)
    })
  }

  /** `undefined` for a client that may not come any more. */
  #pageFor(principal: Principal, changes: readonly Change[]): Page | undefined {
    const { replica, declaration } = this.#options
    let scopes: readonly string[]
    try {
      scopes = this.#clientOf(principal).scopes
    } catch {
      return undefined
    }
    const seen = changes.filter(({ doc }) => scopes.includes(scopeOf(declaration, doc)))
    const checkpoint = { id: replica.store.epoch, lwt: changes.at(-1)!.seq }
    return { documents: seen.map(({ doc }) => replicatedState(doc)), checkpoint }
  }
}

/** Also tells clients of a collection that the node has not that it has not. Call once, before the pages. */
export function addCollectionRoutes(routes: RouteTable, endpoints: readonly CollectionEndpoint[]): void {
  for (const endpoint of endpoints) endpoint.addRoutes(routes)
  for (const action of ACTIONS) {
    const path = `/:collection/:version/${action}`
    routes.app.all(path, (req) => {
      const { collection } = req.params as { collection: string }
      throw new OutpostError(
        'COLLECTION_UNKNOWN',
        withoutPhones(`there is no collection "${collection.slice(0, 200)}"`),
      )
    })
    routes.app.use(path, markErrors)
  }
}

/** Clients of `rxdb-server` tell an error by its field `error`, and believe every other answer. */
const markErrors: ErrorRequestHandler = (error, { originalUrl }, res, next) => {
  // Its addresses end in the same words, and a branch's node tells an error by its status.
  if (originalUrl.startsWith(EXCHANGE_ROOT)) return next(error)
  const json = res.json.bind(res)
  res.json = (body: object) => json({ ...body, error: true })
  next(error)
}
