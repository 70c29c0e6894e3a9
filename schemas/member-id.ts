/**
 * Member ids that need no coordination: two nodes that register the same phone make the same id, so the same document,
 * and the conflict handler merges. The chain key keeps ids from being reversed into phones by trying all numbers.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { BranchId, Brand, E164Phone, MemberId, Scope } from './brand.ts'
import { canonicalJson } from './json.ts'

/** 32 secret bytes of the chain, in hexadecimal. */
export type ChainKey = Brand<string, 'ChainKey'>

/** HMAC-SHA-256 (RFC 2104) over scope, phone and generation, cut to 128 bits. */
export function memberIdOfPhone(key: ChainKey, scope: Scope, phone: E164Phone, generation: number): MemberId {
  return keyedId(key, [scope, phone, generation]) as MemberId
}

/** The id of an imported member without a usable phone: importing twice makes one member. */
export function memberIdOfLegacy(key: ChainKey, scope: Scope, source: string, legacyId: string): MemberId {
  return keyedId(key, [scope, source, legacyId]) as MemberId
}

/** The id of an imported order; the same row of the same branch's source is the same order. Keyed, since bills count up. */
export function orderIdOfLegacy(key: ChainKey, branchId: BranchId, source: string, legacyId: string): string {
  return keyedId(key, ['order', branchId, source, legacyId])
}

/** The id of an imported product, readable since it is no secret. */
export function productIdOfLegacy(source: string, legacyId: string): string {
  return `${source}:${legacyId}`
}

export function isChainKey(text: string): text is ChainKey {
  return /^[0-9a-f]{64}$/.test(text)
}

function keyedId(key: ChainKey, parts: readonly (string | number)[]): string {
  return bytesToHex(hmac(sha256, hexToBytes(key), utf8ToBytes(canonicalJson(parts)))).slice(0, 32)
}
