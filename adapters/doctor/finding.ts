/** What `outpost doctor` says of one thing that it has looked at. */
import { ERROR_CATALOGUE, type ErrorCode } from '../../schemas/error-catalogue.ts'
import { OutpostError } from '../../schemas/outpost-error.ts'
import { toFileError } from '../sqlite/file-error.ts'

/** `warning`: it works, and will not for ever. */
export type FindingState = 'ok' | 'warning' | 'failed'

export type CheckName =
  | 'configuration'
  | 'version'
  | 'files'
  | 'disk'
  | 'lock'
  | 'store'
  | 'backup'
  | 'clock'
  | 'link'
  | 'certificate'
  | 'mysql'
  | 'legacy'

export interface Finding {
  readonly check: CheckName
  readonly state: FindingState
  readonly message: string
  /** What a person does about it; wherever something is not well. */
  readonly remedy?: string
  /** Where the runbook has a section of it. */
  readonly code?: ErrorCode
}

export function ok(check: CheckName, message: string): Finding {
  return { check, state: 'ok', message }
}

export function warning(check: CheckName, message: string, remedy: string, code?: ErrorCode): Finding {
  return { check, state: 'warning', message, remedy, ...(code && { code }) }
}

export function failed(check: CheckName, message: string, remedy: string, code?: ErrorCode): Finding {
  return { check, state: 'failed', message, remedy, ...(code && { code }) }
}

/** Of what was thrown; the remedy is that of its code. */
export function failedBy(check: CheckName, cause: unknown): Finding {
  const error = toFileError(cause) ?? cause
  const code = error instanceof OutpostError ? error.code : 'INTERNAL'
  const message = error instanceof Error ? error.message : String(error)
  return failed(check, message, ERROR_CATALOGUE[code].remedy, code)
}

/** Of what a node has said of itself. */
export function toldError(
  check: CheckName,
  state: 'warning' | 'failed',
  { code, message, at }: { readonly code: ErrorCode; readonly message: string; readonly at: string },
): Finding {
  return { check, state, message: `${message} (${at})`, remedy: ERROR_CATALOGUE[code].remedy, code }
}

export function worst(findings: readonly Finding[]): FindingState {
  if (findings.some(({ state }) => state === 'failed')) return 'failed'
  return findings.some(({ state }) => state === 'warning') ? 'warning' : 'ok'
}
