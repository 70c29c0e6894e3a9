/** What of this device its node has not confirmed, kind by kind, and since when the oldest waits. */
import { effect, signal, type ReadonlySignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { AppState } from '../frame/app-state.ts'

export interface UnsentKind {
  readonly collection: string
  readonly ids: readonly string[]
  /** When the one was written that waits longest, by this device's clock, ms since 1970. */
  readonly sinceMs?: number
}

/** Beyond so many of a kind the oldest is looked for among these. */
const MOST = 500

/** `undefined` until it has been looked up. */
export function useUnsentKinds({ link, store }: AppState): ReadonlySignal<readonly UnsentKind[] | undefined> {
  const kinds = useMemo(() => signal<readonly UnsentKind[] | undefined>(undefined), [])
  useEffect(() => {
    let latest = 0
    return effect(() => {
      const { unsent } = link.state.value
      const mine = ++latest
      const waiting = Object.entries(unsent ?? {}).filter(([, ids]) => ids.length > 0)
      void Promise.all(
        waiting.map(async ([collection, ids]): Promise<UnsentKind> => {
          const found = await store.database[collection]!.findByIds(ids.slice(0, MOST)).exec()
          const times = [...found.values()].map((document) => document.toJSON(true)._meta.lwt)
          return { collection, ids, ...(times.length > 0 && { sinceMs: Math.min(...times) }) }
        }),
      ).then((looked) => {
        if (mine === latest) kinds.value = unsent && looked
      })
    })
  }, [])
  return kinds
}
