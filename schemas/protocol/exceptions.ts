/** What is asked and answered about exceptions, by the API and the commands of both nodes. */
import { z } from 'zod'
import type { Refusal } from '../collection.ts'
import type { Doc } from '../json.ts'

/**
 * `push`: from branch to headquarters; `pull`: from headquarters to branch; `receipt`: of a document that came well, whose
 * receipt headquarters did not take; `client`: from a browser or another program to the branch's node; `here`: of this
 * store's own document, wherever it came from.
 */
export type ExceptionDirection = 'push' | 'pull' | 'receipt' | 'client' | 'here'

/** `x` and hexadecimal digits; so many of them that they name one exception. */
export const exceptionIdSchema = z.string().regex(/^x[0-9a-f]{4,12}$/, 'an exception has an x and up to 12 hex digits')

export const exceptionFilterSchema = z.strictObject({
  collection: z.string().min(1).max(64).optional(),
  branch: z.string().min(1).max(64).optional(),
})

export const exceptionQuerySchema = exceptionFilterSchema.extend({
  /** The `next` of the page before. */
  after: z
    .string()
    .regex(/^\d{1,16}(\.\d{1,16})?-x[0-9a-f]{12}$/, 'the `next` of a page is wanted')
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  /** `true`: those that are still tried by themselves; `false`: those that wait for a person. */
  waiting: z.enum(['true', 'false']).optional(),
  /** With the states that failed, whole: what an export needs. */
  documents: z.enum(['true', 'false']).optional(),
})
export type ExceptionQuery = z.input<typeof exceptionQuerySchema>
export type ExceptionFilter = z.infer<typeof exceptionFilterSchema>

export const exceptionOrderSchema = z.strictObject({ dryRun: z.boolean().default(false) })
export const retryAllSchema = exceptionFilterSchema.extend({ dryRun: z.boolean().default(false) })

export interface ExceptionView {
  readonly id: string
  readonly direction: ExceptionDirection
  /** Whose document: at headquarters the branch that fails or sent it, at a branch itself. */
  readonly branchId: string
  readonly collection: string
  readonly documentId: string
  readonly code: string
  readonly field?: string
  readonly reason: string
  /** Failures of the state that stands here since somebody last asked for a retry. */
  readonly tries: number
  /** Still tried by itself; else it waits for a person. */
  readonly waiting: boolean
  readonly firstAt: string
  readonly lastAt: string
  readonly standing: DocumentStanding
  readonly retry?: RetryStep
  readonly discard?: DiscardStep
}

/**
 * How the document stands in this store: as headquarters has it, to be sent, to be sent once more, kept back, not there
 * at all, or of a collection that is not declared here.
 */
export type DocumentStanding = 'settled' | 'pending' | 'retry' | 'parked' | 'absent' | 'undeclared'

/**
 * What a retry does. `send`: the branch sends it with the next cycle; `ask`: the branch asks for it again; `take`: the
 * kept state is taken as if it had just come; `resend`: headquarters hands it out once more; `restore`: headquarters
 * takes back what its own lost past had written; `done`: it is through already, and only the exception goes.
 */
export type RetryStep = 'send' | 'ask' | 'take' | 'resend' | 'restore' | 'done'

/**
 * What a discard does. `replace`: headquarters' state takes the place of the branch's, or nothing where it has none;
 * `forget`: only the exception and the state in it go; `withdraw`: what came back stays away, at the branches too.
 */
export type DiscardStep = 'replace' | 'forget' | 'withdraw'

/** With the state that failed, whole. */
export interface ExceptionRecord extends ExceptionView {
  readonly document?: Doc
}

/** Phones masked. */
export interface ExceptionDetail extends ExceptionRecord {
  /** The document as it is in this store. */
  readonly stored?: Doc
}

export interface ExceptionPage<View extends ExceptionView = ExceptionView> {
  readonly exceptions: readonly View[]
  /** Where the next page begins; absent on the last one. */
  readonly next?: string
}

export interface RetryOutcome {
  readonly dryRun: boolean
  readonly exception: ExceptionView
  readonly does: RetryStep
  /** It was tried at once, and failed again. */
  readonly refused?: Refusal
}

export interface RetryAllOutcome {
  readonly dryRun: boolean
  readonly retried: number
  /** Tried at once, and failed again. */
  readonly refused: number
  /** Cannot be retried. */
  readonly skipped: number
}

/** All that is left of what was discarded: whoever asked for it keeps it. */
export interface DiscardOutcome {
  readonly dryRun: boolean
  readonly does: DiscardStep
  readonly discarded: ExceptionRecord
  /** The document as it was in this store, where that is replaced. */
  readonly stored?: Doc
}
