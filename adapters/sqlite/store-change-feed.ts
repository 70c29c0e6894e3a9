/** The store as the feed that a mirror reads: every collection's changes in one commit order. */
import type { ChangeFeed } from '../mysql/change-feed.ts'
import type { Store } from './store.ts'

export function createChangeFeed(store: Store): ChangeFeed {
  return {
    epochs: () => store.epochs(),
    head: () => store.head(),
    changesSince(seq, limit, collections) {
      const head = store.head().seq
      const rows = collections.flatMap((collection) =>
        store
          .table(collection)
          .rowsAfter(seq, limit)
          .map((row) => ({ collection, seq: row.seq as number, doc: row.doc })),
      )
      rows.sort((a, b) => a.seq - b.seq)
      const changes = rows.slice(0, limit)
      // With fewer rows than asked for, everything up to the head has been seen.
      return { changes, upTo: rows.length < limit ? head : changes.at(-1)!.seq }
    },
    onCommit: (listener) => store.onCommit(() => listener()),
  }
}
