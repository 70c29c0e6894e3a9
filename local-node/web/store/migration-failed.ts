/** The documents of an older app could not be brought to this one: why, and what of them is nowhere else. */
import { DocumentRefused } from '../../../adapters/rxdb/migrate-collections.ts'
import type { UnsentKept } from '../../../adapters/rxdb/unsent-kept.ts'
import { kindOfFailure } from './write-failure-kind.ts'

/** `refused`: a document is at fault, and the next start fails again. */
export type MigrationFailure = 'full' | 'refused' | 'failed'

export class MigrationFailed extends Error {
  readonly kind: MigrationFailure
  readonly branchId: string
  /** Reads on in the store, which has not lost anything. */
  readonly readUnsent: () => Promise<UnsentKept>

  constructor(cause: unknown, branchId: string, readUnsent: () => Promise<UnsentKept>) {
    super(cause instanceof Error ? cause.message.split('\n')[0] : String(cause), { cause })
    this.name = 'MigrationFailed'
    this.branchId = branchId
    this.readUnsent = readUnsent
    if (cause instanceof DocumentRefused) this.kind = 'refused'
    else this.kind = kindOfFailure(cause) === 'full' ? 'full' : 'failed'
  }
}

/** What is kept for whoever looks after the system: the only copy, once the device is emptied. */
export function unsentFile(failed: MigrationFailed, unsent: UnsentKept, at: string): { name: string; text: string } {
  const { branchId, message } = failed
  return {
    name: `outpost-unsent-${branchId}-${at.slice(0, 10)}.json`,
    text: JSON.stringify({ branchId, at, why: message, documents: unsent }, undefined, 2),
  }
}
