/** Makes and checks the proof of a request, on both sides; `schemas/protocol/request-proof.ts` says what it holds. */
import { randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, errors, exportJWK, importJWK, jwtVerify, SignJWT } from 'jose'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { PROOF_TYPES, requestClaimsSchema, type RequestClaims } from '../../schemas/protocol/request-proof.ts'
import type { SigningKey, VerifyingKey } from '../exchange/signature.ts'
import { sha256 } from './sha256.ts'

/** RFC 8037; no other algorithm is looked at. */
const ALGORITHM = 'EdDSA'

export type ProofType = (typeof PROOF_TYPES)[keyof typeof PROOF_TYPES]

/** RFC 7638, SHA-256 in base64url. */
export async function keyIdOf(key: VerifyingKey): Promise<string> {
  return calculateJwkThumbprint(await exportJWK(key))
}

export function hashBody(body: Uint8Array | string = ''): string {
  return sha256(body)
}

export interface ProofSigner {
  readonly key: SigningKey
  readonly keyId: string
  /** Whom the proof is for: the id of headquarters' key. */
  readonly audience: string
}

export interface ProvedRequest {
  readonly method: string
  /** Path and query, from headquarters' address on. */
  readonly url: string
  readonly bodyHash: string
  readonly nonce: string
}

export function proveRequest(
  signer: ProofSigner,
  { method, url, bodyHash, nonce }: ProvedRequest,
  type: ProofType = PROOF_TYPES.request,
): Promise<string> {
  const jti = randomBytes(16).toString('base64url')
  return sign(signer, type, { htm: method, htu: url, bsh: bodyHash, jti, nonce } satisfies RequestClaims)
}

/** A JWS over claims of any kind. */
export async function sign({ key, keyId, audience }: ProofSigner, typ: ProofType, claims: object): Promise<string> {
  const token = new SignJWT({ ...claims, aud: audience }).setProtectedHeader({ alg: ALGORITHM, typ, kid: keyId })
  return token.sign(await importedKey(key))
}

export interface Expected {
  readonly type: ProofType
  readonly audience: string
  /** @throws OutpostError where there is no such key */
  readonly keyOf: (keyId: string) => VerifyingKey | Promise<VerifyingKey>
}

/**
 * @returns the claims of a JWS that is what was expected, and the key that made it
 * @throws OutpostError UNAUTHENTICATED; what `keyOf` throws
 */
export async function verify(
  jws: string,
  { type, audience, keyOf }: Expected,
): Promise<{ claims: unknown; keyId: string }> {
  if (jws.length > LONGEST_PROOF) throw unproved('the proof is too long')
  try {
    const { payload, protectedHeader } = await jwtVerify(jws, async ({ kid }) => importedKey(await keyOf(kid ?? '')), {
      algorithms: [ALGORITHM],
      typ: type,
      audience,
    })
    return { claims: payload, keyId: protectedHeader.kid ?? '' }
  } catch (cause) {
    if (cause instanceof OutpostError) throw cause
    const why = cause instanceof errors.JOSEError ? cause.message : 'it is no JWS'
    throw unproved(`the proof of the request does not hold: ${why}`, cause)
  }
}

/** @throws OutpostError UNAUTHENTICATED */
export async function verifyRequest(
  jws: string,
  expected: Expected,
  asked: { readonly method: string; readonly url: string },
): Promise<{ claims: RequestClaims; keyId: string }> {
  const { claims, keyId } = await verify(jws, expected)
  const parsed = requestClaimsSchema.safeParse(claims)
  if (!parsed.success) throw unproved('the proof lacks something of a request')
  if (parsed.data.htm !== asked.method) throw unproved('another method was signed')
  if (parsed.data.htu !== asked.url) throw unproved('another address was signed')
  return { claims: parsed.data, keyId }
}

const LONGEST_PROOF = 8192

const imported = new WeakMap<VerifyingKey, ReturnType<typeof importJWK>>()

/** As WebCrypto wants it; otherwise `jose` exports and reads the key anew for each signature. */
function importedKey(key: SigningKey): ReturnType<typeof importJWK> {
  const known = imported.get(key)
  if (known) return known
  const fresh = importJWK(key.export({ format: 'jwk' }), ALGORITHM)
  imported.set(key, fresh)
  return fresh
}

function unproved(message: string, cause?: unknown): OutpostError {
  return new OutpostError('UNAUTHENTICATED', message, { field: 'authorization', ...(cause !== undefined && { cause }) })
}
