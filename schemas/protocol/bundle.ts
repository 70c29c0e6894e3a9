/**
 * Bundles: what branch and headquarters would say to each other over a link, in a file that somebody carries. A file is
 * a line that says what it is, a header, frames that are compressed and encrypted to the recipient, and a signature.
 */
import { z } from 'zod'
import type { ErrorBody } from '../outpost-error.ts'
import {
  epochStartSchema,
  heartbeatRequestSchema,
  heartbeatResponseSchema,
  pageSchema,
  positionSchema,
  pullRequestSchema,
  pushRequestSchema,
  pushResponseSchema,
  receiptsRequestSchema,
} from './exchange.ts'

/** The first line of a bundle. */
export const BUNDLE_FORMAT = 'outpost-bundle 1'

/** The second line: open to whoever holds the file, so it says nothing of documents. */
export const bundleHeaderSchema = z.object({
  id: z.string().min(1).max(64),
  from: z.enum(['branch', 'headquarters']),
  branchId: z.string().min(1).max(64),
  /** By the clock of the sender; for people. */
  madeAt: z.string().max(40),
  /** The sender's Ed25519 key, SPKI, DER in base64url. */
  signer: z.string().min(1).max(200),
  /** As age writes it. */
  recipient: z.string().min(1).max(200),
})
export type BundleHeader = z.infer<typeof bundleHeaderSchema>

/** Repeats the header where nobody else can have put it: a bundle cannot be signed anew by another sender. */
const startFrame = z.object({ frame: z.literal('start'), header: bundleHeaderSchema })
/** A bundle without it was cut off. */
const endFrame = z.object({ frame: z.literal('end') })

/** From a branch: its requests, in the order in which they are answered. */
export const branchFrameSchema = z.discriminatedUnion('frame', [
  startFrame,
  z.object({ frame: z.literal('heartbeat'), request: heartbeatRequestSchema }),
  receiptsRequestSchema.pick({ delivery: true, class: true, receipts: true }).extend({ frame: z.literal('receipts') }),
  pushRequestSchema
    .pick({ class: true, documents: true, head: true })
    .extend({ frame: z.literal('push'), generation: z.number().int().min(0) }),
  /** The last one: from here on headquarters tells its own news. */
  pullRequestSchema.pick({ wanted: true }).extend({ frame: z.literal('pull') }),
  endFrame,
])
export type BranchFrame = z.infer<typeof branchFrameSchema>

/** Where a branch stands for the answer to be of use: there, or further on. */
const standSchema = heartbeatRequestSchema.pick({ positions: true, folded: true })
export type Stand = z.infer<typeof standSchema>

/** From headquarters: answers, then pages. */
export const cloudFrameSchema = z.discriminatedUnion('frame', [
  startFrame.extend({
    /** Headquarters' starts, oldest first. */
    epochs: z.array(epochStartSchema).max(100_000),
  }),
  z.object({
    frame: z.literal('heartbeat'),
    from: standSchema,
    answer: heartbeatResponseSchema,
    /** What the branch relied on when it asked. */
    witness: positionSchema.optional(),
  }),
  z.object({ frame: z.literal('confirmed'), delivery: z.string().max(64), head: positionSchema }),
  z.object({
    frame: z.literal('refused'),
    delivery: z.string().max(64),
    reason: z.string().max(2000),
    head: positionSchema,
  }),
  z.object({
    frame: z.literal('pushed'),
    class: z.number().int().min(1),
    generation: z.number().int().min(0),
    from: standSchema,
    answer: pushResponseSchema,
  }),
  z.object({
    frame: z.literal('page'),
    class: z.number().int().min(1),
    from: standSchema,
    wanted: pullRequestSchema.shape.wanted,
    page: pageSchema,
  }),
  endFrame,
])
export type CloudFrame = z.infer<typeof cloudFrameSchema>

/** What making a bundle came to. */
export interface BundleExport {
  readonly file: string
  readonly branchId: string
  readonly documents: number
  readonly receipts: number
  readonly bytes: number
}

/** What taking a bundle came to. */
export interface BundleImport {
  readonly file: string
  readonly branchId: string
  /**
   * `late`, at headquarters: the branch was heard again since then, so its documents were taken and answered, and nothing
   * of what it said of itself. `repeated`: it was taken before; `outdated`, at the branch: it relies on what came since
   * then, by bundle or over the link. Nothing was changed in these two cases.
   */
  readonly state: 'taken' | 'late' | 'repeated' | 'outdated'
  /** Documents that were taken, and of them those that were refused: they stand among the exceptions. */
  readonly documents: number
  readonly rejected: number
  /** Of its own documents of which the other side has now said what became of them. */
  readonly settled: number
  /** The two sides first have to agree where they stand: one more round of bundles carries the documents. */
  readonly again: boolean
  /** The bundle for the way back; at headquarters. */
  readonly answer?: BundleExport
}

export const bundleExportRequestSchema = z.object({
  /** An absolute path: a folder, or a file that does not exist yet. */
  to: z.string().min(1).max(4096),
  /** At headquarters only. */
  branchId: z.string().min(1).max(64).optional(),
})

export const bundleImportRequestSchema = z.object({
  /** An absolute path. */
  file: z.string().min(1).max(4096),
  /** Where headquarters' answer goes, as `to`; beside the file without it. */
  to: z.string().min(1).max(4096).optional(),
  /** Takes the unsent documents of a PC that was declared dead, and nothing else of it. */
  fromDead: z.boolean().optional(),
})

/** The events of `POST /api/bundles/export` and `/import`; the last one is a report or an error. */
export type BundleEvent<Report = BundleExport | BundleImport> =
  /** How many documents have been read or written. */
  { readonly progress: number } | { readonly report: Report } | { readonly error: ErrorBody }
