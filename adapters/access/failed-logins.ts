/**
 * Failed logins in the audit log: the first of an account from a network at once, those that follow as one entry with
 * their number. What is counted and not yet written is lost with the process.
 */
import type { AuditLog } from './audit-log.ts'
import { siteOf } from './network-of.ts'

/** Between two entries about the same. */
const WINDOW_MS = 15 * 60_000
/** More share one entry, so that a year of them is fewer than the audit log keeps of young entries. */
const MAX_TOLD_APART = 24
const ALL_OTHERS = 'others'

/** Whose login it was; `undefined` where the name is nobody's: what was typed in its place may be a password. */
type FailedAccount = { readonly id: string; readonly name: string } | undefined

interface Failures {
  readonly account: FailedAccount
  readonly notedMs: number
  /** Since then. */
  readonly count: number
}

export class FailedLogins {
  readonly #audit: AuditLog
  readonly #nowMs: () => number
  readonly #failures = new Map<string, Failures>()

  constructor(audit: AuditLog, nowMs: () => number) {
    this.#audit = audit
    this.#nowMs = nowMs
  }

  note(account: FailedAccount, address: string): void {
    this.writeEnded()
    const own = JSON.stringify([account?.id, siteOf(address)])
    const isFull = !this.#failures.has(own) && this.#failures.size >= MAX_TOLD_APART
    const key = isFull ? ALL_OTHERS : own
    const before = this.#failures.get(key)
    if (before) this.#failures.set(key, { ...before, count: before.count + 1 })
    else this.#write(key, isFull ? undefined : account, 1)
  }

  /** Call now and then: writes how many there were where the time is over. */
  writeEnded(): void {
    const nowMs = this.#nowMs()
    for (const [key, { account, notedMs, count }] of this.#failures) {
      // A clock that was set back has ended it as well.
      if (nowMs >= notedMs && nowMs - notedMs < WINDOW_MS) continue
      if (count > 0) this.#write(key, account, count)
      else this.#failures.delete(key)
    }
  }

  #write(key: string, account: FailedAccount, count: number): void {
    const detail = { ...(account && { name: account.name }), ...(count > 1 && { failures: String(count) }) }
    this.#audit.note({
      actor: 'nobody',
      action: 'account.login-failed',
      ...(account && { subject: account.id }),
      ...(Object.keys(detail).length > 0 && { detail }),
    })
    this.#failures.set(key, { account, notedMs: this.#nowMs(), count: 0 })
  }
}
