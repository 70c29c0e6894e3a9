/**
 * The messages between a local node and the cloud node. All requests start at the branch; each answer carries the
 * answerer's head and the priority of what it still has for the branch (0: nothing).
 */
import { z } from 'zod'
import { isRecord } from '../json.ts'
import { overdraftSchema } from './chain-facts.ts'

/** Raised with every change that an older side would misunderstand; a schema version goes with each collection. */
export const PROTOCOL_VERSION = 1

const name = z.string().min(1).max(64)
const id = z.string().min(1).max(128)
const seq = z.number().int().min(0)
/** Not copied: a document is checked by its own schema. */
const document = z.custom<Record<string, unknown>>(isRecord, 'a document is wanted')

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

/** One start of a store and the first seq that it could write. */
export const epochStartSchema = z.object({ epoch: z.string().min(1).max(64), firstSeq: seq })

/** The public halves of a branch's keys, with which it signs bundles and opens those that it gets. */
export const branchKeysSchema = z.object({
  /** Ed25519, SPKI, DER in base64url. */
  signing: z.string().min(1).max(200),
  /** X25519, as age writes it: `age1…`. */
  recipient: z.string().min(1).max(200),
})
export type BranchKeys = z.infer<typeof branchKeysSchema>

/** What every request begins with: where the branch stands, and what it holds. */
const standpoint = {
  /** This start of the branch's store, and how far it has come. */
  head: positionSchema,
  /** The newest position of headquarters' that the branch relies on; absent before the first answer. */
  witness: positionSchema.optional(),
  positions: positionsSchema,
  collections: z.array(name).max(100),
  /**
   * The head up to which the branch knows what headquarters has folded of the branch's documents. Absent while the branch
   * holds none that contributes to a balance; one that headquarters does not know counts as the beginning.
   */
  folded: positionSchema.optional(),
}
export type Standpoint = {
  readonly head: Position
  readonly witness?: Position | undefined
  readonly positions: Positions
  readonly collections: string[]
  readonly folded?: Position | undefined
}

/** What waits at the branch in one class. */
const classBacklogSchema = backlogSchema.extend({ class: z.number().int().min(1) })

/** A branch's own figures, so that headquarters knows the last word of one that falls silent. */
export const figuresSchema = z.object({
  backlog: backlogSchema,
  /** Highest class first; classes of which nothing waits are left out. */
  classes: z.array(classBacklogSchema).max(100),
  exceptions: z.number().int().min(0),
  lastError: z.object({ code: z.string().max(64), message: z.string().max(2000), at: z.string().max(40) }).optional(),
  /** Free on the store's disk, and what the store takes of it; bytes. */
  disk: z.object({ free: z.number().int().min(0), store: z.number().int().min(0) }).optional(),
  /** How far the PC's own clock was ahead of headquarters' when it was told that last, ms; behind it below zero. */
  clockOffsetMs: z.number().int().optional(),
})
export type Figures = z.infer<typeof figuresSchema>

export const heartbeatRequestSchema = z.object({
  protocol: z.number().int(),
  version: z.string().max(40),
  /** The version of each collection's schema. */
  schemas: z.record(name, z.number().int().min(0)),
  ...standpoint,
  /** What people call the PC: tells two of one identity apart. */
  host: z.string().max(255),
  /** Counted up with each heartbeat of one start: a repeat says nothing new, another live PC does. */
  beat: z.number().int().min(1),
  /** The newest starts of the branch's store, oldest first, this one last; none while headquarters says `knowsStart`. */
  epochs: z.array(epochStartSchema).max(200),
  /** Headquarters' newest start that the branch has heard of. */
  cloudEpoch: z.string().max(64).optional(),
  /** The `lost` that the branch has begun to fetch again. */
  restoredFrom: positionSchema.optional(),
  /** The `recovery` for which the branch has offered everything again, with nothing of it left. */
  reoffered: z.string().max(64).optional(),
  /** The `snapshot` that the branch has taken. */
  snapshotTaken: z.string().max(64).optional(),
  keys: branchKeysSchema.optional(),
  figures: figuresSchema,
  /** By collection and scope; only while nothing is pending at the branch. */
  digests: z.record(z.string().max(64), z.record(z.string().max(64), digestSchema)).optional(),
  /** Documents that the digests leave out, since they stand among the branch's exceptions. */
  except: z
    .array(z.object({ collection: name, id }))
    .max(1000)
    .optional(),
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
  /** Live documents that the branch holds when it has everything, by collection. */
  documents: z.record(z.string().max(64), z.number().int().min(0)),
  /** Headquarters knows the `epochs` of this start: the next heartbeat need not tell them. Else nothing counts of an answer to one without. */
  knowsStart: z.boolean().optional(),
  /** Headquarters' starts, oldest first, where the branch does not know the newest one. */
  epochs: z.array(epochStartSchema).max(100_000).optional(),
  /** Headquarters was restored from a backup: names the recovery for which the branch offers everything again. */
  recovery: z.string().max(64).optional(),
  /** Whether the branch relies on what headquarters no longer knows: then nothing else of the answer counts. */
  recover: z.boolean().optional(),
  /** The branch's store was restored: as far as headquarters has heard of it. It fetches its own documents again. */
  lost: positionSchema.optional(),
  /** Names a fresh snapshot that the branch is to take of everything. */
  snapshot: z.string().max(64).optional(),
  /** What bundles for headquarters are encrypted to, as age writes it. */
  recipient: z.string().max(200).optional(),
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

/** What became of the documents of one delivery. */
const receiptsSchema = z.object({
  delivery: z.string().max(64),
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

export const receiptsRequestSchema = receiptsSchema.extend(standpoint)
export const pullRequestSchema = z.object({
  ...standpoint,
  class: z.number().int().min(1),
  limit: z.number().int().min(1).max(1000),
  /** Documents that failed before and are asked for again. */
  wanted: z.array(z.object({ collection: name, id })).max(1000),
  /** Of the pages before: within one class they need no request of their own. */
  receipts: z.array(receiptsSchema).max(2).optional(),
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

export type ReceiptsRequest = z.infer<typeof receiptsRequestSchema>
export type Receipt = ReceiptsRequest['receipts'][number]

/** Documents of one question where they are. */
export const MAX_WHEREABOUTS = 200

/** A digest has 64 of them. */
const bucket = z.number().int().min(0).max(63)

export const digestsRequestSchema = z.object({
  ...standpoint,
  collection: name,
  scope: z.string().min(1).max(64),
  /** The documents of some buckets instead of the buckets themselves. */
  documents: z.object({ buckets: z.array(bucket).min(1).max(64), after: seq }).optional(),
})
export type DigestsRequest = z.infer<typeof digestsRequestSchema>

export const digestsResponseSchema = z.object({
  ...standing,
  /** Those that hold something. */
  buckets: z.array(digestSchema.extend({ number: bucket })).optional(),
  /** Live documents with their hashes, in commit order. */
  documents: z.array(z.object({ id, hash: z.number().int().min(0) })).optional(),
  /** Where the next page begins; absent with the last one. */
  after: seq.optional(),
})
export type DigestsResponse = z.infer<typeof digestsResponseSchema>

/** Documents that the branch holds as headquarters has accepted them. Nothing follows from the answer, so no standing ends it. */
export const whereaboutsRequestSchema = z.object({
  ...standpoint,
  collection: name,
  ids: z.array(id).min(1).max(MAX_WHEREABOUTS),
})
export type WhereaboutsRequest = z.infer<typeof whereaboutsRequestSchema>

export const whereaboutsResponseSchema = z.object({
  /** Those that the mirror holds as headquarters holds them now. */
  mirrored: z.array(id).max(MAX_WHEREABOUTS),
  /** `off`: nothing mirrors this collection; `unknown`: the mirror does not run now, so nobody has looked. */
  mirror: z.enum(['on', 'off', 'unknown']),
  /** With `on`: after another one than before, what was mirrored before may not be any more. */
  term: z.string().min(1).max(64).optional(),
})
export type WhereaboutsResponse = z.infer<typeof whereaboutsResponseSchema>

/** Orders and sales of one day at the branch, by its own clock and time zone. */
export const statsRequestSchema = z.object({
  ...standpoint,
  day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  orders: z.number().int().min(0),
  /** Minor units. */
  sales: z.number().int(),
  currency: z.string().length(3),
})
export type StatsRequest = z.infer<typeof statsRequestSchema>

export const statsResponseSchema = z.object({ ...standing })
export type StatsResponse = z.infer<typeof statsResponseSchema>

/** The data of an event of `GET /exchange/v1/nudges`: something waits for the branch. */
export const nudgeSchema = z.object({ priority: z.number().int().min(0) })
export type Nudge = z.infer<typeof nudgeSchema>

export const receiptsResponseSchema = z.object({ ...standing })
export type ReceiptsResponse = z.infer<typeof receiptsResponseSchema>
