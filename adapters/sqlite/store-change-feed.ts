/** The store as the feed that a mirror reads: every collection's changes in one commit order. */
import type { ChangeFeed, FeedChange } from '../mysql/change-feed.ts'
import type { DocumentRow } from './document-row.ts'
import type { Store } from './store.ts'

export function createChangeFeed(store: Store): ChangeFeed {
  const toChange = (collection: string) => (row: DocumentRow) => ({ collection, seq: row.seq as number, doc: row.doc })
  return {
    epochs: () => store.epochs(),
    head: () => store.head(),
    changesSince(seq, limit, collections) {
      const head = store.head().seq
      // Up to where all collections have been seen: one whose page is full may go on right behind it.
      let seen: number = head
      const found: FeedChange[] = []
      for (const collection of collections) {
        const { rows, isCut } = store.table(collection).pageAfter(seq, limit)
        const last = rows.at(-1)
        if (last && (isCut || rows.length === limit)) seen = Math.min(seen, last.seq)
        found.push(...rows.map(toChange(collection)))
      }
      const changes = found.filter((change) => change.seq <= seen).toSorted((a, b) => a.seq - b.seq)
      if (changes.length <= limit) return { changes, upTo: seen }
      return { changes: changes.slice(0, limit), upTo: changes[limit - 1]!.seq }
    },
    documents(collection, ids) {
      const table = store.table(collection)
      return ids.flatMap((id) => {
        const row = table.row(id)
        return row ? toChange(collection)(row) : []
      })
    },
    documentsAfter(collection, after, limit) {
      const { rows, isCut } = store.table(collection).pageById(after, limit)
      return { documents: rows.map(toChange(collection)), isLast: !isCut && rows.length < limit }
    },
    onCommit: (listener) => store.onCommit(() => listener()),
  }
}
