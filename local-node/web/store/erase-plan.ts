/** What an erasure deletes, and when it must not: what another branch has on the device is not this branch's to delete. */

/** `lost`: everything, because the node has said that the device was lost; the app goes on saying so until it is paired again. */
export type Erasure = 'documents' | 'all' | 'lost'

/** What was seen when nothing was unsent. */
export interface Seen {
  readonly branchId: string
  /** The latest write time of all tabs. */
  readonly written: number
}

/** @param seen without it nothing is known to have been sent, and only a lost device is erased */
export function isErased(name: string, what: Erasure, seen: Seen | undefined): boolean {
  if (what === 'lost') return /^(rxdb-dexie-outpost-|outpost-)/.test(name)
  if (!seen) return false
  if (name.startsWith(`rxdb-dexie-outpost-${seen.branchId}--`)) return true
  // Cards are read again from the store; the vault is not.
  return what === 'all' ? name.startsWith('outpost-') : name.startsWith(`outpost-cards-${seen.branchId}-`)
}

/** Whether nothing has been written since it was seen that everything is sent. */
export function isStillSent(what: Erasure, seen: Seen | undefined, written: number): boolean {
  return what === 'lost' || seen?.written === written
}

/** `undefined` for what is none. */
export function parseSeen(text: string | null): Seen | undefined {
  try {
    const seen = JSON.parse(text ?? 'null') as Partial<Seen> | null
    const { branchId, written } = seen ?? {}
    return typeof branchId === 'string' && typeof written === 'number' ? { branchId, written } : undefined
  } catch {
    return undefined
  }
}
