/** Headquarters' signature of a document: Ed25519 (RFC 8032) over the canonical JSON of its facts. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import type { CollectionDeclaration } from '../../schemas/collection.ts'
import { canonicalJson, type Doc } from '../../schemas/json.ts'
import { replicatedState } from '../../schemas/merge-spec.ts'

export type SigningKey = KeyObject
export type VerifyingKey = KeyObject

/** A new key pair, as it is kept: PKCS #8 and SPKI, DER in base64url. */
export function newSigningKey(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64url'),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64url'),
  }
}

export function readSigningKey(text: string): SigningKey {
  return createPrivateKey({ key: Buffer.from(text, 'base64url'), format: 'der', type: 'pkcs8' })
}

/** @throws for what is no key */
export function readVerifyingKey(text: string): VerifyingKey {
  return createPublicKey({ key: Buffer.from(text, 'base64url'), format: 'der', type: 'spki' })
}

/** @returns base64url */
export function signDocument(facts: Doc, key: SigningKey): string {
  return sign(null, signedBytes(facts), key).toString('base64url')
}

/** Whether the facts of a document are as headquarters signed them. */
export function isSigned({ merge }: CollectionDeclaration, doc: Doc, key: VerifyingKey): boolean {
  const { signature } = doc
  if (typeof signature !== 'string') return false
  const facts = Object.fromEntries([merge.key, ...merge.immutable].map((field) => [field, doc[field]]))
  return verify(null, signedBytes(facts), key, Buffer.from(signature, 'base64url'))
}

function signedBytes(facts: Doc): Buffer {
  const { clock: _clock, signature: _signature, _deleted, ...signed } = replicatedState(facts)
  return Buffer.from(canonicalJson(signed))
}
