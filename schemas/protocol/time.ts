/**
 * Headquarters' time, and which certificates are its own: `GET /exchange/v1/time?challenge=…`. A branch whose clock is
 * wrong by so much that no certificate seems valid asks it, and believes the signature instead of the dates.
 */
import { z } from 'zod'

/** SHA-256 in base64url. */
const hashSchema = z.string().regex(/^[\w-]{43}$/)

/** What makes the answer fresh: 16 to 64 random bytes, base64url. */
export const timeQuerySchema = z.object({ challenge: z.string().regex(/^[\w-]{22,86}$/) })

/** A compact JWS (EdDSA, `typ` `outpost-time+jwt`) of a time statement, signed with headquarters' key. */
export const timeAnswerSchema = z.object({
  statement: z.string().max(8000),
  /** What it is signed with, for who knows only a part of its hash: SPKI, DER in base64url. */
  key: z.string().max(200),
})
export type TimeAnswer = z.infer<typeof timeAnswerSchema>

export const timeStatementSchema = z.object({
  /** As it was asked. */
  challenge: z.string(),
  /** Since 1970. */
  timeMs: z.number().int().positive(),
  /** SHA-256 of the DER of each certificate that headquarters, or the proxy before it, shows as its own. */
  certificates: z.array(hashSchema).max(32),
})
export type TimeStatement = z.infer<typeof timeStatementSchema>
