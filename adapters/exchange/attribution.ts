/** Whose a contributing document is, as decisions have it; what the exchange needs to know of them. */
import type { IdentityView } from '../../schemas/identity.ts'

export interface Attribution extends IdentityView {
  /** The number of the newest decision, 0 for none. */
  newest(): number
  /** What the decisions up to one of them said. */
  asOf(number: number): IdentityView
  /** Every id that documents may carry which count, or have ever counted, for a member. */
  writtenIdsOf(memberId: string): readonly string[]
}
