/** The certificate that a branch shows in its network: made at each start, and anew before devices would refuse it. */
import type { TlsCredentials } from '../../adapters/tls/tls-credentials.ts'
import type { OwnAuthority } from './own-authority.ts'

const DAY_MS = 86_400_000
/** What every browser takes from an authority that a person installed. */
const LASTS_MS = 397 * DAY_MS
/** Tablets have clocks that are slow. */
const BEGINS_BEFORE_MS = 365 * DAY_MS
const RENEWED_BEFORE_MS = 30 * DAY_MS
const CHECK_MS = 3_600_000

export class LanCertificate implements TlsCredentials {
  readonly #authority: OwnAuthority
  readonly #nowMs: () => number
  readonly #listeners = new Set<() => void>()
  readonly #timer: NodeJS.Timeout
  #madeMs: number
  #shown: { readonly cert: string; readonly key: string }

  /** @param nowMs headquarters' time where it is known, ms since 1970: a PC's own clock may be years off */
  constructor(authority: OwnAuthority, nowMs: () => number) {
    this.#authority = authority
    this.#nowMs = nowMs
    this.#madeMs = nowMs()
    this.#shown = this.#make()
    this.#timer = setInterval(() => this.#renew(), CHECK_MS).unref()
  }

  current(): { readonly cert: string; readonly key: string } {
    return this.#shown
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #renew(): void {
    if (!isRenewalDue(this.#madeMs, this.#nowMs())) return
    this.#madeMs = this.#nowMs()
    this.#shown = this.#make()
    for (const listener of this.#listeners) listener()
  }

  #make(): { readonly cert: string; readonly key: string } {
    return this.#authority.issue(this.#madeMs - BEGINS_BEFORE_MS, this.#madeMs + LASTS_MS)
  }
}

/** Also when the clock turns out to have been ahead, so that devices would take it for one of the future. */
export function isRenewalDue(madeMs: number, nowMs: number): boolean {
  return nowMs >= madeMs + LASTS_MS - RENEWED_BEFORE_MS || nowMs <= madeMs - RENEWED_BEFORE_MS
}
