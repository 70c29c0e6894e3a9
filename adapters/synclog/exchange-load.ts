/** What an exchange carried, by its messages: the same on both sides. */
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import type { Doc } from '../../schemas/json.ts'
import type {
  DigestsRequest,
  DigestsResponse,
  HeartbeatRequest,
  HeartbeatResponse,
  Page,
  PullRequest,
  PushRequest,
  PushResponse,
  ReceiptsRequest,
  ReceiptsResponse,
  StatsRequest,
  StatsResponse,
  WhereaboutsRequest,
  WhereaboutsResponse,
} from '../../schemas/protocol/exchange.ts'
import type { SyncLogDocument, SyncLogEntry } from '../../schemas/protocol/sync-log.ts'
import { idOf } from '../exchange/replica.ts'

/** By kind: the request and its answer. */
export interface ExchangeMessages {
  readonly heartbeat: readonly [HeartbeatRequest, HeartbeatResponse]
  readonly push: readonly [PushRequest, PushResponse]
  readonly pull: readonly [PullRequest, Page]
  readonly receipts: readonly [ReceiptsRequest, ReceiptsResponse]
  readonly digests: readonly [DigestsRequest, DigestsResponse]
  readonly stats: readonly [StatsRequest, StatsResponse]
  readonly whereabouts: readonly [WhereaboutsRequest, WhereaboutsResponse]
}

export type ExchangeKind = keyof ExchangeMessages
export type RequestOf<K extends ExchangeKind> = ExchangeMessages[K][0]
export type AnswerOf<K extends ExchangeKind> = ExchangeMessages[K][1]

export interface ExchangeLoad extends Pick<SyncLogEntry, 'class' | 'sent' | 'received' | 'outcomes'> {
  /** With the seqs of whoever sent them. */
  readonly documents?: readonly SyncLogDocument[]
  /** Of a heartbeat: documents that wait at the branch. */
  readonly backlog?: number
}

export const NO_LOAD: ExchangeLoad = { sent: 0, received: 0 }

type NameOf = (collection: string, document: Doc) => Pick<SyncLogDocument, 'collection' | 'id'>

type Loads = {
  readonly [K in ExchangeKind]: (request: RequestOf<K>, answer: AnswerOf<K> | undefined, nameOf: NameOf) => ExchangeLoad
}

const LOADS: Loads = {
  heartbeat: ({ figures }) => ({ ...NO_LOAD, backlog: figures.backlog.documents }),
  push: (request, answer, nameOf) => ({
    class: request.class,
    sent: request.documents.length,
    received: answer?.outcomes.filter(({ document }) => document !== undefined).length ?? 0,
    ...(answer && answer.outcomes.length > 0 && { outcomes: countOutcomes(answer.outcomes) }),
    documents: named(request.documents, nameOf),
  }),
  pull: (request, page, nameOf) => ({
    class: request.class,
    sent: 0,
    received: page?.documents.length ?? 0,
    ...(page && { documents: named(page.documents, nameOf) }),
  }),
  // They tell of documents, and carry none; as comparisons and questions do.
  receipts: (request) => ({ ...NO_LOAD, class: request.class, documents: request.receipts }),
  digests: () => NO_LOAD,
  stats: () => NO_LOAD,
  whereabouts: () => NO_LOAD,
}

/** @param answer none where there was none */
export function loadOf<K extends ExchangeKind>(
  kind: K,
  {
    nameOf,
    request,
    answer,
  }: { readonly nameOf: NameOf; readonly request: RequestOf<K>; readonly answer?: AnswerOf<K> },
): ExchangeLoad {
  return LOADS[kind](request, answer, nameOf)
}

/** `?` where there is no such collection: anybody can send any name. */
export function namesBy(declarations: readonly CollectionDeclaration[]): NameOf {
  const byName = new Map(declarations.map((declaration) => [declaration.name, declaration]))
  return (collection, document) => {
    const declaration = byName.get(collection)
    return declaration ? { collection, id: idOf(declaration, document) } : { collection: '?', id: '?' }
  }
}

function named(documents: PushRequest['documents'] | Page['documents'], nameOf: NameOf): SyncLogDocument[] {
  return documents.map(({ collection, seq, document }) => ({ ...nameOf(collection, document), seq }))
}

function countOutcomes(outcomes: PushResponse['outcomes']): NonNullable<SyncLogEntry['outcomes']> {
  const counts: Partial<Record<PushResponse['outcomes'][number]['outcome'], number>> = {}
  for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
