/** What headquarters tells a PC that it enrols, in the answer of `POST /exchange/v1/enroll`. */
import { z } from 'zod'

/** How far below zero a member's balance may be spent: points, and stored value in minor units. */
export const overdraftSchema = z.object({
  points: z.number().int().min(0).max(1e12),
  value: z.number().int().min(0).max(1e15),
})

export const chainFactsSchema = z.object({
  branchId: z.string().min(1).max(64),
  branchName: z.string().max(200),
  /** 32 bytes in hexadecimal. */
  chainKey: z.string().regex(/^[0-9a-f]{64}$/),
  /** What headquarters' decisions are signed with: an Ed25519 public key, SPKI, DER in base64url. */
  cloudKey: z.string().min(1).max(200),
  /** ISO 3166-1 alpha-2. */
  country: z.string().length(2),
  /** ISO 4217. */
  currency: z.string().length(3),
  /** A branch hears of a change with its next heartbeat. */
  overdraft: overdraftSchema.default({ points: 0, value: 0 }),
})
export type ChainFacts = z.infer<typeof chainFactsSchema>
