/** Loads something, and again while somebody looks: branches ask and sell meanwhile. */
import { useEffect } from 'preact/hooks'

const AGAIN_MS = 15_000

/** @param key of what is loaded: with another one it is loaded at once */
export function useAgain(load: () => Promise<void>, key: unknown = ''): void {
  useEffect(() => {
    void load()
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void load()
    }, AGAIN_MS)
    return () => clearInterval(timer)
  }, [key])
}
