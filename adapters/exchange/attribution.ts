/** Whose a contributing document is, as decisions have it; what the exchange needs to know of them. */
import type { DecisionDocument } from '../../schemas/collections/decisions.ts'
import type { IdentityView } from '../../schemas/identity.ts'
import type { WriteContext } from '../sqlite/document-table.ts'

export interface Attribution extends IdentityView {
  /** The number of the newest decision, 0 for none. */
  newest(): number
  /** What the decisions up to one of them said. */
  asOf(number: number): IdentityView
  isErased(memberId: string): boolean
  /** Calls back before a decision is taken that was not made here and now: it may be older than others. */
  beforeOthers(listener: (write: WriteContext, decision: DecisionDocument) => void): void
  /** Every id that a decision has ever made stand for a member. */
  everLedTo(memberId: string): readonly string[]
  /** The registrations that a decision has ever made a member's, or that of one that has become part of it. */
  registrationsGivenTo(memberId: string): readonly string[]
}
