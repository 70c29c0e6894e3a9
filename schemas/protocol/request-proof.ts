/**
 * How a branch proves each request: a JWS in compact form (RFC 7515, EdDSA by RFC 8037) in the header `authorization`,
 * after the manner of DPoP (RFC 9449). Nothing of it depends on the branch's clock.
 */
import { z } from 'zod'
import { epochStartSchema, positionSchema } from './exchange.ts'

/** The scheme of the header `authorization` (RFC 9110 §11.4). */
export const PROOF_SCHEME = 'Outpost'
/** Headquarters' answers carry the number that the next request is signed over. */
export const NONCE_HEADER = 'outpost-nonce'

/** What a JWS is for: one made for one purpose is none for another. */
export const PROOF_TYPES = {
  request: 'outpost-request+jwt',
  enrolment: 'outpost-enrolment+jwt',
  enrolled: 'outpost-enrolled+jwt',
  newKey: 'outpost-new-key+jwt',
} as const

const hash = z.string().regex(/^[\w-]{43}$/)

export const requestClaimsSchema = z.object({
  /** Of the request; `GET` or `POST`. */
  htm: z.string().max(10),
  /** Path and query, from headquarters' address on: a proxy may know it by another name, and `aud` says whose it is. */
  htu: z.string().max(4096),
  /** SHA-256 of the body as it travels, base64url. */
  bsh: hash,
  /** Never the same twice. */
  jti: z.string().min(16).max(64),
  nonce: z.string().min(16).max(64),
})
export type RequestClaims = z.infer<typeof requestClaimsSchema>

/** The newest starts of a store that are told. */
export const MOST_STARTS = 200

const publicKey = z.string().min(1).max(200)

/** `POST /exchange/v1/enroll`, signed with the key that it names. */
export const enrolmentRequestSchema = z.strictObject({
  /** The secret part of the code. */
  code: z.string().min(1).max(64),
  /** Ed25519, SPKI, DER in base64url. */
  publicKey,
  /** Which branch the PC is already, and the starts of its store. One that is none yet takes the place of those before it. */
  present: z
    .strictObject({
      branchId: z.string().min(1).max(64),
      head: positionSchema,
      epochs: z.array(epochStartSchema).min(1).max(MOST_STARTS),
    })
    .optional(),
})
export type EnrolmentRequest = z.infer<typeof enrolmentRequestSchema>

/** `POST /exchange/v1/key`: a further key of the branch; `proof` is a JWS of it over the id of the present one. */
export const newKeyRequestSchema = z.strictObject({ publicKey, proof: z.string().min(1).max(2000) })
export type NewKeyRequest = z.infer<typeof newKeyRequestSchema>
export const newKeyAnswerSchema = z.object({ keyId: hash })
