/** The keys of this PC: the one that it signs requests with, the one before it, and one that is about to take its place. */
import { createPublicKey } from 'node:crypto'
import { keyIdOf, sign, type ProofSigner } from '../adapters/access/request-proof.ts'
import { newSigningKey, readSigningKey, readVerifyingKey, type SigningKey } from '../adapters/exchange/signature.ts'
import type { Store } from '../adapters/sqlite/store.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import { PROOF_TYPES, type NewKeyRequest } from '../schemas/protocol/request-proof.ts'

const SETTING = 'request keys'
/** A key is changed after so long. */
const LIFETIME_MS = 90 * 24 * 3600_000

/** As it is kept: PKCS #8 and SPKI, DER in base64url. */
export interface KeptKey {
  readonly privateKey: string
  readonly publicKey: string
  readonly madeAtMs: number
}

interface KeptKeys {
  readonly current: KeptKey
  /** Headquarters that was restored from a backup may know only this one. */
  readonly earlier?: KeptKey
  /** Made, and not confirmed by headquarters yet. */
  readonly next?: KeptKey
}

/** Which key a request is signed with. */
type InUse = 'current' | 'next' | 'earlier'

export class BranchKey {
  readonly #store: Store
  readonly #audience: string
  readonly #ids = new Map<string, { readonly keyId: string; readonly key: SigningKey }>()
  #kept: KeptKeys
  #inUse: InUse = 'current'

  private constructor(store: Store, kept: KeptKeys, audience: string) {
    this.#store = store
    this.#kept = kept
    this.#audience = audience
  }

  /**
   * @param cloudKey whom requests are for: SPKI, DER in base64url
   * @throws OutpostError BAD_CONFIGURATION where the store has never been enrolled
   */
  static async open(store: Store, cloudKey: string): Promise<BranchKey> {
    const saved = store.readSetting(SETTING)
    if (saved === undefined) {
      const message = 'this branch holds no key yet: enrol it with `outpost branch enroll`'
      throw new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
    }
    const kept = JSON.parse(saved) as KeptKeys
    const branchKey = new BranchKey(store, kept, await keyIdOf(readVerifyingKey(cloudKey)))
    for (const key of [kept.current, kept.earlier, kept.next]) if (key) await branchKey.#learn(key)
    return branchKey
  }

  /** The signer of the next request. */
  readonly signer = (): ProofSigner => {
    const inUse = this.#kept[this.#inUse] ?? this.#kept.current
    return { ...this.#ids.get(inUse.publicKey)!, audience: this.#audience }
  }

  get keyId(): string {
    return this.signer().keyId
  }

  /**
   * Headquarters does not know the key: it may know the one that it was offered, whose answer was lost, or the one before.
   *
   * @returns whether there is another one to try; after the last one the present one is in use again
   */
  fallBack(): boolean {
    const left = (['next', 'earlier'] as const).slice(['current', 'next', 'earlier'].indexOf(this.#inUse))
    const found = left.find((one) => this.#kept[one])
    this.#inUse = found ?? 'current'
    return found !== undefined
  }

  /** Headquarters takes the key in use. */
  noteTaken(): void {
    const { current, next } = this.#kept
    if (this.#inUse !== 'next' || !next) return
    this.#keep({ current: next, earlier: current })
    this.#inUse = 'current'
  }

  /** Whether a change is due: the key is old, one was begun, or headquarters was taken back to the one before. */
  isDue(nowMs: number): boolean {
    const { current, next } = this.#kept
    // A time that was told wrongly once must not put it off for ever.
    const isOld = Math.abs(nowMs - current.madeAtMs) > LIFETIME_MS
    return next !== undefined || this.#inUse === 'earlier' || isOld
  }

  /** What headquarters is asked for: a new key, the same one until it has answered. */
  async proposal(nowMs: number): Promise<NewKeyRequest | undefined> {
    if (!this.isDue(nowMs)) return undefined
    // After a restore at headquarters the present key is the new one there.
    const proposed = this.#inUse === 'earlier' ? this.#kept.current : (this.#kept.next ?? newKeptKey(nowMs))
    if (this.#inUse === 'current' && this.#kept.next === undefined) this.#keep({ ...this.#kept, next: proposed })
    await this.#learn(proposed)
    const { key, keyId } = this.#ids.get(proposed.publicKey)!
    const proof = await sign({ key, keyId, audience: this.keyId }, PROOF_TYPES.newKey, {})
    return { publicKey: proposed.publicKey, proof }
  }

  /** Headquarters has taken it. */
  confirm({ publicKey }: NewKeyRequest): void {
    const { current, next } = this.#kept
    if (this.#inUse === 'earlier') this.#inUse = 'current'
    else if (next?.publicKey === publicKey) this.#keep({ current: next, earlier: current })
  }

  #keep(kept: KeptKeys): void {
    this.#store.transaction('setting', () => this.#store.writeSetting(SETTING, JSON.stringify(kept)))
    this.#kept = kept
  }

  async #learn({ privateKey, publicKey }: KeptKey): Promise<void> {
    const key = readSigningKey(privateKey)
    this.#ids.set(publicKey, { key, keyId: await keyIdOf(createPublicKey(key)) })
  }
}

export function newKeptKey(nowMs: number): KeptKey {
  return { ...newSigningKey(), madeAtMs: nowMs }
}

/** The key that headquarters has enrolled. Call inside the transaction that makes the store a branch. */
export function keepEnrolledKey(store: Store, current: KeptKey): void {
  store.writeSetting(SETTING, JSON.stringify({ current } satisfies KeptKeys))
}

export function isEnrolled(store: Store): boolean {
  return store.readSetting(SETTING) !== undefined
}
