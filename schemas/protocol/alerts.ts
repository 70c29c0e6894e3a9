/** What wants a person's attention: bodies of `/api/alerts`. */

/** By requirement 003 §5.3: `critical` rings somebody up, `warning` goes to a chat, `notice` is a mail. */
export type AlertLevel = 'critical' | 'warning' | 'notice'

export type AlertRule =
  | 'success-rate'
  | 'delay'
  | 'consecutive-failures'
  | 'failures'
  | 'backlog'
  | 'retries'
  | 'differences'
  | 'silent-branch'
  | 'suspected-clone'
  | 'exceptions'
  | 'clock-offset'
  | 'disk'
  | 'storage'
  | 'mirror-parked'
  | 'mirror-stopped'
  | 'reconciliation-failed'
  | 'backup-failed'
  | 'burn-rate'

export interface Alert {
  /** The rule and what it is about: the same as long as the trouble lasts. */
  readonly key: string
  readonly rule: AlertRule
  readonly level: AlertLevel
  /** A branch, a mirror; absent for the chain. */
  readonly about?: string
  /** In figures, for the words of each language: what is, and from where on it is too much. */
  readonly value: number
  readonly threshold: number
  /** ISO 8601. */
  readonly since: string
  readonly endedAt?: string
  readonly acknowledged?: { readonly by: string; readonly at: string }
  /** Channels that were told, and those that could not be. */
  readonly told: readonly string[]
  readonly untold: readonly { readonly channel: string; readonly reason: string }[]
}

export interface AlertsView {
  /** Those that last, the gravest first. */
  readonly open: readonly Alert[]
  /** The newest first. */
  readonly ended: readonly Alert[]
  readonly channels: readonly {
    readonly name: string
    readonly kind: 'sms' | 'dingtalk' | 'wecom' | 'webhook' | 'email' | 'console'
    readonly levels: readonly AlertLevel[]
    readonly lastError?: { readonly at: string; readonly reason: string }
  }[]
}
