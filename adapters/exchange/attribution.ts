/** Whose a contributing document is, as decisions have it; what the exchange needs to know of them. */
import type { IdentityView } from '../../schemas/identity.ts'

export interface Attribution extends IdentityView {
  /** The number of the newest decision, 0 for none. */
  newest(): number
  /** What the decisions up to one of them said. */
  asOf(number: number): IdentityView
  /** Every id that a decision has ever made stand for a member. */
  everLedTo(memberId: string): readonly string[]
  /** The registrations that a decision has ever made a member's, or that of one that has become part of it. */
  registrationsGivenTo(memberId: string): readonly string[]
}
