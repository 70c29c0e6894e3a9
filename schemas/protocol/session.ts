import type { Balance } from '../contribution.ts'

/** What a branch app needs to know of its node: the body of `GET /api/session`. The app keeps it for when the node is away. */
export interface BranchSession {
  readonly branchId: string
  readonly branchName: string
  /** Hexadecimal; registers members under the chain's ids while offline. */
  readonly chainKey: string
  /** ISO 3166-1 alpha-2: how phones without a country code are read. */
  readonly country: string
  /** ISO 4217. */
  readonly currency: string
  /** How far below zero a member's balance may be spent: points, and stored value in minor units. */
  readonly overdraft: Balance
}
