/** Something that a page reads again now and then, and that says how old it is. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'

const EVERY_MS = 30_000
/** However often something changes, nobody is asked more often than that. */
const LEAST_MS = 3_000

export interface Renewed<T> {
  /** What was read last; stays while it cannot be read again. */
  readonly value?: T
  /** `performance.now()` when that was asked for. */
  readonly askedMs?: number
  /** It could not be read the last time. */
  readonly failed: boolean
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
  const read = useSignal<Omit<Renewed<T>, 'again'> & { readonly key: string }>({ key, failed: false })
  const latest = useRef({ load, asked: 0, askedMs: Number.NEGATIVE_INFINITY, key })
  if (latest.current.key !== key) latest.current = { ...latest.current, key, askedMs: Number.NEGATIVE_INFINITY }
  latest.current.load = load
  const renew = async (): Promise<void> => {
    const mine = (latest.current.asked += 1)
    const askedMs = (latest.current.askedMs = performance.now())
    const value = await latest.current.load()
    // Something newer was asked for meanwhile, or nobody looks any more.
    if (latest.current.asked !== mine) return
    if (value !== undefined) read.value = { key, value, askedMs, failed: false }
    else read.value = { ...(read.value.key === key && read.value), key, failed: true }
  }
  useEffect(() => {
    const waitMs = Math.max(0, latest.current.askedMs + LEAST_MS - performance.now())
    const soon = setTimeout(() => void renew(), waitMs)
    return () => clearTimeout(soon)
  }, [key, changes])
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) void renew()
    }, everyMs)
    return () => {
      clearInterval(timer)
      latest.current.asked += 1
    }
  }, [key, everyMs])
  const shown = read.value.key === key ? read.value : { failed: false }
  return { ...shown, again: () => void renew() }
}
