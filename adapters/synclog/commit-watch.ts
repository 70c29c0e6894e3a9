/** Which documents a piece of work has written, and how long ago they were written where they come from. */
import type { SyncLogDocument } from '../../schemas/protocol/sync-log.ts'
import { parseStamp } from '../../schemas/hlc.ts'
import { newestStamp } from '../../schemas/merge-spec.ts'
import { documentKey, idOf } from '../exchange/replica.ts'
import type { Change } from '../sqlite/document-table.ts'
import type { Store } from '../sqlite/store.ts'

/** By `documentKey`. */
export type Written = ReadonlyMap<string, Change>

export class CommitWatch {
  #written: Map<string, Change> | undefined

  constructor(store: Pick<Store, 'onCommit'>) {
    store.onCommit(({ changes }) => {
      if (!this.#written) return
      for (const change of changes) {
        const { declaration } = change.table
        if (!declaration) continue
        this.#written.set(documentKey({ collection: declaration.name, id: idOf(declaration, change.doc) }), change)
      }
    })
  }

  /** @param work commits before it returns, not later */
  during<T>(work: () => T): { readonly result: T; readonly written: Written } {
    const written = (this.#written = new Map<string, Change>())
    try {
      return { result: work(), written }
    } finally {
      this.#written = undefined
    }
  }
}

/** In the order in which they were written first. */
export function documentsIn(written: Written): SyncLogDocument[] {
  return [...written.values()].flatMap(({ table: { declaration }, doc, seq }) =>
    declaration ? [{ collection: declaration.name, id: idOf(declaration, doc), seq }] : [],
  )
}

/** How long before `nowMs` it was written by whoever wrote it last. */
export function delayOf({ doc }: Change, nowMs: number): number | [] {
  const stamp = parseStamp(newestStamp(doc))
  return stamp ? Math.max(0, nowMs - stamp.wallMs) : []
}
