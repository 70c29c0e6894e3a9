/**
 * The messages between a local node and the cloud node. All requests start at the branch; each answer carries the
 * answerer's head and the priority of what it still has for the branch (0: nothing).
 */
import { z } from 'zod'
import { overdraftSchema } from './chain-facts.ts'

/** Raised with every change that an older side would misunderstand; a schema version goes with each collection. */
export const PROTOCOL_VERSION = 1

const name = z.string().min(1).max(64)
const id = z.string().min(1).max(128)
const seq = z.number().int().min(0)
const document = z.record(z.string(), z.unknown())

export const positionSchema = z.object({ epoch: z.string().min(1).max(64), seq })
export type Position = z.infer<typeof positionSchema>

const standSchema = positionSchema.extend({
  /** The first load of the class is not through: the branch needs its own documents too, which it may have lost. */
  loading: z.boolean().optional(),
})
const positionsSchema = z.record(z.string().max(16), standSchema)
/** Where the branch stands in the cloud's commit sequence, by class. */
export type Positions = z.infer<typeof positionsSchema>

const digestSchema = z.object({ documents: z.number().int().min(0), sum: z.number().int().min(0) })
const backlogSchema = z.object({ documents: z.number().int().min(0), oldestSince: z.string().max(40).optional() })

/** What every request begins with: where the branch stands, and what it holds. */
const standpoint = {
  positions: positionsSchema,
  collections: z.array(name).max(100),
  /**
   * The head up to which the branch knows what headquarters has folded of the branch's documents. Absent while the branch
   * holds none that contributes to a balance; one that headquarters does not know counts as the beginning.
   */
  folded: positionSchema.optional(),
}
export type Standpoint = {
  readonly positions: Positions
  readonly collections: string[]
  readonly folded?: Position | undefined
}

export const heartbeatRequestSchema = z.object({
  protocol: z.number().int(),
  version: z.string().max(40),
  head: positionSchema,
  ...standpoint,
  /** The branch's own figures, for when it falls silent. */
  figures: z.object({
    backlog: backlogSchema,
    exceptions: z.number().int().min(0),
    lastError: z.object({ code: z.string().max(64), message: z.string().max(2000), at: z.string().max(40) }).optional(),
  }),
  /** By collection and scope; only while nothing is pending at the branch. */
  digests: z.record(z.string().max(64), z.record(z.string().max(64), digestSchema)).optional(),
})
export type HeartbeatRequest = z.infer<typeof heartbeatRequestSchema>

export const verdictSchema = z.object({
  state: z.enum(['in-sync', 'behind', 'differs', 'unknown']),
  checkedAt: z.string().optional(),
})

/** What every answer ends with. */
const standing = {
  head: positionSchema,
  /** The highest class that the cloud has something of for this branch, 0 for none. */
  priority: z.number().int().min(0),
  /** Classes of which nothing waits: the branch may stand there. */
  level: z.record(z.string().max(16), positionSchema),
}

export const heartbeatResponseSchema = z.object({
  ...standing,
  /** The cloud's clock, ms since 1970. */
  timeMs: z.number(),
  verdict: verdictSchema,
  /** The chain's, as it is set now. */
  overdraft: overdraftSchema.optional(),
})
export type HeartbeatResponse = z.infer<typeof heartbeatResponseSchema>

export const pushRequestSchema = z.object({
  ...standpoint,
  class: z.number().int().min(1),
  documents: z.array(z.object({ collection: name, version: z.number().int().min(0), seq, document })).max(1000),
})
export type PushRequest = z.infer<typeof pushRequestSchema>

/** What headquarters folded of one of the branch's documents, and at which seq. */
const foldSchema = z.object({
  collection: name,
  id,
  foldedSeq: seq,
  /** '' for a document that names no member. */
  memberId: z.string().max(128),
  registrationId: z.string().max(128).optional(),
  points: z.number().int(),
  value: z.number().int(),
})
export type Fold = z.infer<typeof foldSchema>

/** What the answers to a push and a pull carry, so that a branch always knows what the balances on its members contain. */
const folds = {
  /** What was folded after the branch's `folded`, beside the contributions that the answer's documents have with their `foldedSeq`. */
  contained: z.array(foldSchema),
  /** Where the branch's `folded` is after this answer. Behind `head` there was too much to list: then nothing else was done. */
  foldedUpTo: positionSchema,
}
export type Folds = { readonly contained: readonly Fold[]; readonly foldedUpTo: Position }

export const outcomeSchema = z.object({
  collection: name,
  id,
  /** The branch's seq of the state that was pushed. */
  seq,
  outcome: z.enum(['applied', 'merged', 'held', 'rejected']),
  /** The seq at which the document's present contribution was folded, the original one for a repeat. */
  foldedSeq: seq.optional(),
  /** The stored document, where it differs from the pushed one. */
  document: document.optional(),
  code: z.string().optional(),
  field: z.string().optional(),
  reason: z.string().optional(),
})
export type Outcome = z.infer<typeof outcomeSchema>

export const pushResponseSchema = z.object({ ...standing, ...folds, outcomes: z.array(outcomeSchema) })
export type PushResponse = z.infer<typeof pushResponseSchema>

export const pullRequestSchema = z.object({
  ...standpoint,
  class: z.number().int().min(1),
  limit: z.number().int().min(1).max(1000),
  /** Documents that failed before and are asked for again. */
  wanted: z.array(z.object({ collection: name, id })).max(1000),
})
export type PullRequest = z.infer<typeof pullRequestSchema>

export const pageSchema = z.object({
  ...standing,
  ...folds,
  /** Names the delivery that the receipts confirm. */
  delivery: z.string(),
  documents: z.array(
    z.object({
      collection: name,
      version: z.number().int(),
      seq,
      /** The seq at which the document's present contribution was folded; for documents that contribute. */
      foldedSeq: seq.optional(),
      document,
    }),
  ),
  /** Where the branch stands once it has taken the page. */
  upTo: positionSchema,
  /** Whether the class has more behind the page. */
  more: z.boolean(),
})
export type Page = z.infer<typeof pageSchema>

export const receiptsRequestSchema = z.object({
  delivery: z.string().max(64),
  ...standpoint,
  class: z.number().int().min(1),
  receipts: z
    .array(
      z.object({
        collection: name,
        id,
        seq,
        outcome: z.enum(['applied', 'rejected']),
        code: z.string().max(64).optional(),
        reason: z.string().max(2000).optional(),
      }),
    )
    .max(2000),
})
export type ReceiptsRequest = z.infer<typeof receiptsRequestSchema>
export type Receipt = ReceiptsRequest['receipts'][number]

export const receiptsResponseSchema = z.object({ ...standing })
export type ReceiptsResponse = z.infer<typeof receiptsResponseSchema>
