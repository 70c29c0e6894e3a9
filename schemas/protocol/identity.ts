/** What is asked and answered about the identity of members, by the API and the commands of both nodes. */
import { z } from 'zod'
import type { DecisionKind } from '../collections/decisions.ts'
import type { Balance } from '../contribution.ts'
import { looksLikePhone } from '../phone-like.ts'

/** A phone where an id belongs is refused before a message could quote it. */
export const idSchema = z
  .string()
  .min(1)
  .max(128)
  .refine((text) => !looksLikePhone(text), 'an id is wanted, and this looks like a phone')

/** One thing to do to a member. */
export const memberActionSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('phone'), to: z.string().min(1).max(100) }),
  z.object({ do: z.literal('merge'), into: idSchema }),
  z.object({ do: z.literal('split'), registrations: z.array(idSchema).min(1).max(10_000) }),
  z.object({ do: z.literal('release') }),
  z.object({ do: z.literal('delete') }),
  z.object({ do: z.literal('share') }),
  z.object({ do: z.literal('revive') }),
  z.object({ do: z.literal('erase') }),
])
export type MemberAction = z.infer<typeof memberActionSchema>

/** A person's answer to a request that is held. */
export const reviewAnswerSchema = z.discriminatedUnion('answer', [
  z.object({ answer: z.literal('grant') }),
  z.object({ answer: z.literal('merge'), into: idSchema }),
  z.object({ answer: z.literal('refuse'), reason: z.string().max(500).optional() }),
])
export type ReviewAnswer = z.infer<typeof reviewAnswerSchema>

/** A member as people are shown it: phones masked, the ids that stand for it, the balance. */
export interface MemberView {
  readonly id: string
  readonly scope: string
  readonly name: string
  readonly phones: readonly string[]
  readonly released: boolean
  readonly deleted: boolean
  readonly erased: boolean
  readonly ids: readonly string[]
  readonly tags: readonly string[]
  readonly registrations: readonly { readonly id: string; readonly branchId: string; readonly at?: string }[]
  readonly aliases: readonly { readonly source: string; readonly legacyId: string }[]
  readonly balance: Balance
}

/** In a body, as a phone is: a name stays in no address. */
export const memberSearchSchema = z.strictObject({
  /** How the name begins, in capitals or not. */
  name: z.string().trim().min(1).max(200),
  /** The `next` of the page before. */
  after: z.string().max(2000).optional(),
  limit: z.number().int().min(1).max(200).default(50),
})
export type MemberSearch = z.infer<typeof memberSearchSchema>

export interface MemberPage {
  /** By name. */
  readonly members: readonly MemberView[]
  /** Where the next page begins; there may be more even where this one is empty. */
  readonly next?: string
}

/** What an action did, or would do. */
export interface MemberOutcome {
  readonly dryRun: boolean
  readonly memberId: string
  /** The member as it is afterwards, if it is still one. */
  readonly member?: MemberView
  readonly decisions: readonly {
    readonly id: string
    readonly number: number
    readonly what: DecisionKind
    readonly memberId: string
    readonly into?: string
  }[]
  /** Documents that were written. */
  readonly documents: number
  readonly balances: readonly { readonly memberId: string; readonly before: Balance; readonly after: Balance }[]
}

/** How a branch's members came together with headquarters'. */
export interface JoiningReport {
  readonly branchId: string
  /** Registrations by what became of them. */
  readonly counts: Readonly<Record<'new' | 'merged' | 'ambiguous' | 'refused', number>>
  /** The merges of independent records, oldest first; phones masked. */
  readonly merges: readonly {
    readonly id: number
    readonly at: string
    readonly memberId: string
    /** What stood at headquarters before, and what the branch brought. */
    readonly here: Readonly<Record<string, unknown>>
    readonly brought: Readonly<Record<string, unknown>>
  }[]
  /** Where the next page of merges begins; absent on the last one. */
  readonly next?: number
  readonly refused: readonly { readonly memberId: string; readonly code: string }[]
}
