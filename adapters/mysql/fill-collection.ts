/** Writes a collection anew, page by page in the order of ids, beside the feed; see `mirror-state.ts` for when. */
import type { ChangeFeed, FeedChange } from './change-feed.ts'
import { isRangeEnd } from './is-range-end.ts'
import type { MirroredCollection } from './mirrored-collection.ts'
import type { BatchResult, MirrorWriter } from './mirror-writer.ts'
import { renderPage } from './pending-document.ts'

const PAGE = 1000

export interface FillStep extends BatchResult {
  /** The last id that is written now; `undefined` when all are. */
  readonly to: string | undefined
}

/** @param after '' for the first page */
export async function fillNextPage(
  writer: MirrorWriter,
  feed: ChangeFeed,
  collection: MirroredCollection,
  after: string,
): Promise<FillStep> {
  const { documents: changes, to } = nextRange(feed, collection, after)
  const batch = renderPage(changes, new Map([[collection.name, collection]]))
  return { ...(await writer.writeRange({ collection, after, to, ...batch })), to }
}

/** Documents up to one whose id can end a range; as many more as it takes to find one. `to`: `undefined` when there are no more. */
export function nextRange(
  feed: ChangeFeed,
  { name, primary }: MirroredCollection,
  after: string,
  limit = PAGE,
): { readonly documents: readonly FeedChange[]; readonly to: string | undefined } {
  const documents: FeedChange[] = []
  let from = after === '' ? undefined : after
  for (;;) {
    const page = feed.documentsAfter(name, from, limit)
    documents.push(...page.documents)
    if (page.isLast) return { documents, to: undefined }
    from = idOf(documents.at(-1)!)
    // There is none in the pages before.
    const end = page.documents.findLastIndex((change) => isRangeEnd(idOf(change)))
    if (end < 0) continue
    const last = documents.length - page.documents.length + end
    return { documents: documents.slice(0, last + 1), to: idOf(documents[last]!) }
  }

  function idOf({ doc }: FeedChange): string {
    return String(doc[primary])
  }
}
