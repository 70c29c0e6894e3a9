/** Writes parked documents again, as they are now. */
import type { ChangeFeed, FeedChange } from './change-feed.ts'
import { keyName } from './exact-key.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import type { FenceOutcome } from './mirror-state.ts'
import type { MirrorWriter } from './mirror-writer.ts'
import type { MysqlSession } from './mysql-session.ts'
import { listParked, type ParkedDocument } from './parked-documents.ts'
import { renderPage } from './pending-document.ts'

export interface RetryResult {
  /** Documents that were tried. */
  readonly tried: number
  /** Those that MySQL took. */
  readonly written: number
}

const PAGE = 500

export async function retryParked(
  session: MysqlSession,
  name: string,
  writer: MirrorWriter,
  feed: ChangeFeed,
  collections: ReadonlyMap<string, MirroredCollection>,
): Promise<RetryResult & { readonly outcome: FenceOutcome }> {
  let tried = 0
  let written = 0
  let last: ParkedDocument | undefined
  for (;;) {
    const page = await listParked(session, name, PAGE, last)
    last = page.at(-1)
    if (!last) return { tried, written, outcome: 'passed' }
    const changes = page.flatMap((parked) => currentState(feed, collections, parked))
    if (changes.length === 0) continue
    const result = await writer.writeAgain(renderPage(changes, collections))
    if (result.outcome !== 'passed') return { tried, written, outcome: result.outcome }
    tried += changes.length
    written += result.written
  }
}

/** A document that has changed since comes, or has come, by itself. */
function currentState(
  feed: ChangeFeed,
  collections: ReadonlyMap<string, MirroredCollection>,
  parked: ParkedDocument,
): readonly FeedChange[] {
  const collection = collections.get(parked.collection)
  if (!collection) return []
  const { changes } = feed.changesSince(parked.seq - 1, 1, [parked.collection])
  return changes.filter(
    ({ seq, doc }) => seq === parked.seq && keyName(String(doc[collection.primary])) === parked.documentId,
  )
}
