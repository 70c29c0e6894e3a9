/** Holds alerts to what is so: each begins once it has lasted for its hold time, and ends soon after it is over. */
import { CLEAR_MS } from '../../adapters/alerts/alert-states.ts'
import { ALERT_RULES } from '../../adapters/alerts/thresholds.ts'
import type { AlertRule } from '../../schemas/protocol/alerts.ts'
import type { CloudNodeStatus } from '../../schemas/protocol/status.ts'
import { branchDocument, exceptionsIn, suspectsOf, TRAVEL_MS, type Contact } from './facts.ts'
import type { TruthWorld } from './truth-world.ts'

/** What a rule looks at may be so much older. */
const CACHED_MS = 35_000
const HOUR_MS = 3_600_000

export class AlertChecker {
  readonly #world: TruthWorld
  /** When exchanges failed. */
  readonly #failuresMs: number[] = []
  readonly #inARow = new Map<string, number>()
  readonly #since = new Map<string, { readonly isSo: boolean; readonly atMs: number }>()

  constructor(world: TruthWorld) {
    this.#world = world
  }

  exchanged(branchId: string, hasFailed: boolean): void {
    this.#inARow.set(branchId, hasFailed ? (this.#inARow.get(branchId) ?? 0) + 1 : 0)
    if (hasFailed) this.#failuresMs.push(this.#world.time.nowMs)
  }

  /** Headquarters was started: what had not lasted yet is begun anew. */
  opened(): void {
    this.#since.clear()
  }

  /** What is wrong at a moment at which headquarters has looked at its alerts, and how many claims that were. */
  check(status: CloudNodeStatus, contacts: ReadonlyMap<string, Contact>): { claims: number; wrong: string[] } {
    const wrong: string[] = []
    let claims = 0
    const nowMs = this.#world.time.nowMs
    const open = new Map(this.#world.alerts.view().open.map((alert) => [alert.key, alert]))
    const facts = this.#facts(status, contacts)
    for (const key of open.keys()) if (!facts.has(key)) facts.set(key, false)
    for (const [key, isSo] of facts) {
      const before = this.#since.get(key)
      if (isSo === undefined) {
        this.#since.delete(key)
        continue
      }
      if (before?.isSo !== isSo) this.#since.set(key, { isSo, atMs: nowMs })
      const lastedMs = nowMs - this.#since.get(key)!.atMs
      const rule = key.split(':')[0] as AlertRule
      const patienceMs = (isSo ? ALERT_RULES[rule].holdMs : CLEAR_MS) + CACHED_MS
      if (lastedMs <= patienceMs) continue
      claims += 1
      const what = isSo ? 'has not begun although it is' : 'lasts although it is no longer'
      if (open.has(key) !== isSo) wrong.push(`the alert ${key} ${what} so for ${lastedMs} ms`)
    }
    return { claims, wrong }
  }

  /** By alert: whether what it says is so; `undefined` where that cannot be told at this moment. */
  #facts({ branches }: CloudNodeStatus, contacts: ReadonlyMap<string, Contact>): Map<string, boolean | undefined> {
    const { chain, time, upSinceMs } = this.#world
    const nowMs = time.nowMs
    const { store } = chain.cloud.replica
    const facts = new Map<string, boolean | undefined>()
    const there = exceptionsIn(store)
    facts.set('exceptions', there.parked > 0)
    facts.set('retries', there.waiting > 10)
    const failed = (ms: number) => this.#failuresMs.filter((atMs) => nowMs - atMs <= ms).length
    const [few, many] = [failed(HOUR_MS + 310_000), failed(HOUR_MS - 310_000)]
    facts.set('failures', many > 10 ? true : few <= 10 ? false : undefined)
    facts.set('success-rate', failed(24 * HOUR_MS + 2 * HOUR_MS) === 0 ? false : undefined)
    facts.set('burn-rate', failed(72 * HOUR_MS + 2 * HOUR_MS) === 0 ? false : undefined)
    for (const { id, loading } of branches) {
      const { enabled, retired } = branchDocument(store, id)
      const contact = contacts.get(id)
      const isExpected = enabled === true && retired !== true
      const fact = (rule: AlertRule, isSo: () => boolean | undefined) =>
        facts.set(`${rule}:${id}`, isExpected && isSo())
      fact('suspected-clone', () => suspectsOf(store, id) > 0)
      fact('consecutive-failures', () => (this.#inARow.get(id) ?? 0) > 20)
      if (!contact) continue
      const silentMs = nowMs - contact.atMs
      // Before headquarters was started nobody could be heard.
      const missedMs = Math.min(silentMs, nowMs - upSinceMs)
      fact('silent-branch', () => (missedMs > 601_000 ? true : silentMs < 600_000 ? false : undefined))
      fact('exceptions', () => contact.parked > 0)
      fact('backlog', () => (loading ? undefined : contact.pending > 50))
      fact('differences', () => contact.verdict.state === 'differs')
      const { clockOffsetMs } = contact.request.figures
      const far = Math.abs(contact.offsetMs)
      const isOff = far > 61_000 + TRAVEL_MS ? true : far < 60_000 - TRAVEL_MS ? false : undefined
      fact('clock-offset', () => (clockOffsetMs === undefined ? undefined : isOff))
    }
    return facts
  }
}
