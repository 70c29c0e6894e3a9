/** What a person should know of tables that a mirror is to write. */

/**
 * With an `error` the mirror does not start; a `warning` says which documents MySQL may refuse, so that they are parked; a
 * `note` is just so.
 */
export type FindingSeverity = 'error' | 'warning' | 'note'

export interface PlanFinding {
  readonly severity: FindingSeverity
  readonly table: string
  readonly column?: string
  /** A whole sentence, which names both. */
  readonly message: string
}

export function errorsOf(findings: readonly PlanFinding[]): readonly PlanFinding[] {
  return findings.filter(({ severity }) => severity === 'error')
}
