/** What a run is about, collection by collection. */
import type { ChangeFeed, FeedChange } from '../adapters/mysql/change-feed.ts'
import type { Mirror } from '../adapters/mysql/mirror.ts'
import { documentFilter } from '../adapters/reconcile/document-filter.ts'
import type { ReconciledPart } from '../adapters/reconcile/reconcile-mirror.ts'
import type { CollectionDeclaration } from '../schemas/collection.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import type { ReconcileScope } from '../schemas/protocol/reconciliation.ts'

const PAGE = 500

/**
 * All documents and rows, or those of a table, a branch, a day.
 *
 * @throws OutpostError NOT_FOUND; BAD_REQUEST where there can be none
 */
export function allParts(
  mirror: Mirror,
  declarations: readonly CollectionDeclaration[],
  scope: ReconcileScope,
): readonly ReconciledPart[] {
  const only = scope.table === undefined ? undefined : mirror.tableNamed(scope.table).collection
  const parts = mirror.collections.flatMap((collection): ReconciledPart[] => {
    if (only !== undefined && collection.name !== only) return []
    const declaration = declarations.find(({ name }) => name === collection.name)!
    const filter = documentFilter(collection, declaration, scope)
    if (filter === 'none') return []
    return [filter === 'all' ? { collection } : { collection, filter }]
  })
  // That nothing differs in nothing would say that all is well.
  if (parts.length === 0) refuseNothing(scope)
  return parts
}

function refuseNothing({ table, branch, date }: ReconcileScope): void {
  if (branch === undefined && date === undefined) return
  const conditions = [
    ...(branch === undefined ? [] : ['is of a branch']),
    ...(date === undefined ? [] : ['names a day in a column of its own table']),
  ]
  const what = table === undefined ? 'nothing that is mirrored' : `no document of table "${table}"`
  const field = branch === undefined ? 'date' : 'branch'
  throw new OutpostError('BAD_REQUEST', `${field}: ${what} ${conditions.join(' and ')}`, { field })
}

/** What was written behind a seq, up to now. */
export function recentParts(mirror: Mirror, feed: ChangeFeed, fromSeq: number): readonly ReconciledPart[] {
  return mirror.collections.map((collection) => ({ collection, changes: changesAfter(feed, collection.name, fromSeq) }))
}

/** These documents, by collection. */
export function documentParts(
  mirror: Mirror,
  feed: ChangeFeed,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
): readonly ReconciledPart[] {
  return mirror.collections.flatMap((collection): ReconciledPart[] => {
    const ids = wanted.get(collection.name)
    return ids ? [{ collection, changes: pagesOf(feed, collection.name, [...ids]) }] : []
  })
}

function* changesAfter(feed: ChangeFeed, collection: string, fromSeq: number): Generator<readonly FeedChange[]> {
  const { seq: end } = feed.head()
  for (let seq = fromSeq; seq < end;) {
    const { changes, upTo } = feed.changesSince(seq, PAGE, [collection])
    yield changes
    seq = upTo
  }
}

function* pagesOf(feed: ChangeFeed, collection: string, ids: readonly string[]): Generator<readonly FeedChange[]> {
  for (let start = 0; start < ids.length; start += PAGE)
    yield feed.documents(collection, ids.slice(start, start + PAGE))
}
