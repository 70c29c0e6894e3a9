/** Reads the log for what is chosen, and goes on with what comes while the list is looked at. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { SyncLogPage } from '../../../schemas/protocol/sync-log.ts'
import { askNode, type Failure } from '../frame/ask-node.ts'
import { withNewest, withOlder, type ShownEntries } from './log-pages.ts'
import { pageNow } from '../../../adapters/ui/page-clock.ts'

const PER_PAGE = 50
const EVERY_MS = 2_000
/** Pages that come back empty, since what is wanted is rare, before somebody is asked whether to look on. */
const LOOKS = 10

export interface ReadLog {
  readonly shown: ShownEntries | undefined
  /** `pageNow()` when the newest entries were asked for. */
  readonly askedMs: number | undefined
  readonly failure: Failure | undefined
  /** Older ones are being read. */
  readonly busy: boolean
  readonly older: () => void
  readonly again: () => void
}

interface State extends Pick<ReadLog, 'shown' | 'askedMs' | 'failure'> {
  readonly query: string
}

/** @param query of the API, without a page's bounds */
export function useLog(query: string, follows: boolean): ReadLog {
  const state = useSignal<State>({ query, shown: undefined, askedMs: undefined, failure: undefined })
  const busy = useSignal(false)
  const latest = useRef(query)
  latest.current = query
  const ofQuery = (known: State): State =>
    known.query === query ? known : { query, shown: undefined, askedMs: undefined, failure: undefined }
  const now = (): State => ofQuery(state.peek())

  const newest = async (): Promise<void> => {
    const askedMs = pageNow()
    const answer = await read(query)
    if (latest.current !== query) return
    const { shown } = now()
    if (answer.ok) state.value = { query, shown: withNewest(shown, answer.value), askedMs, failure: undefined }
    else state.value = { ...now(), failure: answer.failure }
    // What is rare may be far back.
    if (answer.ok && answer.value.entries.length === 0 && !shown) await older()
  }
  const older = async (): Promise<void> => {
    busy.value = true
    for (let looks = 0; looks < LOOKS; looks++) {
      const { shown } = now()
      if (shown?.next === undefined) break
      const answer = await read(query, shown.next)
      if (latest.current !== query) break
      if (!answer.ok) {
        state.value = { ...now(), failure: answer.failure }
        break
      }
      state.value = { ...now(), shown: withOlder(now().shown ?? shown, answer.value), failure: undefined }
      if (answer.value.entries.length > 0) break
    }
    busy.value = false
  }
  useEffect(() => void newest(), [query])
  useEffect(() => {
    if (!follows) return undefined
    let [isAsking, timer] = [false, 0]
    const ask = async (): Promise<void> => {
      if (isAsking || document.hidden) return
      isAsking = true
      await newest()
      isAsking = false
    }
    timer = window.setInterval(() => void ask(), EVERY_MS)
    return () => clearInterval(timer)
  }, [query, follows])
  const { shown, askedMs, failure } = ofQuery(state.value)
  return { shown, askedMs, failure, busy: busy.value, older: () => void older(), again: () => void newest() }
}

function read(query: string, before?: number): ReturnType<typeof askNode<SyncLogPage>> {
  const parameters = new URLSearchParams(query)
  parameters.set('limit', String(PER_PAGE))
  if (before !== undefined) parameters.set('before', String(before))
  return askNode<SyncLogPage>(`/api/sync-log?${parameters}`)
}
