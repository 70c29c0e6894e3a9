/** Since when headquarters knows a mirror: one that has never been compared makes up for the hours that were missed since. */
import type { Store } from '../adapters/sqlite/store.ts'

/** Ms since 1970. Now, where it has not been noted yet. */
export function firstStartMs(store: Store, mirror: string, nowMs: number): number {
  const name = `reconcile.since.${mirror}`
  const noted = store.readSetting(name)
  if (noted !== undefined) return Number(noted)
  store.transaction('reconcile', () => store.writeSetting(name, String(nowMs)))
  return nowMs
}
