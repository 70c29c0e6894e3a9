/**
 * What a paired device keeps to let the staff log in while its node is away: who there is, with the hashes of their PINs,
 * encrypted with a key that the browser uses and does not hand out; and the wrong tries of each.
 */
import { begunTry, NO_TRIES, pinWaitMs, waitingOn, type PinTries } from '../../access/pin-tries.ts'
import type { StaffChoice } from '../../../schemas/protocol/staff.ts'

const DATABASE = 'outpost-access'
const KEPT = 'kept'
const KEY = 'key'
const STAFF = 'staff'

interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>
  readonly data: ArrayBuffer
}

export class StaffVault {
  readonly #database: IDBDatabase

  private constructor(database: IDBDatabase) {
    this.#database = database
  }

  /** `undefined` where the browser has no Web Crypto for the page (no secure context): nobody logs in without the node then. */
  static async open(): Promise<StaffVault | undefined> {
    if (!globalThis.crypto?.subtle) return undefined
    const opening = indexedDB.open(DATABASE, 1)
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(KEPT))
    return new StaffVault(await settled(opening))
  }

  /** Replaces whom the device knows. */
  async keep(staff: readonly StaffChoice[]): Promise<void> {
    const key = (await this.#get<CryptoKey>(KEY)) ?? (await this.#newKey())
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const text = new TextEncoder().encode(JSON.stringify(staff))
    const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, text)
    await this.#put(STAFF, { iv, data } satisfies Sealed)
  }

  /** Nobody where nothing was kept, or where it cannot be read. */
  async read(): Promise<StaffChoice[]> {
    const [key, sealed] = [await this.#get<CryptoKey>(KEY), await this.#get<Sealed>(STAFF)]
    if (!key || !sealed) return []
    try {
      const text = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.iv }, key, sealed.data)
      return JSON.parse(new TextDecoder().decode(text)) as StaffChoice[]
    } catch {
      return []
    }
  }

  /** The key too; wrong tries stay. */
  async forget(): Promise<void> {
    const store = this.#kept('readwrite')
    await Promise.all([settled(store.delete(KEY)), settled(store.delete(STAFF))])
  }

  /**
   * Counts a try as wrong before its PIN is checked: a page that is closed meanwhile wins nothing.
   *
   * @returns how long nobody may try for this person, ms; 0 where the try was begun
   */
  async beginTry(staffId: string, nowMs: number): Promise<number> {
    const store = this.#kept('readwrite')
    const tries = ((await settled(store.get(triesOf(staffId)))) as PinTries | undefined) ?? NO_TRIES
    const waitMs = pinWaitMs(tries, nowMs)
    await settled(store.put(waitMs > 0 ? waitingOn(tries, nowMs) : begunTry(tries, nowMs), triesOf(staffId)))
    return waitMs
  }

  async clearTries(staffId: string): Promise<void> {
    await settled(this.#kept('readwrite').delete(triesOf(staffId)))
  }

  async #newKey(): Promise<CryptoKey> {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    await this.#put(KEY, key)
    return key
  }

  async #get<T>(name: string): Promise<T | undefined> {
    return (await settled(this.#kept('readonly').get(name))) as T | undefined
  }

  async #put(name: string, value: unknown): Promise<void> {
    await settled(this.#kept('readwrite').put(value, name))
  }

  /** On the disk when it says so: wrong tries outlive a power cut. */
  #kept(mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(KEPT, mode, { durability: 'strict' }).objectStore(KEPT)
  }
}

function triesOf(staffId: string): string {
  return `tries ${staffId}`
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed')))
  })
}
