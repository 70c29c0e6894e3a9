/** Something that a page reads again now and then, and that says how old it is. */
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { Renewal, type Reading } from './renewal.ts'
import { pageNow } from '../page-clock.ts'

const EVERY_MS = 30_000
/** However often something changes, nobody is asked more often than that. */
const LEAST_MS = 3_000

export interface Renewed<T> extends Reading<T> {
  readonly again: () => void
}

/**
 * @param key of what is read: with another one nothing of what was read before is shown
 * @param changes is another text whenever there may be something new
 * @param load `undefined` where it could not be read
 */
export function useRenewed<T>(
  key: string,
  changes: string,
  load: () => Promise<T | undefined>,
  everyMs = EVERY_MS,
): Renewed<T> {
  const latest = useRef(load)
  latest.current = load
  const renewal = useMemo(() => new Renewal<T>(), [key])
  const again = () => void renewal.ask(() => latest.current())
  useEffect(() => {
    const waitMs = Math.max(0, renewal.askedMs + LEAST_MS - pageNow())
    const soon = setTimeout(again, waitMs)
    return () => clearTimeout(soon)
  }, [renewal, changes])
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) again()
    }, everyMs)
    return () => clearInterval(timer)
  }, [renewal, everyMs])
  useEffect(() => () => renewal.end(), [renewal])
  return { ...renewal.reading.value, again }
}
