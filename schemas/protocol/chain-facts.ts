/** What headquarters tells a branch that joins: the answer of `POST /exchange/v1/join`. */
import { z } from 'zod'

export const chainFactsSchema = z.object({
  branchId: z.string().min(1).max(64),
  branchName: z.string().max(200),
  /** 32 bytes in hexadecimal. */
  chainKey: z.string().regex(/^[0-9a-f]{64}$/),
  /** ISO 3166-1 alpha-2. */
  country: z.string().length(2),
  /** ISO 4217. */
  currency: z.string().length(3),
})
export type ChainFacts = z.infer<typeof chainFactsSchema>
