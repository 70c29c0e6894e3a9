/** What went wrong when something could not be written on this device, out of what browser, storage and hooks throw. */
import { isRecord } from '../../../schemas/json.ts'

export type WriteFailureKind = 'full' | 'closed' | 'erased' | 'failed'

const KINDS: Readonly<Record<string, WriteFailureKind>> = {
  QuotaExceededError: 'full',
  DatabaseClosedError: 'closed',
  InvalidStateError: 'closed',
  ERASED: 'erased',
}
/** Storages wrap what the browser said into errors of their own. */
const DEEPEST = 5

/** @returns `failed` for whatever says itself what it is */
export function kindOfFailure(failure: unknown): WriteFailureKind {
  for (const code of codesIn(failure, DEEPEST)) {
    const kind = KINDS[code]
    if (kind) return kind
  }
  return 'failed'
}

/** Of the error and what caused it, the outermost first. */
function codesIn(failure: unknown, deep: number): string[] {
  if (!isRecord(failure) || deep === 0) return []
  const { name, code, inner, cause } = failure
  const failures = Array.isArray(failure['failures']) ? (failure['failures'] as unknown[]) : []
  const own = [name, code].filter((text) => typeof text === 'string')
  return [...own, ...[inner, cause, failures[0]].flatMap((one) => codesIn(one, deep - 1))]
}
