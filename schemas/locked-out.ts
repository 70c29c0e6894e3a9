/** Headquarters does not let the branch in until a person has done something: no exchange has failed, none was begun. */
import type { ErrorCode } from './error-catalogue.ts'

const CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'BRANCH_DISABLED',
  'BRANCH_RETIRED',
  'BRANCH_UNKNOWN',
  'CLONE_SUSPECTED',
  'KEY_UNKNOWN',
  'PROTOCOL_OUTDATED',
  'REVOKED',
  'UNAUTHENTICATED',
])

export function isLockedOut(code: string): boolean {
  return CODES.has(code)
}
