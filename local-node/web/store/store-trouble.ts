/** The documents on this device cannot be opened by this app: why, and what of them is nowhere else. */
import { DocumentRefused } from '../../../adapters/rxdb/migrate-collections.ts'
import type { UnsentKept } from '../../../adapters/rxdb/unsent-kept.ts'
import { isRecord } from '../../../schemas/json.ts'
import { StoreIsNewer } from './store-versions.ts'
import { kindOfFailure } from './write-failure-kind.ts'

/**
 * `newer`: a newer app was here before. Otherwise documents of an older app could not be brought to this one; `refused`: a
 * document is at fault, and the next start fails again.
 */
export type StoreTroubleKind = 'newer' | 'full' | 'refused' | 'failed'

export class StoreTrouble extends Error {
  readonly kind: StoreTroubleKind
  readonly branchId: string
  /** Reads on in the store, which has not lost anything. */
  readonly readUnsent: () => Promise<UnsentKept>

  constructor(cause: unknown, branchId: string, readUnsent: () => Promise<UnsentKept>) {
    super(inOneLine(cause), { cause })
    this.name = 'StoreTrouble'
    this.branchId = branchId
    this.readUnsent = readUnsent
    if (cause instanceof DocumentRefused) this.kind = 'refused'
    else if (cause instanceof StoreIsNewer) this.kind = 'newer'
    else this.kind = kindOfFailure(cause) === 'full' ? 'full' : 'failed'
  }
}

/** What is kept for whoever looks after the system: the only copy, once the device is emptied. */
export function unsentFile(trouble: StoreTrouble, unsent: UnsentKept, at: string): { name: string; text: string } {
  const { branchId, message } = trouble
  return {
    name: `outpost-unsent-${branchId}-${at.slice(0, 10)}.json`,
    text: JSON.stringify({ branchId, at, why: message, documents: unsent }, undefined, 2),
  }
}

/** RxDB throws what its storage has answered for a row, which is no error and has no message. */
function inOneLine(cause: unknown): string {
  if (cause instanceof Error) return cause.message.split('\n')[0]!
  if (!isRecord(cause)) return String(cause)
  const { status, documentId, message } = cause
  if (typeof message === 'string') return message.split('\n')[0]!
  return `the browser's store answered ${String(status)} for ${String(documentId)}`
}
