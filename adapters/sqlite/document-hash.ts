/**
 * The hash of a document's replicated state: the same for equal JSON values whatever the order of their keys, without
 * building a canonical text first, since it stands on the path of every write. It guards against accident, not malice:
 * two lanes of FNV-1a over UTF-16 code units, each value mixed with its type and each member with its key by the
 * finaliser of MurmurHash3 (Appleby, public domain), members summed so that their order does not count.
 */
import { isRecord, type Doc } from '../../schemas/json.ts'
import { isReplicatedField } from '../../schemas/merge-spec.ts'

/** The hash of what does not count: tombstones, parked documents, collections that are not replicated. */
export const NO_HASH = 0
/** Hashes are whole numbers below this, so that sums of them stay exact in a double. */
export const HASH_MODULUS = 2 ** 48

/** @returns 1 to 2⁴⁸ − 1, never `NO_HASH` */
export function documentHash(doc: Doc): number {
  hashMembers(doc, isReplicatedField)
  return (high >>> 0) * 2 ** 16 + (low >>> 16) || 1
}

/** The two lanes of what was hashed last: a pair as a return value would be an object for each node of a document. */
let high = 0
let low = 0

const TYPE = { null: 1, false: 2, true: 3, number: 4, string: 5, array: 6, object: 7 } as const
const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)
/** Names of fields repeat; their hashes are kept. */
const keyHashes = new Map<string, { readonly high: number; readonly low: number }>()
const MAX_KEYS = 10_000

function hashValue(value: unknown): void {
  if (typeof value === 'string') hashString(value)
  else if (typeof value === 'number') hashNumber(value)
  else if (Array.isArray(value)) hashItems(value)
  else if (isRecord(value)) hashMembers(value, undefined)
  else set(value === true ? TYPE.true : value === false ? TYPE.false : TYPE.null, 0)
}

function hashString(text: string): void {
  let a = 0x811c9dc5
  let b = 0x2f0b4c47
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x5bd1e995)
    b ^= b >>> 15
  }
  set(a ^ TYPE.string, b ^ text.length)
}

/** JSON has one zero and nothing but finite numbers. */
function hashNumber(value: number): void {
  if (!Number.isFinite(value)) return set(TYPE.null, 0)
  float[0] = value + 0
  set(words[0]! ^ TYPE.number, words[1]! + Math.imul(words[0]!, 0x9e3779b1))
}

function hashItems(items: readonly unknown[]): void {
  let a: number = TYPE.array
  let b = items.length
  for (const item of items) {
    hashValue(item)
    a = finalise(Math.imul(a, 31) + high)
    b = finalise(Math.imul(b, 37) + low)
  }
  set(a, b)
}

function hashMembers(record: Readonly<Record<string, unknown>>, isPart: ((key: string) => boolean) | undefined): void {
  let a: number = TYPE.object
  let b = 0
  for (const key in record) {
    const value = record[key]
    if (value === undefined || (isPart && !isPart(key))) continue
    const name = hashOfKey(key)
    hashValue(value)
    a = (a + finalise(name.high + Math.imul(high, 5))) | 0
    b = (b + finalise(name.low ^ Math.imul(low, 9))) | 0
  }
  set(a, b)
}

function hashOfKey(key: string): { readonly high: number; readonly low: number } {
  let found = keyHashes.get(key)
  if (!found) {
    hashString(key)
    found = { high, low }
    if (keyHashes.size < MAX_KEYS) keyHashes.set(key, found)
  }
  return found
}

function set(a: number, b: number): void {
  high = finalise(a)
  low = finalise(b)
}

/** fmix32 of MurmurHash3. */
function finalise(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}
