/**
 * The service worker: opens the app with no network at all. A new version waits until nothing is typed and nobody looks, or
 * until somebody asks for it; every tab then loads anew, one in which something is typed when its person says so.
 */
import { signal } from '@preact/signals'

const LOOK_EVERY_MS = 30 * 60_000
const TRY_EVERY_MS = 5_000

/** A new version is here and not in use. */
export const updateWaits = signal(false)

let applyNow: () => void = () => undefined

/** @param mayDisturb nothing is typed, and nobody is at the screens */
export function watchUpdates(mayDisturb: () => boolean): void {
  // Without a secure context there is none.
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer }
  if (!serviceWorker || !import.meta.env.PROD) return
  /** The first one of a device takes over what it has already loaded. */
  let isFirst = serviceWorker.controller === null
  let isReplaced = false
  let isAsked = false
  serviceWorker.addEventListener('controllerchange', () => {
    if (isFirst) {
      isFirst = false
      return
    }
    isReplaced = true
    updateWaits.value = true
    if (isAsked || mayDisturb()) location.reload()
  })
  void serviceWorker
    .register('/sw.js')
    .then((registration) => {
      const apply = () => {
        if (isReplaced) location.reload()
        else registration.waiting?.postMessage({ type: 'SKIP_WAITING' })
      }
      applyNow = () => {
        isAsked = true
        apply()
      }
      const look = () => {
        if (registration.waiting && serviceWorker.controller) updateWaits.value = true
        if (updateWaits.value && mayDisturb()) apply()
      }
      registration.addEventListener('updatefound', () => {
        registration.installing?.addEventListener('statechange', look)
      })
      look()
      setInterval(look, TRY_EVERY_MS)
      setInterval(() => void registration.update().catch(() => undefined), LOOK_EVERY_MS)
    })
    .catch(() => undefined)
}

/** Asked for by a person: what is typed in this tab goes. */
export function updateNow(): void {
  applyNow()
}
