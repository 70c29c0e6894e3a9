/** The entries that a list shows: the newest page with what comes, and older pages behind it as far as somebody went. */
import type { SyncLogEntry, SyncLogPage } from '../../../schemas/protocol/sync-log.ts'

export interface ShownEntries {
  /** The newest first. */
  readonly entries: readonly SyncLogEntry[]
  /** Where older ones go on, if there are any. */
  readonly next?: number
}

/** What is shown once the newest page was read anew. Where more has come than a page holds, older pages give way. */
export function withNewest(shown: ShownEntries | undefined, page: SyncLogPage): ShownEntries {
  if (!shown || page.entries.length === 0) return shown ?? page
  const newest = shown.entries[0]?.number
  if (newest === undefined) return page
  const fresh = page.entries.filter(({ number }) => number > newest)
  if (fresh.length === 0) return shown
  const hasGap = fresh.length === page.entries.length && page.next !== undefined
  return hasGap ? page : { ...shown, entries: [...fresh, ...shown.entries] }
}

export function withOlder({ entries }: ShownEntries, page: SyncLogPage): ShownEntries {
  const oldest = entries.at(-1)?.number ?? Number.POSITIVE_INFINITY
  const older = page.entries.filter(({ number }) => number < oldest)
  return { entries: [...entries, ...older], ...(page.next !== undefined && { next: page.next }) }
}
