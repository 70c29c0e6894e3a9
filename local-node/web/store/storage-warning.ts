/** When a shop must learn that the browser may lose what it holds, or has no room for more. */

export interface StorageFacts {
  /** Bytes; `undefined` where the browser does not say. */
  readonly used?: number
  readonly quota?: number
  /** Whether the browser has promised to keep it; `undefined` where it cannot be asked. */
  readonly persisted?: boolean
}

export type StorageWarning = 'full' | 'fleeting'

const LEAST_FREE = 50_000_000
const LEAST_SHARE = 0.1

/** @param unsent orders that are nowhere else yet */
export function storageWarning({ used, quota, persisted }: StorageFacts, unsent: number): StorageWarning | undefined {
  const free = freeBytes({ used, quota })
  if (free !== undefined && (free < LEAST_FREE || free < LEAST_SHARE * quota!)) return 'full'
  return persisted === false && unsent > 0 ? 'fleeting' : undefined
}

export function freeBytes(facts: { used?: number | undefined; quota?: number | undefined }): number | undefined {
  const { used, quota } = facts
  return used === undefined || quota === undefined ? undefined : Math.max(0, quota - used)
}
